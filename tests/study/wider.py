"""The small study grown wider: a site form, a lookup table, dated forms, and a check that opens a record of a log."""

from __future__ import annotations

from pathlib import Path

from tests.study.small import FILES as SMALL
from tests.study.small import write_small

TABLES = """\
LIMITS:
  title: Limits of pressure
  key: SEX
  columns:
    HIGH: {label: Possible to, type: integer, unit: mmHg}
    USUAL: {label: Is it usual, type: yesno}
  rows:
    F: {HIGH: "180", USUAL: Y}
    M: {HIGH: "200"}
"""

DAK = """\
oid: DAK
title: Kits
repeating: yes
visibility: unblinded
dated_by: DADAT
groups:
  MAIN:
    title: The kit
    items:
      DAKIT:
        label: Kit
      DADAT:
        label: Used on
        type: date
      DABY:
        label: Used by
        type: person
checks:
  P01:
    require: count(DAK, DAKIT == here.DAKIT) == 1
    message: The kit {DAKIT} stands twice.
    cases:
      fires:
      - DAKIT: K1
        DAK:
        - DAKIT: K1
      passes:
      - DAKIT: K1
        DAK:
        - DAKIT: K2
  P02:
    require: delegated(DABY, 'DRUG', DADAT)
    message: Not delegated.
    cases:
      fires:
      - DABY: ana
        DADAT: 2026-03-02
        DELEGATED: {ito: [DRUG, CONSENT], ana: CONSENT}
      passes:
      - DABY: ito
        DADAT: 2026-03-02
        DELEGATED: {ito: [DRUG, CONSENT]}
      - DABY: ito
        DADAT: 2026-03-02
"""

SAL = """\
oid: SAL
title: Alert
repeating: yes
groups:
  MAIN:
    title: The alert
    items:
      SALREF:
        label: About
        entered_by: system
        length: 40
      SALDTM:
        label: Raised at
        type: datetime
        entered_by: system
      SALDO:
        label: What was done
        type: code
        codelist: ACT
        optional: yes
      SALNO:
        label: Number
        type: integer
        compute: FORM_REPEAT
  ROWS:
    title: Steps
    rows: yes
    items:
      SALSTEP:
        label: Step
        optional: yes
"""

IC = """\
oid: IC
title: Consent
dated_by: ICDAT
timed_by: ICTIM
signed_by: physician
groups:
  MAIN:
    title: Consent
    items:
      ICDAT:
        label: Date
        type: date
      ICTIM:
        label: Time
        type: time
      ICVER:
        label: Version
      ICAGAIN:
        label: Consented again
        type: datetime
        optional: yes
checks:
  C01-IC:
    require: earliest_date() >= moment(ICDAT, ICTIM)
    message: Something took place before consent.
    opens:
      form: SAL
      values:
        SALREF: "'IC ' + EVENT"
        SALDTM: now
        SALDO: "'STOP'"
    cases:
      fires:
      - ICDAT: 2026-03-02
        ICTIM: 10:00
        V1:CS.CSDAT: 2026-03-02
        V1:CS.CSTIM: 09:59
      - ICDAT: 2026-03-02
        ICTIM: 10:00
        V1:CS.CSDAT: 2026-02
      passes:
      - ICDAT: 2026-03-02
        ICTIM: 10:00
        V1:CS.CSDAT: 2026-03-02
      - ICDAT: 2026-03-02
        ICTIM: 10:00
  C02:
    require: ICVER == consent_version(ICDAT)
    message: Version {ICVER} was not in force.
    cases:
      fires:
      - ICDAT: 2026-03-02
        ICVER: "1.0"
        CONSENT_VERSIONS: {"2.0": 2026-03-01, "1.0": 2026-01-01}
      passes:
      - ICDAT: 2026-02-28
        ICVER: "1.0"
        CONSENT_VERSIONS: {"2.0": 2026-03-01, "1.0": 2026-01-01}
      - ICDAT: 2025-12-31
        ICVER: "1.0"
        CONSENT_VERSIONS: {"2.0": 2026-03-01, "1.0": 2026-01-01}
      - ICDAT: 2026-03-02
        ICVER: "1.0"
  C03:
    when: present(ICDAT)
    require: signed(IC)
    message: Not signed.
    severity: alert
    cases:
      fires:
      - ICDAT: 2026-03-02
        SIGNED: [CS]
      passes:
      - ICDAT: 2026-03-02
        SIGNED: [CS, IC]
      - ICDAT: 2026-03-02
"""

