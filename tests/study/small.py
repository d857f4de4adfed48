"""A small study written out as text, which tests write to a folder, break in one place, and load."""

from __future__ import annotations

from pathlib import Path

STUDY = """\
oid: SMALL-1
title: A small study
version: "1.0"
date_item: SV.SVDAT
first_dose: lowest(EC, moment(ECSTDAT, ECSTTIM))
missing_reasons:
  ND: Not done
  UNK: Unknown
parameters:
  P_MAX_SBP:
    label: Highest systolic pressure before a dose
    value: "140"
    unit: mmHg
roles:
  coordinator:
    title: Coordinator
  physician:
    title: Physician
event_sets:
  DOSING: [SV, VS, EC]
events:
  LOG:
    title: Logs
    kind: common
    forms: [DM, AE]
  V1:
    title: Screening
    window:
      anchor: V2
      day: -7
      early: 14
    forms: [SV, VS]
  V2:
    title: First dose
    dosing: yes
    forms: [DOSING]
  V3:
    title: Second dose
    dosing: yes
    window:
      anchor: V2
      day: 8
      early: 1
      late: 1
    forms: [DOSING]
"""

CODELISTS = """\
NY:
  title: No or yes
  codes:
    N: No
    Y: Yes
SEX:
  title: Sex
  codes:
    F: Female
    M: Male
TOXGR:
  title: Grade
  codes:
    "1": Mild
    "2": Moderate
    "3": Severe
ACT:
  title: What was done
  codes:
    START: Started
    PAUSE: Paused
    STOP: Stopped
"""

DM = """\
oid: DM
title: Demographics
entered_by: [coordinator]
groups:
  MAIN:
    title: The person
    items:
      BRTHDAT:
        label: Date of birth
        type: date
        identifier: yes
      SEX:
        label: Sex
        type: code
        codelist: SEX
      DMBY:
        label: Asked by
        type: person
      AGE:
        label: Age
        type: integer
        compute: years(BRTHDAT, today)
"""

SV = """\
oid: SV
title: Visit
groups:
  MAIN:
    title: The visit
    items:
      SVDAT:
        label: Date of the visit
        type: date
      SVWIN:
        label: Within the window
        type: yesno
        compute: in_window(SVDAT)
"""

VS = """\
oid: VS
title: Vital signs
groups:
  MAIN:
    title: Blood pressure
    items:
      SYSBP:
        label: Systolic
        type: integer
        unit: mmHg
        hard:
          low: 40
          high: 300
        soft:
          low: 90
          high: 160
      DIABP:
        label: Diastolic
        type: integer
        unit: mmHg
      WEIGHT:
        label: Weight
        type: decimal
        digits: 1
        unit: kg
        missing: [ND]
      VSREP:
        label: Was it repeated
        type: yesno
        default: N
        when: SYSBP > P_MAX_SBP
checks:
  VS-001:
    require: DIABP < SYSBP
    message: Diastolic ({DIABP}) is not below systolic ({SYSBP}).
    severity: hard
    cases:
      fires:
      - SYSBP: 120
        DIABP: 120
      passes:
      - SYSBP: 120
        DIABP: 80
      - SYSBP: 120
  VS-002:
    finding: abs(WEIGHT - previous_visit(WEIGHT)) > 5
    message: The weight changed from {previous_visit(WEIGHT)} to {WEIGHT}.
    cases:
      fires:
      - EVENT: V3
        V2:VS.WEIGHT: 70.0
        WEIGHT: 75.1
      passes:
      - EVENT: V3
        V2:VS.WEIGHT: 70.0
        WEIGHT: 75.0
"""

EC = """\
oid: EC
title: Infusion
groups:
  MAIN:
    title: The infusion
    items:
      ECSTDAT:
        label: Date
        type: date
      ECSTTIM:
        label: Start
        type: time
      ECTOTAL:
        label: Volume given
        type: decimal
        compute: total(STEPS, ECVOL)
      ECBY:
        label: Given by
        type: person
  STEPS:
    title: Steps
    rows: yes
    items:
      ECSTEP:
        label: Step
        type: code
        codelist: ACT
      ECTIM:
        label: Time
        type: time
      ECVOL:
        label: Volume since the last step
        type: decimal
  GRID:
    title: Monitoring
    timepoints:
      PRE:
        label: Before
        minute: -10
        early: 50
        late: 9
        reference: moment(ECSTDAT, ECSTTIM)
      T40:
        label: 40 minutes
    items:
      PULSE:
        label: Pulse
        type: integer
checks:
  EC-001:
    group: STEPS
    require: ECTIM > previous(ECTIM)
    item: ECTIM
    message: The step at {ECTIM} does not follow {previous(ECTIM)}.
    cases:
      fires:
      - STEPS:
        - ECTIM: 10:00
        - ECTIM: 09:59
      passes:
      - STEPS:
        - ECTIM: 10:00
        - ECTIM: 10:01
  EC-002:
    finding: any(STEPS, ECSTEP == 'STOP') and not any(AE, AESTDAT == here.ECSTDAT)
    message: Stopped on {ECSTDAT} without an adverse event.
    severity: alert
    cases:
      fires:
      - ECSTDAT: 2026-03-02
        STEPS:
        - ECSTEP: STOP
        AE:
        - AESTDAT: 2026-03-01
      passes:
      - ECSTDAT: 2026-03-02
        STEPS:
        - ECSTEP: STOP
        AE:
        - AESTDAT: 2026-03-02
  EC-003:
    require: is_role(ECBY, 'physician')
    message: Only a physician gives the infusion.
    deviation: yes
    severity: hard
    cases:
      fires:
      - ECBY: ana
        ROLES:
          ana: coordinator
      passes:
      - ECBY: ito
        ROLES:
          ito: physician
"""

AE = """\
oid: AE
title: Adverse event
repeating: yes
groups:
  MAIN:
    title: The event
    items:
      AESPID:
        label: Number
        type: integer
        compute: FORM_REPEAT
      AETERM:
        label: What happened
        length: 200
        sdtm:
        - target: AE.AETERM
      AESTDAT:
        label: Start
        type: partialDate
      AEENDAT:
        label: End
        type: partialDate
      AETOXGR:
        label: Grade
        type: code
        codelist: TOXGR
      AESER:
        label: Serious
        type: code
        codelist: NY
checks:
  AE-001:
    require: AEENDAT >= AESTDAT
    message: The end ({AEENDAT}) lies before the start ({AESTDAT}).
    cases:
      fires:
      - AESTDAT: 2026-03
        AEENDAT: 2025
      passes:
      - AESTDAT: 2026-03-10
        AEENDAT: 2026-03
  AE-002:
    when: AETOXGR >= 3
    require: AESER == 'Y'
    message: Grade {AETOXGR} and serious {AESER}.
    cases:
      fires:
      - AETOXGR: 3
        AESER: N
      passes:
      - AETOXGR: 2
        AESER: N
"""

FILES = {
    "study.yaml": STUDY,
    "codelists.yaml": CODELISTS,
    "dm.yaml": DM,
    "sv.yaml": SV,
    "vs.yaml": VS,
    "ec.yaml": EC,
    "ae.yaml": AE,
}


def write_small(folder: Path, changes: dict[str, str | None] | None = None) -> Path:
    """The small study in `folder`, some files replaced (or, with None, left out)."""
    folder.mkdir(exist_ok=True)
    for name, text in {**FILES, **(changes or {})}.items():
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    return folder
