"""What each person must not see, worked out from the ledger and the study's texts by a reading of their own.

Nothing here asks the gate or a reader with somebody's sight: what a person may see is said again, by hand, in `EYES`
and `Eyes.may`, so that a fault in the sight does not excuse itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from trialkit.access.gate import system_sight
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place, Visibility, Written
from trialkit.study.compiled import CompiledStudy, split
from trialkit.study.model import Check, Form

SHORTEST, SHORTEST_LABEL, WHOLE_WORD = 5, 12, 8
"""Letters of what was written, and of a text of the study, that is looked for: shorter ones stand there by chance."""
OWN_FORMS = ("subject", "irt", "laboratory")
"""Roles that are shown only the forms that they enter."""
_SUBJECT = re.compile(r"\d\d-\d{4}")
_CHANCE = re.compile(r"[\d:.T-]+")
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Said:
    """A string that somebody wrote or that stands in the study, and where: its site, form and class."""

    text: str
    site: str
    form: str
    visibility: Visibility
    clinical: bool = True
    written: bool = False


@dataclass(frozen=True)
class Eyes:
    """Whose eyes: user id, role, sites (empty: all), and the classes of values; none of them: no clinical data."""

    user: str
    role: str
    sites: tuple[str, ...]
    classes: tuple[Visibility, ...]

    def may(self, said: Said, study: CompiledStudy) -> bool:
        """Whether these eyes may see it."""
        if not said.clinical:
            return True
        if said.visibility not in self.classes or (self.sites and said.site and said.site not in self.sites):
            return False
        return not said.form or self._has(study.study.forms[said.form])

    def _has(self, form: Form) -> bool:
        if self.role in form.hidden_from or form.visibility not in self.classes:
            return False
        return self.role not in OWN_FORMS or self.role in {
            *form.entered_by, *(item.entered_by for item in form.items.values())
        }  # fmt: skip


EYES = (
    Eyes("ana", "coordinator", ("01",), ("open", "identifier")),
    Eyes("lea", "coordinator", ("02",), ("open", "identifier")),
    Eyes("noor", "nurse", ("01",), ("open", "identifier")),
    Eyes("sami", "physician", ("02",), ("open", "identifier")),
    Eyes("ito", "investigator", ("01",), ("open", "identifier")),
    Eyes("ravi", "rater", (), ("open",)),
    Eyes("uma", "pharmacist", ("01",), ("open", "unblinded")),
    Eyes("mo", "monitor", ("01", "02"), ("open",)),
    Eyes("dee", "datamanager", (), ("open",)),
    Eyes("mia", "medicalmonitor", (), ("open",)),
    Eyes("sol", "sponsor", (), ("open",)),
    Eyes("ines", "auditor", (), ("open", "identifier")),
    Eyes("adi", "administrator", (), ()),
    Eyes("epoharbour", "subject", ("02",), ("open",)),
    Eyes("irt", "irt", (), ("open", "unblinded")),
    Eyes("lab", "laboratory", (), ("open", "unblinded")),
)
"""One of the demo's people for each role, as reviewed by hand; of coordinators one of each site."""


def everything(trial: Trial) -> list[Said]:
    """Every string of the ledger with its place and class, and what masked things are called."""
    study = trial.latest()
    assert study is not None
    texts = [said for said in (*_of_the_study(study), *_of_the_ledger(trial, study)) if len(said.text) >= SHORTEST]
    people = [Said(text, "", "", "open", clinical=False) for one in trial.store.read(system_sight()).people()
              for text in (one.stream.removeprefix("person/"), *map(str, one.values.values()))]  # fmt: skip
    return list(dict.fromkeys([*texts, *people]))


def secrets(eyes: Eyes, every: Iterable[Said], study: CompiledStudy) -> list[str]:
    """The strings that these eyes must not see, without those that also stand where they may."""
    every = list(every)
    seen = "\n".join(said.text for said in every if eyes.may(said, study)).casefold()
    words = seen + _own_words()
    hidden = {said.text for said in every if not eyes.may(said, study) and _telling(said)}
    # the number of a subject is one wherever it stands, also where the software has it as an example
    return sorted(text for text in hidden if text.casefold() not in (seen if _SUBJECT.fullmatch(text) else words))


def _telling(said: Said) -> bool:
    """Whether it stands nowhere by chance: no short word of the study, no time of day, no open number or moment."""
    if _SUBJECT.fullmatch(said.text):
        return True
    if (not said.written and len(said.text) < SHORTEST_LABEL) or re.fullmatch(r"\d\d:\d\d", said.text):
        return False
    return said.visibility != "open" or not _CHANCE.fullmatch(said.text)


