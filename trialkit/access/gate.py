"""The gate: every use case starts with `authorise`, every reader with a `sight` (21 CFR 11.10(d), (g)). Default deny.

A refusal carries its facts (`act`, `place`), so that the caller can write the attempt down with `refusal`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import cache

from trialkit.access.identity import Identity, require_genuine, system
from trialkit.access.shown import is_shown, untold
from trialkit.access.table import ACTS, ROLES, Permission, permission, roles_for
from trialkit.errors import Refused
from trialkit.ledger.entry import Change, Draft, Place, Visibility
from trialkit.store.sight import Sight
from trialkit.study.compiled import CompiledStudy
from trialkit.study.model import SYSTEM, Form, Study

NOWHERE = Place()
_OF_A_FORM = frozenset({"record.save", "record.correct", "record.inactivate", "record.sign", "import.csv"})
# Roles that a study need not list among its own: they belong to the store, not to the protocol.
_OF_THE_STORE = frozenset({"auditor", "administrator", "system"})


def authorise(
    identity: Identity | None,
    act: str,
    place: Place = NOWHERE,
    visibility: Visibility | Collection[Visibility] = "open",
    *,
    form: Form | None = None,
    study: Study | None = None,
    roles: Collection[str] = (),
) -> None:
    """Return when this identity may do this act here, on values of these visibility classes; else raise Refused.

    `form` and `study` bring what the study itself demands: who enters or signs the form, who never sees it, which roles
    there are and what they see. `roles` names the roles of an item that is entered by others than its form.
    """
    require_genuine(identity)
    assert identity is not None
    allowed = permission(identity.role, act)
    if allowed is None:
        raise _refused(identity, act, place, *_no_such_right(identity, act))
    if not allowed.everywhere and identity.sites is not None and place.site not in identity.sites:
        where = f"at site {place.site}" if place.site else "for all sites"
        raise _refused(
            identity, act, place, f"{_who(identity)} may not do {act} {where}.", "your sites: " + _sites(identity)
        )
    classes = (visibility,) if isinstance(visibility, str) else visibility
    if not allowed.classes.intersection(identity.sees, _seen_in(identity, study)).issuperset(classes):
        raise _refused(
            identity,
            act,
            place,
            f"{_who(identity)} may not do {act} on values of this kind.",
            "your blinding or role excludes them",
        )
    _authorise_form(identity, act, place, allowed.named, form, roles)


def _authorise_form(
    identity: Identity, act: str, place: Place, named: bool, form: Form | None, roles: Collection[str]
) -> None:
    if form is not None and not is_shown(identity.role, form):
        raise _refused(
            identity, act, place, f"{_who(identity)} has no form {form.oid} here.", "it is not shown to your role"
        )
    if act not in _OF_A_FORM:
        return
    who: Collection[str] = roles
    if form is not None and not who:
        who = ([form.signed_by] if form.signed_by else []) if act == "record.sign" else form.entered_by
    if (named or who) and identity.role not in who and identity.role != "system":
        needed = f"it is done by: {', '.join(who) or 'other roles'}"
        if set(who) == {SYSTEM}:
            needed = "the system writes it, and nobody types it"
        raise _refused(identity, act, place, f"{_who(identity)} may not do {act} on this form.", needed)


def sight(identity: Identity, study: Study | None = None, versions: Iterable[CompiledStudy] = ()) -> Sight:
    """What this identity may see, for the readers of the store; the only maker of a Sight.

    `versions` are those in which records and queries may stand: their checks that speak of hidden forms are not told.

    Without a right to read records there are no subjects and no forms in it: sites and people remain for a role that
    reads the ledger (administrators), nothing for any other. Others than oneself are shown to those who may read
    people, and how their sign-ins went to administrators only.
    """
    require_genuine(identity)
    people = permission(identity.role, "person.read") is not None
    signins = identity.role in ("administrator", "system")
    reading = permission(identity.role, "record.read")
    if reading is None:
        books = permission(identity.role, "ledger.read")
        if books is None:
            return Sight(frozenset(), frozenset(), frozenset(), identity.person, frozenset(), people)
        return Sight(None, books.classes, frozenset(), identity.person, frozenset(), people, signins)
    return _within(identity, reading, study, versions)


def told(identity: Identity, study: Study, versions: Iterable[CompiledStudy] = ()) -> Sight:
    """How far a person at a form is told what is wrong there: as they read, or as they write without reading it.

    For no reader of the store: what stands is shown by `sight` alone.
    """
    cell = permission(identity.role, "record.read") or permission(identity.role, "record.save")
    return _within(identity, cell, study, versions) if cell else sight(identity, study)


def classes_of(role: str, study: Study) -> frozenset[Visibility]:
    """The classes of values that a role of the study is shown at most, whoever holds it."""
    cell, named = permission(role, "record.read"), study.file.roles.get(role)
    if cell is None:
        return frozenset()
    return cell.classes if named is None else cell.classes.intersection(named.sees)


def opening(identity: Identity) -> str:
    """The act of taking up a form: to read it, or to write into it without reading."""
    return "questionnaire.open" if permission(identity.role, "questionnaire.open") else "record.read"


@cache
def system_sight() -> Sight:
    """What the software itself reads for checks and computations: all that the keys of this process open."""
    return sight(system())


def narrowed(sight: Sight, classes: Collection[Visibility], site: str = "") -> Sight:
    """A sight that shows less: these visibility classes of it alone, and of its sites one, where one is named."""
    sites = sight.sites
    if site:
        sites = frozenset({site}) if sites is None else sites & {site}
    return replace(sight, sites=sites, visibility=sight.visibility.intersection(classes))


def second(by: Identity, approver: Identity | None, act: str, place: Place = NOWHERE) -> Identity:
    """The second of two persons (21 CFR 11.200(a)(3)): signed in, entitled to `act`, not the first. Else Refused."""
    if approver is None:
        raise _refused(
            by, act, place, "This takes two persons.", "a second person who may approve it has to sign in too"
        )
    authorise(approver, act, place)
    if approver.person == by.person:
        raise _refused(
            by, act, place, "The second person must be another one.", f"{by.name} cannot approve their own act"
        )
    return approver


def _within(identity: Identity, cell: Permission, study: Study | None, versions: Iterable[CompiledStudy]) -> Sight:
    people = permission(identity.role, "person.read") is not None
    signins = identity.role in ("administrator", "system")
    classes = cell.classes & identity.sees & _seen_in(identity, study)
    forms = None
    if study is not None:
        shown = frozenset(
            oid for oid, form in study.forms.items() if is_shown(identity.role, form) and form.visibility in classes
        )
        forms = None if len(shown) == len(study.forms) else shown
    elif ROLES[identity.role].own_forms:
        forms = frozenset[str]()
    sites = None if cell.everywhere else identity.sites
    silent = frozenset[str]().union(*(untold(identity.role, one, forms) for one in versions))
    return Sight(sites, classes, forms, identity.person, None, people, signins, silent)


def refusal(identity: Identity, act: str, place: Place, why: str) -> Draft:
    """The entry of a refused attempt: who tried what where, and why it was refused. The caller appends it."""
    require_genuine(identity)
    changes = (Change("attempt", None, act), Change("why", None, why))
    return Draft("attempt.refused", identity.actor, f"refusal/{identity.person}", changes, place)


def _seen_in(identity: Identity, study: Study | None) -> frozenset[Visibility]:
    """The classes that the study gives the role: no limit when it lists no roles, none when it leaves this one out."""
    if study is None or not study.file.roles:
        return identity.sees
    role = study.file.roles.get(identity.role)
    if role is not None:
        return frozenset(role.sees)
    return identity.sees if identity.role in _OF_THE_STORE else frozenset()


def _no_such_right(identity: Identity, act: str) -> tuple[str, str]:
    if act not in ACTS:
        return f"There is no act {act!r}.", "the acts are those of the table in trialkit/access/table.py"
    return f"{_who(identity)} may not do {act}.", "roles that may: " + (", ".join(roles_for(act)) or "none")


def _who(identity: Identity) -> str:
    return f"{identity.name} ({ROLES[identity.role].title})"


def _sites(identity: Identity) -> str:
    return ", ".join(sorted(identity.sites)) if identity.sites else "none"


def _refused(identity: Identity, act: str, place: Place, sentence: str, hint: str) -> Refused:
    return Refused(sentence, hint, act=act, place=place, person=identity.person, role=identity.role)
