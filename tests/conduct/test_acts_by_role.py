"""Every act of the table through its use case, by every role, at its own site, at another and with a grant for all.

Judged against the reviewed list of tests/access/matrix.csv, which says nothing of the code. Whoever is let through does
it or is told what else stands against it; whoever is not gets `Refused`, and the attempt is an entry, or, where telling
would tell that there is something, `NotFound`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest

from tests.access.staff import CAST, acting
from tests.access.test_matrix import MATRIX
from tests.conduct.importing_texts import VITALS, vital, write
from tests.fixtures_office import CHEAP
from tests.fixtures_store import Made
from tests.ward import Clock, Ward, write_study
from tests.ward_study import FORMS, STUDY
from trialkit.access import granting, people
from trialkit.access.identity import Identity
from trialkit.access.table import ROLES
from trialkit.conduct import amend, consent, enrol, erase, query, review, site, staff, trail_review
from trialkit.conduct.capture import inactivate, save_form
from trialkit.conduct.importing import import_csv
from trialkit.conduct.preview import preview
from trialkit.conduct.questionnaire import waiting
from trialkit.conduct.reason import Reason
from trialkit.conduct.review import Shown
from trialkit.conduct.sign import prepare
from trialkit.conduct.verification import verify
from trialkit.errors import NotFound, Refused, TrialkitError
from trialkit.export.bundle import hand_over
from trialkit.export.source import Scope
from trialkit.ledger.entry import Place
from trialkit.store.log import Wanted

SOURCE = Reason("SOURCE", "the chart of the ward says otherwise")
NAMING = FORMS["vs"].replace(
    "title: Vital signs\n", f"title: Vital signs\nentered_by: [{', '.join(sorted(CAST))}]\nsigned_by: investigator\n", 1
)
KNOWN = "roles:\n" + "".join(
    f"  {role}:\n    title: {role}\n    sees: [open, identifier, unblinded]\n" for role in sorted(CAST)
)
WHOLE = {"VSDAT": "2026-02-23", "SYSBP": "128", "DIABP": "80", "WEIGHT": "80.0"}
SIGNS = "investigator"
"""Who signs the form, as it says itself: of those who may sign at all, nobody else."""
ELSEWHERE = ("person.read", "store.verify")
"""What is done at no site of the trial, but for oneself: no other site to be kept from."""
NOT_BY_USE_CASE = {
    "ledger.read": "every reader of the store has a sight, see tests/access/test_gate.py",
    "subject.change": "no use case yet", "consent.withdraw": "the withdrawal form is saved as any form",
    "site.change": "no use case yet", "store.rebuild": "on the command line, by who holds the keys",
    "key.rotate": "on the command line, by who holds the keys",
}  # fmt: skip


@dataclass
class Stage:
    """A ward on which everything that an act needs can be made anew."""

    ward: Ward
    folder: Path
    numbers: Iterator[int] = field(default_factory=lambda: count(2))

    def subject(self) -> str:
        number = f"01-{next(self.numbers):04}"
        enrol.enrol(self.ward.trial, self.ward.ana, "01", number)
        return number

    def empty(self) -> Place:
        """A form of a new subject in which nothing stands."""
        return replace(self.ward.place("V1", "VS"), subject=self.subject())

    def saved(self) -> Place:
        place = self.empty()
        save_form(self.ward.trial, self.ward.ana, place, WHOLE, based_on=0, submit=True)
        return place

    def shown(self) -> Shown:
        place = self.saved()
        return Shown(place, self.ward.version(place))

    def locked(self) -> Shown:
        shown = self.shown()
        review.lock(self.ward.trial, self.ward.dee, [shown])
        return replace(shown, version=self.ward.version(shown.place))

    def asked(self) -> str:
        return str(query.ask(self.ward.trial, self.ward.mo, self.saved(), "SYSBP", "Is this the first reading?").stream)

    def asked_by(self, who: Identity) -> str:
        """A query of somebody's own: who only asked may take it back."""
        place = self.saved()
        draft = query.opening(
            who, place, "SYSBP", "Is this the first reading?", check="MANUAL", severity="query", number=1,
            visibility="open", study=self.ward.study.hash, origin={"kind": "screen"},
        )  # fmt: skip
        self.ward.store.append([draft])
        return draft.stream

    def person(self, *, grants: int = 0, alert: bool = False) -> str:
        """A new account."""
        adi, store, user = acting("administrator"), self.ward.store, f"kim{next(self.numbers)}"
        store.append([granting.add_person(adi, people.people(store), user, "Kim Lee", "Clinic North")])
        if grants:
            whose = people.person(store, user)
            store.append([granting.grant(adi, whose, "coordinator", ["01"], self.ward.clock())])
        return user


