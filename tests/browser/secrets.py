"""What each person must not see, worked out from the ledger and the study's texts by a reading of their own.

Nothing here asks the gate or a reader with somebody's sight: what a person may see is said again, by hand, in `EYES`
and `Eyes.may`, so that a fault in the sight does not excuse itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
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
CLINIC = ("coordinator", "nurse", "physician", "investigator")
"""Roles that enter the forms for which the study names nobody."""
_SUBJECT = re.compile(r"\d\d-\d{4}")
_NUMBER = re.compile(r"[A-Z]\d\d(-[A-Z]+)?")
_WRITERS = ("simulation", "cli/demo")
"""Where the software keeps what it writes into the demo: no excuse for finding it on a screen."""
_CHANCE = re.compile(r"[\d:.T-]+")
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Asks:
    """Of which forms a check speaks: those that its rule reads, those of which its words print values.

    `rule`: what is said is the rule itself, which is nobody's whose form is hidden.
    """

    reads: frozenset[str]
    prints: frozenset[str]
    rule: bool = False


@dataclass(frozen=True)
class Said:
    """A string that somebody wrote or that stands in the study, and where: its site, form and class; of which check."""

    text: str
    site: str
    form: str
    visibility: Visibility
    clinical: bool = True
    written: bool = False
    asks: Asks | None = None


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
        if said.written and self.role == "subject":  # a tablet reads nothing of what anybody wrote
            return False
        if said.visibility not in self.classes or (self.sites and said.site and said.site not in self.sites):
            return False
        if said.asks is not None and not self._is_told(said.asks, study.study.forms[said.form], study):
            return False
        return not said.form or self._has(study.study.forms[said.form])

    def forms(self, study: CompiledStudy) -> frozenset[str]:
        """The forms that these eyes are shown."""
        key = self, study.hash
        if key not in _shown:
            _shown[key] = frozenset(oid for oid, form in study.study.forms.items() if self._has(form))
        return _shown[key]

    def _is_told(self, asks: Asks, form: Form, study: CompiledStudy) -> bool:
        """Who sees all that is read; of the words also who enters the form, and who sees as much as one of these."""
        shown = self.forms(study)
        if asks.reads | asks.prints <= shown or asks.rule or not asks.prints <= shown:
            return asks.reads | asks.prints <= shown
        owners = {*(form.entered_by or CLINIC), *(item.entered_by for item in form.items.values() if item.entered_by)}
        return self.role in owners or any(
            eyes.role in owners and eyes.role not in OWN_FORMS and eyes.forms(study) <= shown for eyes in EYES
        )

    def _has(self, form: Form) -> bool:
        if self.role in form.hidden_from or form.visibility not in self.classes:
            return False
        return self.role not in OWN_FORMS or self.role in {
            *form.entered_by, *(item.entered_by for item in form.items.values())
        }  # fmt: skip


_shown: dict[tuple[Eyes, str], frozenset[str]] = {}
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
    texts = [said for said in (*_of_the_study(study), *_of_the_ledger(trial, study))
             if len(said.text) >= SHORTEST or _NUMBER.fullmatch(said.text)]  # fmt: skip
    people = [Said(text, "", "", "open", clinical=False) for one in trial.store.read(system_sight()).people()
              for text in (one.stream.removeprefix("person/"), *map(str, one.values.values()))]  # fmt: skip
    return list(dict.fromkeys([*texts, *people]))


def secrets(eyes: Eyes, every: Iterable[Said], study: CompiledStudy) -> list[str]:
    """The strings that these eyes must not see, without those that also stand where they may."""
    every = list(every)
    seen = "\n".join(said.text for said in every if eyes.may(said, study)).casefold()
    words = seen + _own_words()
    hidden = {said.text for said in every if not eyes.may(said, study) and _telling(said)}
    # the number of a subject or check is one wherever it stands, also where the software has it as an example
    return sorted(text for text in hidden if text.casefold() not in (seen if is_number(text) else words))


def is_number(text: str) -> bool:
    """Whether it is the number of a subject or of a check."""
    return bool(_SUBJECT.fullmatch(text) or _NUMBER.fullmatch(text))


def _telling(said: Said) -> bool:
    """Whether it stands nowhere by chance: no short word of the study, no time of day, no open number or moment."""
    if is_number(said.text):
        return bool(_SUBJECT.fullmatch(said.text)) or said.asks is not None
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
    files = [file for room in ("apps", "trialkit") for file in (_ROOT / room).rglob("*.py")
             if not file.relative_to(_ROOT / room).as_posix().startswith(_WRITERS)]  # fmt: skip
    return "\n".join(file.read_text("utf-8") for file in files).casefold()


def _of_the_study(study: CompiledStudy) -> Iterator[Said]:
    file = study.study.file
    yield Said(file.title, "", "", "open")
    for reason in (*file.missing_reasons.values(), *file.change_reasons.values()):
        yield Said(reason, "", "", "open")
    for arm in file.arms.values():
        yield Said(arm.title, "", "", "unblinded")
    for name, event in file.events.items():
        for text in (event.title, *(f"{form} {name}" for form in study.events[name])):
            yield Said(text, "", "", "open")
    for oid, cform in study.forms.items():
        yield Said(cform.form.title, "", "", "open")
        for number, check in cform.form.checks.items():
            asks, rule = _asks(study, check, oid), check.require or check.finding or ""
            visibility: Visibility = "unblinded" if _reads_masked(study, check) else "open"
            for text in (number, check.title or "", check.message):
                yield Said(text, "", oid, visibility, asks=asks)
            yield Said(" ".join(rule.split()), "", oid, visibility, asks=replace(asks, rule=True))
        for rule in cform.items.values():
            codes = study.study.codelists[rule.item.codelist].codes if rule.item.codelist else {}
            # of an identifier the label is no secret, and neither is the form that asks for it
            named = rule.visibility == "identifier"
            notes = [target.note or "" for target in rule.item.sdtm]
            for text in (
                rule.item.label, rule.item.question or "", rule.item.help or "", *notes, *codes, *codes.values()
            ):  # fmt: skip
                yield Said(text, "", "" if named else oid, "open" if named else rule.visibility)


def _reads_masked(study: CompiledStudy, check: Check) -> bool:
    """Whether a masked item, or an item of a masked form, is named by a check."""
    said = " ".join(filter(None, (check.require, check.finding, check.when, check.message)))
    names = set(re.findall(r"[A-Z][A-Z0-9_]*", said))
    return any(
        name in names and (rule.visibility == "unblinded" or cform.form.visibility == "unblinded")
        for cform in study.forms.values() for name, rule in cform.items.items()
    )  # fmt: skip


def _asks(study: CompiledStudy, check: Check, form: str) -> Asks:
    """The forms that a check names, in its rule and in what its message prints."""
    rule = re.sub(r"'[^']*'", "", " ".join(filter(None, (check.require, check.finding, check.when))))
    reads = set(study.forms) if re.search(r"(earliest|latest)_date", rule) else _named(study, rule)
    return Asks(frozenset(reads | {form}), frozenset(_named(study, " ".join(re.findall(r"\{(.*?)\}", check.message)))))


def _named(study: CompiledStudy, said: str) -> set[str]:
    return set(re.findall(r"[A-Z][A-Z0-9_]*", said)) & study.forms.keys()


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
            number = entry.stream.split("/")[4] if origin == "query" else change.item[13:-1] * (
                change.item.startswith("@explanation["))  # fmt: skip
            check = study.checks.get(number)
            asks = _asks(study, check.check, check.form) if check is not None else None
            for written in (change.old, change.new):
                for text in _words(study, place, change.item, written):
                    visibility: Visibility = "unblinded" if _masked(study, place, change.item) else change.visibility
                    yield Said(text, place.site, place.form, visibility, written=True, asks=asks)


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
