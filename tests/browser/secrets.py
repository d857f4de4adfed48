"""What each role must not see, worked out from the ledger and the study's texts by a reading of their own.

Nothing here asks the gate or a reader with somebody's sight: what a role may see is said again, in `Eyes.may`, so that a
fault in the sight does not excuse itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from trialkit.access.gate import system_sight
from trialkit.access.table import ROLES
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place, Visibility, Written
from trialkit.study.compiled import CompiledStudy, split
from trialkit.study.model import Form

SHORTEST, SHORTEST_LABEL = 5, 12
"""Letters of what was written, and of a text of the study, that is looked for: shorter ones stand there by chance."""
_CHANCE = re.compile(r"[\d:.T-]+")


@dataclass(frozen=True)
class Said:
    """A string that somebody wrote or that stands in the study, and where: its site, form and class."""

    text: str
    site: str
    form: str
    visibility: Visibility


@dataclass(frozen=True)
class Eyes:
    """Whose eyes: role, sites (None: all)."""

    role: str
    sites: frozenset[str] | None

    def may(self, said: Said, study: CompiledStudy) -> bool:
        """Whether these eyes may see it."""
        if self.sites is not None and said.site and said.site not in self.sites:
            return False
        sees = study.study.file.roles[self.role].sees
        if said.visibility not in sees:
            return False
        return not said.form or self._has(study.study.forms[said.form], said.form, study)

    def _has(self, form: Form, oid: str, study: CompiledStudy) -> bool:
        if self.role in form.hidden_from or form.visibility not in study.study.file.roles[self.role].sees:
            return False
        enters = {*form.entered_by, *(item.entered_by for item in form.items.values())}
        return not ROLES[self.role].own_forms or self.role in enters


def everything(trial: Trial) -> list[Said]:
    """Every string of the ledger with its place and class, and what masked things are called."""
    study = trial.latest()
    assert study is not None
    study_texts = [said for said in _of_the_study(study) if len(said.text) >= SHORTEST_LABEL]
    written = [said for said in _of_the_ledger(trial, study) if len(said.text) >= SHORTEST]
    people = [Said(str(one.values.get(what, "")), "", "", "open") for one in trial.store.read(system_sight()).people()
              for what in ("name", "organisation")]  # fmt: skip
    ids = [Said(one.stream.removeprefix("person/"), "", "", "open") for one in trial.store.read(system_sight()).people()]
    return list(dict.fromkeys([*study_texts, *written, *people, *ids]))


def secrets(eyes: Eyes, every: Iterable[Said], study: CompiledStudy) -> list[str]:
    """The strings that these eyes must not see, without those that also stand where they may."""
    every = list(every)
    seen = "\n".join(said.text for said in every if eyes.may(said, study)).casefold()
    # times and numbers stand in pages by chance, but for masked and identifying ones
    hidden = {
        said.text for said in every
        if not eyes.may(said, study) and (said.visibility != "open" or not _CHANCE.fullmatch(said.text))
    }  # fmt: skip
    hidden = {text for text in hidden if not re.fullmatch(r"\d\d:\d\d", text)}
    return sorted(text for text in hidden if text.casefold() not in seen)


def caught(text: str, secret: Iterable[str]) -> list[str]:
    """The secrets that stand in a text."""
    folded = text.casefold()
    return [one for one in secret if one.casefold() in folded]


def _of_the_study(study: CompiledStudy) -> Iterator[Said]:
    file = study.study.file
    for arm in file.arms.values():
        yield Said(arm.title, "", "", "unblinded")
    for oid, cform in study.forms.items():
        form = cform.form
        yield Said(form.title, "", "", "open")
        for rule in cform.items.values():
            codes = study.study.codelists[rule.item.codelist].codes if rule.item.codelist else {}
            for text in (rule.item.label, rule.item.question or "", rule.item.help or "", *codes.values()):
                yield Said(text, "", "" if rule.visibility == "identifier" else oid,
                           "open" if rule.visibility == "identifier" else rule.visibility)  # fmt: skip


def _of_the_ledger(trial: Trial, study: CompiledStudy) -> Iterator[Said]:
    for entry in trial.store.read(system_sight()).entries():
        place, origin = entry.place, entry.stream.partition("/")[0]
        if origin not in ("record", "query", "subject"):
            continue
        if place.subject:
            yield Said(place.subject, place.site, "", "open")
        for part in entry.changes:
            change = part.change
            if change.item.startswith("@") and not change.item.startswith(("@reason", "@explanation")):
                continue
            for written in (change.old, change.new):
                for text in _words(study, place, change.item, written):
                    visibility: Visibility = "unblinded" if _masked(study, place, change.item) else change.visibility
                    yield Said(text, place.site, place.form, visibility)


def _masked(study: CompiledStudy, place: Place, path: str) -> bool:
    rule = study.forms[place.form].items.get(split(path)[2]) if place.form in study.forms else None
    return rule is not None and rule.visibility == "unblinded"


def _words(study: CompiledStudy, place: Place, path: str, written: Written) -> Iterator[str]:
    """A value as written and in words."""
    rule = study.forms[place.form].items.get(split(path)[2]) if place.form in study.forms else None
    for one in written if isinstance(written, list) else [written]:
        if isinstance(one, str):
            yield one
            if rule is not None and rule.item.codelist:
                yield study.study.codelists[rule.item.codelist].codes.get(one, "")