CS = """\
oid: CS
title: Scale
dated_by: CSDAT
timed_by: CSTIM
entered_by: [physician]
groups:
  MAIN:
    title: Scale
    items:
      CSDAT:
        label: Date
        type: partialDate
      CSTIM:
        label: Time
        type: time
      CSSEX:
        label: Sex
        type: code
        codelist: SEX
      CSBP:
        label: Pressure
        type: integer
        unit: mmHg
      CSKIT:
        label: Kit
checks:
  L01-CS:
    finding: CSBP > lookup(LIMITS, CSSEX, HIGH)
    message: Over {lookup(LIMITS, CSSEX, HIGH)}.
    cases:
      fires:
      - CSSEX: F
        CSBP: 181
      passes:
      - CSSEX: M
        CSBP: 181
  P03:
    require: any(DAK, DAKIT == here.CSKIT and DADAT <= here.CSDAT)
    message: The kit was not used before.
    cases:
      fires:
      - CSKIT: K1
        CSDAT: 2026-03-02
        DAK:
        - DAKIT: K1
          DADAT: 2026-03-03
        - DAKIT: K2
          DADAT: 2026-03-01
      passes:
      - CSKIT: K1
        CSDAT: 2026-03-02
        DAK:
        - DAKIT: K1
          DADAT: 2026-03-02
      - CSKIT: K1
        CSDAT: 2026-03
        DAK:
        - DAKIT: K1
          DADAT: 2026-03-02
  D01:
    finding: others(CS, CSKIT == here.CSKIT and SITE != here.SITE) > 0
    message: The kit was given elsewhere.
    cases:
      fires:
      - CSKIT: K1
        OTHERS:
          CS:
          - SITE: 02
            CSKIT: K1
      passes:
      - CSKIT: K1
        OTHERS:
          CS:
          - CSKIT: K1
          - SITE: 02
            CSKIT: K2
      - CSKIT: K1
        OTHERS: {}
      - CSKIT: K1
  D02:
    when: open_queries('hard') == 0 and unsigned() == 0
    require: open_queries() == 0
    message: Still {open_queries()} queries.
    cases:
      fires:
      - OPEN_QUERIES: {query: 2}
        UNSIGNED: 0
      passes:
      - OPEN_QUERIES: {hard: 2}
        UNSIGNED: 0
      - OPEN_QUERIES: 2
        UNSIGNED: 0
      - OPEN_QUERIES: {query: 2}
        UNSIGNED: 1
      - OPEN_QUERIES: {query: 2}
      - UNSIGNED: 0
  G01-CSBP:
    require: CSBP > 0
    message: No pressure.
    severity: hard
    cases:
      fires:
      - CSBP: 0
      passes:
      - CSBP: 1
"""

STUDY = (
    SMALL["study.yaml"]
    .replace("date_item: SV.SVDAT\n", 'date_item: SV.SVDAT\noverdue_days: "5"\n')
    .replace("forms: [DM, AE]", "forms: [DM, AE, IC, SAL]")
    .replace("forms: [SV, VS]", "forms: [SV, VS, CS]")
    + "  SITE:\n    title: The site's file\n    kind: site\n    forms: [DAK]\n"
)

FILES = {**SMALL, "study.yaml": STUDY, "tables.yaml": TABLES, "dak.yaml": DAK, "sal.yaml": SAL, "ic.yaml": IC,
         "cs.yaml": CS}  # fmt: skip


def write_wider(folder: Path, changes: dict[str, str | None] | None = None) -> Path:
    """The wider study in `folder`, some files replaced (or, with None, left out)."""
    return write_small(folder, {**FILES, **(changes or {})})
