"""Mappings and files for the tests of import, on the ward's forms; every subject in them is invented."""

from __future__ import annotations

from pathlib import Path

VITALS = """\
title: Vital signs of the ward
form: VS
enrol: yes
reason: SOURCE
because: The laboratory sent the file anew
place:
  site:
    column: SUBJ
    pattern: ([0-9]{2})-[0-9]{4}
  subject:
    column: SUBJ
  event:
    column: VISIT
    table:
      SCREENING: V1
      DOSING: V2
expect:
  STUDY: WARD-1
items:
- to: VSDAT
  column: DATE
  cut: date
- to: SYSBP
  column: SYS
  integer: yes
  missing:
    column: STAT
    table:
      NOT DONE: ND
- to: DIABP
  column: DIA
- to: SICK
  column: SICK
  table:
    "yes": Y
    "no": N
- to: SICKTXT
  column: WHAT
ignore:
  NOTE: remarks of the courier
"""
HEADER = "STUDY,SUBJ,VISIT,DATE,SYS,DIA,STAT,SICK,WHAT,NOTE"
GRID = """\
title: Monitoring
form: GRID
place:
  site:
    value: "01"
  subject:
    column: SUBJ
  event:
    value: V2
  row:
    column: MIN
    table:
      "": ""
      "0": PRE
      "5": T5
items:
- to: READING.RSYS
  column: VALUE
  when:
    TEST: SYS
- to: READING.RTIM
  column: TIME
  when:
    TEST: SYS
- to: READING.RSYM
  column: VALUE
  when:
    TEST: SYM
"""
LOG = """\
title: Adverse events
form: AE
place:
  site:
    value: "01"
  subject:
    column: SUBJ
  event:
    value: LOG
  form_repeat:
    column: N
    integer: yes
items:
- to: AETERM
  column: TERM
- to: AESTDAT
  column: START
- to: AESER
  column: SER
"""


def write(folder: Path, mapping: str, *lines: str, header: str = HEADER) -> tuple[Path, Path]:
    """The mapping and a CSV file with these lines, in a folder."""
    (folder / "mapping.yaml").write_text(mapping)
    (folder / "data.csv").write_text("\n".join((header, *lines)) + "\n")
    return folder / "mapping.yaml", folder / "data.csv"


def vital(
    subject: str = "01-0001", visit: str = "SCREENING", date: str = "2026-01-05", sys: str = "120", dia: str = "80",
    stat: str = "", sick: str = "", what: str = "", note: str = "", study: str = "WARD-1",
) -> str:  # fmt: skip
    """One line of a vital signs file, right unless the test says otherwise."""
    return ",".join((study, subject, visit, date, sys, dia, stat, sick, what, note))
