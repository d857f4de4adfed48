"""Tables, site forms, dates of procedures, opened records and their cases broken: each with its place and remedy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.study.test_complaints import Break
from tests.study.wider import FILES, write_wider
from trialkit.errors import WrongStudy
from trialkit.study import Complaint, load_study


@dataclass(frozen=True)
class Wider(Break):
    """A break of the wider study."""

    @property
    def text(self) -> str:
        assert self.old in FILES[self.file], self.old
        return FILES[self.file].replace(self.old, self.new, 1)


BREAKS = {
    # tables
    "a table of a list that is not there": Wider("tables.yaml", "key: SEX", "key: SEXE", "SEXE", "no code list SEXE",
        "did you mean SEX?"),
    "a table without a key": Wider("tables.yaml", "  key: SEX\n", "", "LIMITS", "LIMITS has no key", "add key:", 1),
    "a table without columns": Wider("tables.yaml", FILES["tables.yaml"][FILES["tables.yaml"].index("    HIGH"):], "",
        "columns:|\n", "columns must have entries", "under it", 3),
    "a table named in small letters": Wider("tables.yaml", "LIMITS:", "limits:", "limits", "'limits' is not an id",
        "capital letters", 5),
    "a row that is no code": Wider("tables.yaml", "    M:", "    X:", "X:", "'X' is not in the code list SEX",
        "one of F, M"),
    "a cell of no column": Wider("tables.yaml", "M: {HIGH", "M: {HIHG", "HIHG", "LIMITS has no column HIHG",
        "did you mean HIGH?"),
    "a cell of another type": Wider("tables.yaml", '"200"', '"2OO"', '"2OO"', "not a whole number", "digits only"),
    "a column of sets": Wider("tables.yaml", "type: yesno", "type: codes", "codes", "USUAL cannot be codes", "text"),
    "a column of codes without list": Wider("tables.yaml", "type: yesno", "type: code", "code}", "has no code list",
        "add codelist"),
    "a column of codes of no list": Wider("tables.yaml", "type: yesno", "type: code, codelist: NYY", "NYY",
        "no code list NYY", "did you mean NY?"),
    "a column with a list that is not coded": Wider("tables.yaml", "type: integer, unit: mmHg",
        "type: integer, codelist: NY", "codelist", "has a code list", "type: code"),
    "a column of texts with a unit": Wider("tables.yaml", "type: yesno", "unit: kg", "unit: kg", "has a unit",
        "integer", 1),
    "a column key that is none": Wider("tables.yaml", "{label: Is it usual", "{lable: Is it usual", "lable",
        "lable is not a key here", "did you mean label?", 1),
    "a lookup in no table": Wider("cs.yaml", "finding: CSBP > lookup(LIMITS", "finding: CSBP > lookup(LIMIT",
        "lookup(|LIMIT,", "no lookup table LIMIT", "did you mean LIMITS?"),
    # dates of procedures
    "dated by no item": Wider("cs.yaml", "dated_by: CSDAT", "dated_by: CSDATE", "CSDATE", "CS has no item CSDATE",
        "did you mean CSDAT?", 2),
    "dated by a code": Wider("cs.yaml", "dated_by: CSDAT", "dated_by: CSSEX", "CSSEX", "CSSEX is code, no date",
        "type date"),
    "timed by a date": Wider("cs.yaml", "timed_by: CSTIM", "timed_by: CSDAT", "timed_by: |CSDAT", "no time",
        "type time"),
    "timed but not dated": Wider("cs.yaml", "dated_by: CSDAT\n", "", "timed_by", "timed_by stands without dated_by",
        "with a date item", 1),
    "timed beside a moment": Wider("ic.yaml", "dated_by: ICDAT", "dated_by: ICAGAIN", "timed_by", "has a time already",
        "with a date item"),
    "dated by an item of rows": Wider("sal.yaml", "title: Alert\n", "title: Alert\ndated_by: SALSTEP\n", "SALSTEP",
        "no date", "type date"),
    # site forms
    "a form of the site and of subjects": Wider("study.yaml", "[DM, AE, IC, SAL]", "[DM, AE, IC, SAL, DAK]",
        "[DM, AE, IC, SAL, DAK]", "DAK stands in LOG and in the site's file", "not both"),
    "a site event with a window": Wider("study.yaml", "    kind: site\n",
        "    kind: site\n    window:\n      anchor: V2\n", "    kind: site\n    |window",
        "of the site and has a window", "remove the window"),
    "a site event with dosing": Wider("study.yaml", "    kind: site\n", "    kind: site\n    dosing: yes\n",
        "    kind: site\n    |dosing", "of the site and has dosing", "remove it"),
    "a kind that is none": Wider("study.yaml", "kind: site", "kind: sites", "sites", "'sites' is no kind",
        "did you mean site?", 9),
    "a visit's date in a site form": Wider("study.yaml", "date_item: SV.SVDAT", "date_item: DAK.DADAT", "DAK.DADAT",
        "DAK is a site form", "that subjects have", 1),
    "deviations in a site form": Wider("study.yaml", "date_item:",
        "deviation:\n  form: DAK\n  term: DAKIT\n  rule: DAKIT\ndate_item:", "DAK\n", "DAK is a site form",
        "that subjects have"),
    "a deviation from a site form": Wider("dak.yaml", "message: Not delegated.",
        "message: Not delegated.\n    severity: hard\n    deviation: yes", "deviation", "stands in a site form",
        "of subjects"),
    "a site form's item by name": Wider("cs.yaml", "require: any(DAK, DAKIT == here.CSKIT",
        "require: DAK.DAKIT == CSKIT and any(DAK, DAKIT == here.CSKIT", "DAK.DAKIT", "DAK is a site form", "any(DAK"),
    "a subject's form in a site form": Wider("dak.yaml", "count(DAK, DAKIT == here.DAKIT)",
        "count(CS, CSKIT == here.DAKIT)", "CS, CSKIT", "CS is a form of subjects", "site forms only"),
    # overdue
    "overdue at once": Wider("study.yaml", '"5"', '"0"', '"0"', "less than 1", "how many days"),
    "overdue after no date": Wider("study.yaml", "date_item: SV.SVDAT\n", "", "overdue_days", "has no item",
        "state date_item"),
    "overdue in words": Wider("study.yaml", '"5"', "five", "five", "not a whole number", "digits only"),
    # who enters
    "a system that is none": Wider("sal.yaml", "entered_by: system", "entered_by: sytem", "sytem", "no role sytem",
        "add it to roles"),
    "a role that is none": Wider("dak.yaml", "type: person", "type: person\n        roles: [nurze]", "nurze",
        "no role nurze", "add it to roles"),
    "roles of no person": Wider("dak.yaml", "type: date", "type: date\n        roles: [nurse]", "roles",
        "is date but has roles", "only a person", 1),
    # what checks open
    "a form that is not there": Wider("ic.yaml", "form: SAL", "form: SALL", "SALL", "no form SALL",
        "did you mean SAL?"),
    "its own form": Wider("cs.yaml", "message: No pressure.", "message: No pressure.\n    opens:\n      form: CS",
        "form: |CS", "opens a record of its own form", "another form"),
    "a form of several visits": Wider("ic.yaml", "form: SAL\n      values:\n        SALREF: \"'IC ' + EVENT\"\n"
        "        SALDTM: now\n        SALDO: \"'STOP'\"\n", "form: SV\n", "form: |SV", "no one place", "open a log"),
    "a site form from a subject's": Wider("ic.yaml", "form: SAL\n      values:\n        SALREF: \"'IC ' + EVENT\"\n"
        "        SALDTM: now\n        SALDO: \"'STOP'\"\n", "form: DAK\n", "form: |DAK",
        "DAK is a site form, IC is not", "subjects have"),
    "an item that is not there": Wider("ic.yaml", "SALDTM: now", "SALDTN: now", "SALDTN", "SAL has no item SALDTN",
        "did you mean SALDTM?"),
    "an item of rows": Wider("ic.yaml", "SALDTM: now", "SALSTEP: \"'x'\"", "SALSTEP", "in the repeating group ROWS",
        "once a record"),
    "an item that is calculated": Wider("ic.yaml", "SALDTM: now", "SALNO: \"1\"", "SALNO", "SALNO is calculated",
        "leave it out"),
    "a value of another type": Wider("ic.yaml", "SALDTM: now", "SALDTM: today", "today",
        "a date, the item is a date and time", "mend"),
    "a code that is not there": Wider("ic.yaml", "\"'STOP'\"", "\"'STOPP'\"", "\"'STOPP'\"", "'STOPP' is not in",
        "did you mean 'STOP'?"),
    "a value that is masked": Wider("ic.yaml", "SALDTM: now", "SALDTM: moment(first(DAK, DADAT), ICTIM)",
        "moment(first", "SALDTM is open but its value reads unblinded items", "masked"),
    "a masked check that opens an open form": Wider("cs.yaml", "message: The kit was not used before.",
        "message: The kit was not used before.\n    opens:\n      form: SAL", "SAL", "opens SAL, which is open",
        "masked"),
    "opens without a form": Wider("ic.yaml", "      form: SAL\n", "", "    |opens", "opens has no form",
        "add form:", 1),
    # ids of checks
    "an id that is none": Wider("cs.yaml", "  D02:", "  d.02:", "d.02", "'d.02' is no check id", "M01-CM"),
    "an id of the engine": Wider("cs.yaml", "  D02:", "  S04:", "S04", "a check of the engine itself", "S04-PART"),
    # cases
    "signed forms that are not there": Wider("ic.yaml", "SIGNED: [CS]", "SIGNED: [CX]", "CX", "no form CX", "CS"),
    "delegations in a row": Wider("dak.yaml", "DELEGATED: {ito: [DRUG, CONSENT], ana: CONSENT}", "DELEGATED: ito",
        "DELEGATED", "must have entries", "person: [TASK]"),
    "others of no form": Wider("cs.yaml", "          CS:\n          - SITE", "          CX:\n          - SITE", "CX",
        "no form CX", "CS"),
    "others with no item": Wider("cs.yaml", "- SITE: 02\n            CSKIT: K1", "- SITE: 02\n            CSKIX: K1",
        "CSKIX", "CS has no item CSKIX", "did you mean CSKIT?"),
    "others that are no records": Wider("cs.yaml", "          CS:\n          - SITE: 02\n            CSKIT: K1\n",
        "          CS: K1\n", "CS: K1", "must be a list of rows", "for each row"),
    "queries of no severity": Wider("cs.yaml", "{query: 2}", "{quarry: 2}", "quarry", "no severity quarry",
        "did you mean query?"),
    "queries that are no number": Wider("cs.yaml", "OPEN_QUERIES: 2", "OPEN_QUERIES: two", "two",
        "OPEN_QUERIES is not a whole number", "how many"),
    "a word that is none": Wider("ic.yaml", "SIGNED: [CS]", "SINGED: [CS]", "SINGED", "a case speaks of SINGED",
        "did you mean SIGNED?"),
}  # fmt: skip


@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS.keys())
def test_each_fault_is_told_with_its_place_and_its_remedy(broken: Wider, tmp_path: Path) -> None:
    with pytest.raises(WrongStudy) as wrong:
        load_study(write_wider(tmp_path, {broken.file: broken.text}))
    complaints = [c for c in wrong.value.complaints if isinstance(c, Complaint)]
    told = [c for c in complaints if broken.what in c.what and broken.hint in c.hint]
    assert told, "\n".join(map(str, complaints))
    assert (broken.file, *broken.place) in [(c.file, c.line, c.column) for c in told], "\n".join(map(str, complaints))
    assert len(complaints) <= 1 + broken.also, "\n".join(map(str, complaints))


def test_no_two_faults_are_alike() -> None:
    assert len({(b.file, b.text) for b in BREAKS.values()}) == len(BREAKS)