Act = Callable[[Stage, Identity], object]


def imported(stage: Stage, who: Identity) -> object:
    number = f"01-{next(stage.numbers):04}"
    enrol.enrol(stage.ward.trial, stage.ward.ana, "01", number)
    folder = stage.folder / number
    folder.mkdir()
    files = write(folder, VITALS.replace("enrol: yes\n", ""), vital(number))
    done = import_csv(stage.ward.trial, who, *files, commit=True)
    if all(one.verdict == "refused" for one in done.outcomes):
        raise NotFound(done.outcomes[0].sentence, "every row was refused")
    return done


def erased(stage: Stage, who: Identity) -> object:
    other = acting("investigator", person=("iva", "Dr Iva Novak"))
    place = replace(stage.ward.place("V1", "DM"), subject=stage.subject())
    save_form(stage.ward.trial, stage.ward.ana, place, {"BRTHDAT": "1980-01"}, based_on=0)
    return erase.erase_subject(stage.ward.trial, who, other, place.subject, "asked for by the subject")


def looked(stage: Stage, who: Identity) -> object:
    """A form as it stands: a tablet is told that it may write there, and nothing of what does."""
    if "SYSBP" not in preview(stage.ward.trial, who, stage.saved(), {}).values:
        raise NotFound("nothing is shown", "nothing is shown")
    return None


def redacted(stage: Stage, who: Identity) -> object:
    place = stage.saved()
    [seq] = [entry.seq for entry in stage.ward.trial.everything().entries(subject=place.subject, act="record.save")]
    return erase.redact(stage.ward.trial, who, seq, [0], "a name was typed into the term")


def unlocked(stage: Stage, who: Identity) -> object:
    other = acting("datamanager", person=("dan", "Dan Falk"))
    return review.unlock(stage.ward.trial, who, other, [stage.locked()], "the site found an error")


DO: dict[str, Act] = {
    "record.read": looked,
    "questionnaire.open": lambda at, who: waiting(at.ward.trial, who, at.subject()),
    "store.verify": lambda at, who: verify(at.ward.trial, who),
    "person.read": lambda at, who: staff.staff(at.ward.trial, who),
    "export.create": lambda at, who: hand_over(
        at.ward.trial, who, [], at.folder / f"x{next(at.numbers)}", scope=Scope(at.subject())
    ),
    "subject.enrol": lambda at, who: enrol.enrol(at.ward.trial, who, "01", f"01-{next(at.numbers):04}"),
    "consent.obtain": lambda at, who: consent.obtain(
        at.ward.trial, who, replace(at.ward.place("LOG", "IC"), subject=at.subject()),
        {"ICVER": "1.0", "ICDAT": "2026-02-01"},
    ),
    "record.save": lambda at, who: save_form(at.ward.trial, who, at.empty(), {"SYSBP": "120"}, based_on=0),
    "record.correct": lambda at, who: save_form(
        at.ward.trial, who, (one := at.shown()).place, {"SYSBP": "126"}, based_on=one.version, reason=SOURCE
    ),
    "record.inactivate": lambda at, who: inactivate(
        at.ward.trial, who, (one := at.shown()).place, based_on=one.version, reason=SOURCE
    ),
    "record.sign": lambda at, who: prepare(at.ward.trial, who, [at.saved()], "APPROVAL"),
    "import.csv": imported,
    "query.open": lambda at, who: query.ask(at.ward.trial, who, at.saved(), "SYSBP", "Is this the first reading?"),
    "query.answer": lambda at, who: query.answer(at.ward.trial, who, at.asked(), "It is the first reading."),
    "query.close": lambda at, who: query.close(at.ward.trial, who, at.asked(), "Agrees with the chart."),
    "query.cancel": lambda at, who: query.cancel(at.ward.trial, who, at.asked_by(who), "The chart is another one."),
    "ledger.review": lambda at, who: trail_review.mark(
        at.ward.trial, who, Wanted(site="01"), 0, at.ward.store.size - 1, "Nothing out of the ordinary."
    ),
    "record.verify": lambda at, who: review.verify(at.ward.trial, who, [at.shown()]),
    "record.review": lambda at, who: review.review(at.ward.trial, who, [at.shown()]),
    "record.freeze": lambda at, who: review.freeze(at.ward.trial, who, [at.shown()]),
    "record.lock": lambda at, who: review.lock(at.ward.trial, who, [at.shown()]),
    "record.unlock": unlocked,
    "disclosure.redact": redacted,
    "subject.erase": erased,
    "study.publish": lambda at, who: consent.push_version(
        at.ward.trial, who, "01", f"{next(at.numbers)}.0", "2025-12-01", "2026-06-01"
    ),
    "study.amend": lambda at, who: amend.dry_run(at.ward.trial, who, at.ward.study, "01"),
    "site.add": lambda at, who: site.add_site(
        at.ward.trial, who, f"S{next(at.numbers)}", "Clinic South", "Europe/Paris", "FRA"
    ),
    "person.add": lambda at, who: staff.add(
        at.ward.trial, who, f"lee{next(at.numbers)}", "Kim Lee", "Clinic North", "granite lantern orbit", policy=CHEAP
    ),
    "person.change": lambda at, who: at.ward.store.append(
        [granting.change_person(who, people.person(at.ward.store, at.person()), "married in June", name="Kim Berg")]
    ),
    "person.grant": lambda at, who: staff.grant(at.ward.trial, who, at.person(), "coordinator", ["01"]),
    "person.approve": lambda at, who: staff.grant(
        at.ward.trial, acting("administrator", person=("ada", "Ada Moss")), at.person(), "pharmacist", ["01"],
        approver=who,
    ),
    "person.revoke": lambda at, who: staff.revoke(at.ward.trial, who, at.person(grants=1), 1, "left the site in June"),
    "person.deactivate": lambda at, who: staff.deactivate(at.ward.trial, who, at.person(), "left the site in June"),
    "person.reset": lambda at, who: staff.reset(
        at.ward.trial, who, at.person(), "granite lantern orbit", policy=CHEAP
    ),
    "person.acknowledge": lambda at, who: staff.acknowledge(at.ward.trial, who, at.person()),
}  # fmt: skip
WITHOUT_SUCCESS = {"person.acknowledge": "there is no open alert"}
"""Acts that are let through here and then told what stands against them; each is done in a test of its own."""


