"""A study broken in more than forty ways: each complaint names file, line and column, and says how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.study.small import FILES, write_small
from trialkit.errors import WrongStudy
from trialkit.study import Complaint, load_study


@dataclass(frozen=True)
class Break:
    """In `file`, `old` becomes `new`; the complaint at `at` (after its bar, if any) holds `what` and `hint`."""

    file: str
    old: str
    new: str
    at: str
    what: str
    hint: str
    also: int = 0  # complaints that follow from it

    @property
    def text(self) -> str:
        assert self.old in FILES[self.file], self.old
        return FILES[self.file].replace(self.old, self.new, 1)

    @property
    def place(self) -> tuple[int, int]:
        before, bar, rest = self.at.partition("|")
        index = self.text.index(before + rest) + (len(before) if bar else 0)
        return self.text.count("\n", 0, index) + 1, index - self.text.rfind("\n", 0, index)


BREAKS = {
    # what YAML would pass over in silence
    "a key twice": Break(
        "vs.yaml", "        digits: 1\n", "        digits: 1\n        digits: 2\n", "digits: 2", "twice", "keep one"
    ),
    "an anchor": Break("ae.yaml", "label: Start", "label: &x Start", "&x", "an anchor", "remove it", 3),
    "a tag": Break("ae.yaml", "label: Start", "label: !!str Start", "!!str", "a tag", "every value is text", 3),
    "a comment that cuts a value": Break(
        "ae.yaml", "label: Grade", "label: Grade #2", "#2", "a comment follows a value", "in quotes"
    ),
    "a second document": Break("dm.yaml", "title: Demo", "---\ntitle: Demo", "---", "a second document",
        "remove the ---"),
    "a tab": Break("sv.yaml", "    title: The visit", "\ttitle: The visit", "\ttitle", "a tab", "spaces", 1),
    "a second colon": Break("vs.yaml", "label: Systolic", "label: Systolic: left", ": left", "a second colon",
        "quotes", 5),
    # keys and shapes
    "a misspelt key": Break("vs.yaml", "label: Diastolic", "lable: Diastolic", "lable", "lable is not a key",
        "label?", 1),
    "a missing key": Break("sv.yaml", "oid: SV\ntitle: Visit", "oid: SV", "oid", "title is missing", "add title:"),
    "an empty label": Break("vs.yaml", "label: Weight", 'label: ""', '""', "is empty", "write something"),
    "a type that is none": Break("vs.yaml", "type: decimal", "type: decimel", "decimel", "'decimel'", "decimal?", 3),
    "a flag that is none": Break("ae.yaml", "repeating: yes", "repeating: ja", "ja", "neither yes nor no", "yes or no"),
    "a number that is none": Break("ae.yaml", "length: 200", "length: long", "long", "not a whole number", "digits"),
    "an item id in small letters": Break(
        "ae.yaml", "      AESER:", "      aeser:", "aeser", "'aeser' is not an id", "capital letters", 5
    ),
    "a list where a mapping is due": Break(
        "ae.yaml", "groups:\n  MAIN:\n    title: The event\n", "groups:\n  - title: The event\n", "- title",
        "groups must have entries", "under it"
    ),
    "a text where a mapping is due": Break(
        "vs.yaml", "        hard:\n          low: 40\n          high: 300\n", "        hard: 40-300\n", "40-300",
        "hard must have", "under it"
    ),
    "the oid of another form": Break("sv.yaml", "oid: SV", "oid: SX", "SX", "stands in the file sv.yaml", "sx.yaml", 5),
    # code lists
    "a code list that is not there": Break(
        "dm.yaml", "codelist: SEX", "codelist: SEXE", "SEXE", "no code list SEXE", "did you mean SEX?", 1
    ),
    "a code list nobody uses": Break(
        "codelists.yaml", "NY:\n", "OLD:\n  title: Old\n  codes:\n    A: a\nNY:\n", "OLD", "no item uses", "remove it"
    ),
    "a code list without codes": Break(
        "codelists.yaml", "    START: Started\n    PAUSE: Paused\n    STOP: Stopped\n", "",
        "title: What was done\n  |codes", "ACT has no codes", "give it codes", 2
    ),
    "a code with a semicolon": Break("codelists.yaml", "PAUSE: ", "PAU;SE: ", "PAU;SE", "cannot be a code",
        "semicolon"),
    "a code item without code list": Break(
        "dm.yaml", "type: code\n        codelist: SEX", "type: code", "code\n", "has no code list", "add codelist", 1
    ),
    "a text with a code list": Break(
        "dm.yaml", "type: code\n        codelist", "type: text\n        codelist", "codelist", "has a code list",
        "type: code"
    ),
    # items
    "a default outside its list": Break("vs.yaml", "default: N", "default: Maybe", "Maybe", "neither yes nor no",
        "Y or N"),
    "a range that is no number": Break("vs.yaml", "low: 40", "low: forty", "forty", "not a whole number",
        "digits only"),
    "a range upside down": Break("vs.yaml", "low: 90", "low: 190", "190", "upside down", "must not exceed"),
    "a soft range outside the hard one": Break(
        "vs.yaml", "high: 160", "high: 360", "360", "outside its hard range", "never be asked"
    ),
    "a range of a text": Break(
        "ae.yaml", "length: 200\n", "length: 200\n        hard:\n          low: 1\n", "hard", "has no range",
        "code list or length"
    ),
    "digits of a whole number": Break(
        "vs.yaml", "        label: Diastolic\n", "        label: Diastolic\n        digits: 1\n", "digits",
        "means nothing", "decimal"
    ),
    "a unit of a date": Break("sv.yaml", "        type: date\n", "        type: date\n        unit: day\n", "unit",
        "has a unit", "integer"),
    "a missing reason unknown": Break("vs.yaml", "[ND]", "[NP]", "NP", "no missing reason NP", "add it to"),
    "an SDTM target that is none": Break("ae.yaml", "target: AE.AETERM", "target: AETERM", "AETERM\n",
        "no SDTM target", "DOMAIN.VARIABLE"),
    "an item twice": Break("ec.yaml", "      PULSE:", "      ECTIM:", "ECTIM:\n        label: Pulse",
        "already stands in group STEPS", "rename"),
    "an item named like a word": Break("ec.yaml", "      PULSE:", "      SITE:", "SITE", "a word of the expression",
        "another id"),
    # expressions
    "an item that is not there": Break("vs.yaml", "DIABP < SYSBP", "DIABP < SYSPB", "SYSPB", "SYSPB",
        "did you mean SYSBP?"),
    "a code that is not there": Break(
        "ae.yaml", "require: AESER == 'Y'", "require: AESER == 'J'", "'J'", "not in the item's code list", "one of N, Y"
    ),
    "a date against a number": Break("ae.yaml", "AEENDAT >= AESTDAT", "AEENDAT >= 5", "5\n",
        "compared with a whole number", "one type"),
    "units that differ": Break("vs.yaml", "DIABP < SYSBP", "DIABP < WEIGHT", "WEIGHT\n    message", "mmHg", "convert"),
    "one equals sign": Break("ae.yaml", "AESER == 'Y'", "AESER = 'Y'", "= 'Y'", "a single =", "write =="),
    "a text not closed": Break("ae.yaml", "AESER == 'Y'", "AESER == 'Y", "'Y\n", "no closing quote", "close it"),
    "a function that is not there": Break("dm.yaml", "years(", "yers(", "yers", "no function yers()", "years()?"),
    "another form's item without its form": Break(
        "ae.yaml", "AEENDAT >= AESTDAT", "AEENDAT >= BRTHDAT", "BRTHDAT", "not an item of this form", "DM.BRTHDAT?"
    ),
    "a form of many records": Break("vs.yaml", "DIABP < SYSBP", "AE.AESER == 'Y'", "AE.AESER", "many records",
        "any(AE"),
    "rows without a question": Break("ec.yaml", "any(STEPS, ECSTEP == 'STOP')", "ECSTEP == 'STOP'",
        "ECSTEP == 'STOP'", "repeating group STEPS", "any(STEPS"),
    "an event without that form": Break("vs.yaml", "previous_visit(WEIGHT)) > 5", "at(V1, EC.ECTOTAL)) > 5", "V1, EC",
        "V1 has no form EC", "V2, V3"),
    "an item that is no condition": Break("vs.yaml", "when: SYSBP > P_MAX_SBP", "when: SYSBP", "SYSBP\nchecks",
        "not a condition", "compare"),
    "calculations that wait for each other": Break(
        "ec.yaml",
        "        compute: total(STEPS, ECVOL)\n",
        "        compute: ECTWO + 1\n      ECTWO:\n        label: Two\n        type: decimal\n"
        "        compute: ECTOTAL + 1\n",
        "ECTWO + 1", "waits for itself", "must not read",
    ),
    "a calculation of the wrong type": Break("dm.yaml", "years(BRTHDAT, today)", "today", "today",
        "a date, the item is", "mend"),
    "a role that is not there": Break("ec.yaml", "'physician'", "'fysician'", "'fysician'", "no role", "'physician'?"),
    # checks
    "require and finding": Break(
        "vs.yaml", "    require: DIABP", "    finding: SYSBP > 200\n    require: DIABP", "VS-001",
        "require and finding", "exactly one"
    ),
    "neither require nor finding": Break("vs.yaml", "    require: DIABP < SYSBP\n", "", "VS-001", "neither require",
        "exactly one"),
    "a message about nothing": Break("vs.yaml", "({DIABP})", "({DIAPB})", "DIAPB", "DIAPB", "did you mean DIABP?"),
    "a brace without partner": Break("vs.yaml", "({SYSBP})", "({SYSBP)", "{SYSBP)", "a brace", "{ITEM}"),
    "a group that does not repeat": Break("ec.yaml", "group: STEPS", "group: MAIN", "MAIN\n    require",
        "no repeating group", "STEPS", 4),
    "a query on no item": Break("ec.yaml", "item: ECTIM", "item: ECTIME", "ECTIME", "no item ECTIME",
        "did you mean ECTIM?"),
    "a deviation of an alert": Break("ec.yaml", "severity: alert", "severity: alert\n    deviation: yes", "deviation",
        "is an alert", "hard"),
    "a check id twice": Break("vs.yaml", "  VS-002:", "  AE-001:", "AE-001", "already stands in AE", "different ids"),
    "a case about nothing": Break("vs.yaml", "      - SYSBP: 120\n        DIABP: 120",
        "      - SYSPB: 120\n        DIABP: 120", "SYSPB", "a case speaks of SYSPB", "did you mean SYSBP?"),
    "a case at no event": Break("vs.yaml", "V2:VS.WEIGHT", "V9:VS.WEIGHT", "V9:VS", "no study event V9",
        "one of LOG, V1"),
    # study.yaml
    "an event with a form that is not there": Break("study.yaml", "[SV, VS]", "[SV, VT]", "VT", "no form VT",
        "one of DM"),
    "a form in an event twice": Break("study.yaml", "[SV, VS]", "[SV, VS, SV]", "SV]", "stands twice in V1",
        "name it once"),
    "a form in no event": Break("study.yaml", "[DM, AE]", "[DM]", "", "no event has the form AE", "add it to an event"),
    "a window without anchor event": Break("study.yaml", "anchor: V2", "anchor: V20", "V20", "no study event V20",
        "did you mean V2?"),
    "windows in a ring": Break(
        "study.yaml", "    title: First dose\n",
        "    title: First dose\n    window:\n      anchor: V1\n      day: 7\n", "V2\n      day: -7",
        "wait for each other", "outside"
    ),
    "an event set nobody uses": Break("study.yaml", "event_sets:\n", "event_sets:\n  OLD: [SV]\n", "OLD",
        "no event uses the set OLD", "remove it"),
    "a parameter of the wrong type": Break("study.yaml", 'value: "140"', 'value: "14O"', '"14O"',
        "not a whole number", "digits only", 1),
    "a parameter with a wrong name": Break("study.yaml", "P_MAX_SBP:", "MAX_SBP:", "MAX_SBP", "cannot be a parameter",
        "P_", 1),
    "a date item that is none": Break("study.yaml", "SV.SVDAT", "SV.SVDATE", "SVDATE", "no item SVDATE",
        "did you mean SVDAT?"),
    "a first dose that is no moment": Break("study.yaml", "lowest(EC, moment(ECSTDAT, ECSTTIM))", "count(EC)",
        "count(EC)", "not a moment", "lowest("),
    "a form for a role that is not there": Break("dm.yaml", "[coordinator]", "[nurse]", "nurse", "no role nurse",
        "add it to roles"),
}  # fmt: skip


def _complaints(folder: Path) -> list[Complaint]:
    with pytest.raises(WrongStudy) as wrong:
        load_study(folder)
    return [c for c in wrong.value.complaints if isinstance(c, Complaint)]


@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS.keys())
def test_each_fault_is_told_with_its_place_and_its_remedy(broken: Break, tmp_path: Path) -> None:
    complaints = _complaints(write_small(tmp_path, {broken.file: broken.text}))

    told = [c for c in complaints if broken.what in c.what and broken.hint in c.hint]
    assert told, "\n".join(map(str, complaints))
    if broken.at:
        assert (broken.file, *broken.place) in [(c.file, c.line, c.column) for c in told], "\n".join(
            map(str, complaints)
        )
    assert len(complaints) <= 1 + broken.also, "\n".join(map(str, complaints))


def test_there_are_more_than_forty_ways_and_no_two_alike() -> None:
    assert len(BREAKS) >= 40
    assert len({(b.file, b.text) for b in BREAKS.values()}) == len(BREAKS)


def test_the_unbroken_study_has_no_complaints(tmp_path: Path) -> None:
    assert load_study(write_small(tmp_path)).file.oid == "SMALL-1"


def test_faults_in_several_files_are_told_in_one_go(tmp_path: Path) -> None:
    names = ["a misspelt key", "a code that is not there", "a role that is not there", "a window without anchor event"]
    changes = {BREAKS[name].file: BREAKS[name].text for name in names}

    complaints = _complaints(write_small(tmp_path, changes))

    assert {c.file for c in complaints} == {"vs.yaml", "ae.yaml", "ec.yaml", "study.yaml"}


def test_two_faults_of_one_expression_are_both_told(tmp_path: Path) -> None:
    text = FILES["ae.yaml"].replace("require: AESER == 'Y'", "require: AESER == 'J' or AETREM == 'x'")

    complaints = _complaints(write_small(tmp_path, {"ae.yaml": text}))

    assert [c.column for c in complaints] == [23, 30]


def test_a_complaint_reads_as_an_editor_expects_it(tmp_path: Path) -> None:
    broken = BREAKS["an item that is not there"]

    (complaint,) = _complaints(write_small(tmp_path, {broken.file: broken.text}))

    line, column = broken.place
    assert str(complaint) == (
        f"vs.yaml:{line}:{column}: there is no item, parameter or word SYSPB (did you mean SYSBP?)"
    )


@pytest.mark.parametrize("style", [">-\n      ", "|-\n      ", "'", '"'])
def test_the_place_is_right_in_every_way_to_write_a_text(style: str, tmp_path: Path) -> None:
    close = style if style in "'\"" else ""
    text = FILES["vs.yaml"].replace("require: DIABP < SYSBP", f"require: {style}DIABP < SYSPB{close}")

    complaint = next(c for c in _complaints(write_small(tmp_path, {"vs.yaml": text})) if "SYSPB" in c.what)

    index = text.index("SYSPB")
    assert complaint.line == text.count("\n", 0, index) + 1
    assert complaint.column == index - text.rfind("\n", 0, index)