def caught(text: str, secret: Iterable[str]) -> list[str]:
    """The secrets that stand in a text: numbers and short words only where they are not part of a longer one."""
    folded = text.casefold()
    return [one for one in secret if (low := one.casefold()) in folded and (
        not (_CHANCE.fullmatch(one) or len(one) < WHOLE_WORD)
        or re.search(rf"(?<![\w.+/]){re.escape(low)}(?![\w.+/])", folded))]  # fmt: skip


class Search:
    """A search through much that is alike: a line that was looked at is not looked at again."""

    def __init__(self, secret: list[str]) -> None:
        self._secret = secret
        self._seen: set[str] = set()

    def caught(self, text: str) -> list[str]:
        """The secrets that stand in the lines that are new."""
        new = set(text.split("\n")) - self._seen
        self._seen |= new
        return caught("\n".join(new), self._secret)


@cache
def _own_words() -> str:
    """What the software says to everybody, whatever stands in a store."""
    return "\n".join(file.read_text("utf-8") for room in ("apps", "trialkit") for file in (_ROOT / room).rglob("*.py")
                     ).casefold()  # fmt: skip


def _of_the_study(study: CompiledStudy) -> Iterator[Said]:
    file = study.study.file
    yield Said(file.title, "", "", "open")
    for arm in file.arms.values():
        yield Said(arm.title, "", "", "unblinded")
    for name, event in file.events.items():
        for text in (event.title, *(f"{form} {name}" for form in study.events[name])):
            yield Said(text, "", "", "open")
    for oid, cform in study.forms.items():
        yield Said(cform.form.title, "", "", "open")
        for check in cform.form.checks.values():
            for text in (check.title or "", check.message):
                yield Said(text, "", oid, "unblinded" if _reads_masked(study, check) else "open")
        for rule in cform.items.values():
            codes = study.study.codelists[rule.item.codelist].codes if rule.item.codelist else {}
            # of an identifier the label is no secret, and neither is the form that asks for it
            named = rule.visibility == "identifier"
            for text in (rule.item.label, rule.item.question or "", rule.item.help or "", *codes, *codes.values()):
                yield Said(text, "", "" if named else oid, "open" if named else rule.visibility)


def _reads_masked(study: CompiledStudy, check: Check) -> bool:
    """Whether a masked item, or an item of a masked form, is named by a check."""
    said = " ".join(filter(None, (check.require, check.finding, check.when, check.message)))
    names = set(re.findall(r"[A-Z][A-Z0-9_]*", said))
    return any(
        name in names and (rule.visibility == "unblinded" or cform.form.visibility == "unblinded")
        for cform in study.forms.values() for name, rule in cform.items.items()
    )  # fmt: skip


def _of_the_ledger(trial: Trial, study: CompiledStudy) -> Iterator[Said]:
    for entry in trial.store.read(system_sight()).entries():
        place, origin = entry.place, entry.stream.partition("/")[0]
        # when something was written is told to everybody, and minutes fall together
        yield Said(entry.recorded_at[:16], "", "", "open", clinical=False)
        if origin not in ("record", "query", "subject"):
            continue
        if place.subject:
            yield Said(place.subject, place.site, "", "open", written=True)
        for part in entry.changes:
            change = part.change
            about = (
                origin == "query" and change.item not in ("text", "values") and not change.item.startswith("thread[")
            )
            if about or (change.item.startswith("@") and not change.item.startswith(("@reason", "@explanation"))):
                continue
            for written in (change.old, change.new):
                for text in _words(study, place, change.item, written):
                    visibility: Visibility = "unblinded" if _masked(study, place, change.item) else change.visibility
                    yield Said(text, place.site, place.form, visibility, written=True)


def _masked(study: CompiledStudy, place: Place, path: str) -> bool:
    rule = study.forms[place.form].items.get(split(path)[2]) if place.form in study.forms else None
    return rule is not None and rule.visibility == "unblinded"


def _words(study: CompiledStudy, place: Place, path: str, written: Written) -> Iterator[str]:
    """A value as written and in words."""
    rule = study.forms[place.form].items.get(split(path)[2]) if place.form in study.forms else None
    for one in written if isinstance(written, list) else [written]:
        if isinstance(one, str):
            yield from one.splitlines()
            words = study.study.codelists[rule.item.codelist].codes.get(one, "") if rule and rule.item.codelist else ""
            if len(words) >= SHORTEST_LABEL:
                yield words