@pytest.fixture
def stage(make_store: Callable[..., Made], tmp_path: Path) -> Stage:
    clock = Clock()
    made = make_store(study_oid="WARD-1", clock=clock)
    return Stage(
        Ward.open(
            made.store,
            clock,
            write_study(tmp_path / "ward", STUDY.replace("parameters:\n", KNOWN + "parameters:\n"), vs=NAMING),
        ),
        tmp_path,
    )


def grants(role: str) -> dict[str, frozenset[str] | None]:
    """The kinds of grant that a role can have."""
    some = {"own site": frozenset({"01"}), "other site": frozenset({"02"})}
    return {"site": some, "all": {"all sites": None}, "either": {**some, "all sites": None}}[ROLES[role].reach]  # type: ignore[return-value]


def expected(role: str, act: str, where: str) -> bool:
    sites, _, _ = MATRIX.get((role, act), ("", frozenset(), False))
    if act == "record.sign" and role != SIGNS:
        return False
    return sites == "all" or (sites == "own" and (where != "other site" or act in ELSEWHERE))


def let_through(stage: Stage, act: str, who: Identity) -> tuple[bool, bool]:
    """Whether somebody was let through, and whether the act was done then."""
    before = stage.ward.store.size
    try:
        DO[act](stage, who)
    except Refused:
        assert act == "person.change" or any(
            entry.actor.id in (who.person, "ada") for entry in
            stage.ward.trial.everything().entries(act="attempt.refused", after_seq=before - 1)
        ), "no entry of the attempt"  # fmt: skip
        return False, False
    except NotFound:
        return False, False
    except TrialkitError:
        return True, False
    return True, True


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("act", DO)
def test_p11_09_who_may_do_it_does_it_at_their_sites_and_nobody_else(stage: Stage, act: str) -> None:
    wrong, done = [], 0
    for role in ROLES:
        for where, sites in grants(role).items():
            who = acting(role, sites=sites)
            through, did = let_through(stage, act, who)
            done += did
            if through != expected(role, act, where):
                wrong.append((role, where, "let through" if through else "kept out"))
            elif through and not did and act not in WITHOUT_SUCCESS:
                wrong.append((role, where, "let through, and then not done"))
    assert not wrong
    assert done or act in WITHOUT_SUCCESS


def test_every_act_is_tried_or_it_says_why_not() -> None:
    acts = {act for _, act in MATRIX}
    assert set(DO) | set(NOT_BY_USE_CASE) == acts
    assert not set(DO) & set(NOT_BY_USE_CASE)
