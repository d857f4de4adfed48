"""The study of the ward, as text: a form of every kind, small enough to be read at one go."""

from __future__ import annotations

STUDY = """\
oid: WARD-1
title: A small trial for tests
version: '1'
subject_pattern: '[0-9]{2}-[0-9]{4}'
first_dose: at(V2, DOSE.DOSEDTM)
consent:
  form: IC
  version: ICVER
  signed_on: ICDAT
deviation:
  form: DV
  term: DVTERM
  rule: DVRULE
missing_reasons:
  ND: Not done
  UNK: Unknown
change_reasons:
  TRANSCRIPTION: Transcription error
  SOURCE: Source corrected
  OTHER: Other, said in words
parameters:
  P_MAX:
    value: '60'
    type: integer
    unit: mg
    label: Highest dose
events:
  V1:
    title: Screening
    forms:
    - VS
    - DM
  V2:
    title: Dosing
    dosing: yes
    forms:
    - VS
    - DOSE
    - GRID
  LOG:
    title: Logs
    kind: common
    forms:
    - IC
    - AE
    - DV
"""
CODELISTS = """\
SEX:
  title: Sex
  codes:
    F: Female
    M: Male
VER:
  title: Consent version
  codes:
    '1.0': First
    '2.0': Second
TPTS:
  title: Symptoms
  codes:
    NAUSEA: Nausea
    HEADACHE: Headache
"""
FORMS = {
    "vs": """\
oid: VS
title: Vital signs
groups:
  MAIN:
    title: Measurements
    items:
      VSDAT:
        label: Date
        type: date
      SYSBP:
        label: Systolic blood pressure
        type: integer
        unit: mmHg
        hard:
          low: '50'
          high: '280'
        soft:
          low: '90'
          high: '140'
      DIABP:
        label: Diastolic blood pressure
        type: integer
        unit: mmHg
        hard:
          low: '20'
          high: '180'
      WEIGHT:
        label: Weight
        type: decimal
        digits: 1
        unit: kg
      HEIGHT:
        label: Height
        type: decimal
        digits: 1
        unit: cm
        optional: yes
      BMI:
        label: Body mass index
        type: decimal
        digits: 1
        compute: round(WEIGHT / power(HEIGHT / 100, 2), 1)
      VSDY:
        label: Study day
        type: integer
        compute: study_day(VSDAT)
      SICK:
        label: Any complaint
        type: yesno
        optional: yes
      SICKTXT:
        label: Which complaint
        when: SICK == 'Y'
checks:
  L01:
    finding: DIABP >= SYSBP
    severity: hard
    message: Diastolic {DIABP} not below systolic {SYSBP}.
    cases:
      fires:
      - SYSBP: '100'
        DIABP: '100'
      passes:
      - SYSBP: '120'
        DIABP: '80'
  W01:
    finding: WEIGHT > 150
    message: Weight {WEIGHT} kg is unusual.
    item: WEIGHT
    cases:
      fires:
      - WEIGHT: '151'
      passes:
      - WEIGHT: '150'
""",
    "dm": """\
oid: DM
title: Demographics
groups:
  MAIN:
    title: Person
    items:
      BRTHDAT:
        label: Birth date
        type: partialDate
        identifier: yes
      SEX:
        label: Sex
        type: code
        codelist: SEX
""",
    "dose": """\
oid: DOSE
title: Dose
groups:
  MAIN:
    title: Infusion
    items:
      DOSEDTM:
        label: Start
        type: datetime
      DOSEMG:
        label: Dose
        type: decimal
        digits: 1
        unit: mg
        visibility: unblinded
        optional: yes
      MGKG:
        label: Dose per kg
        type: decimal
        digits: 2
        unit: mg/kg
        visibility: unblinded
        compute: round(DOSEMG / VS.WEIGHT, 2)
      TOTAL:
        label: Volume given
        type: decimal
        digits: 1
        unit: mL
        compute: total(STEPS, STEPVOL)
  STEPS:
    title: Steps
    rows: yes
    items:
      STEPTIM:
        label: Time
        type: time
      STEPVOL:
        label: Volume
        type: decimal
        digits: 1
        unit: mL
checks:
  C02:
    when: present(DOSEDTM)
    require: any(IC, ICDAT <= date(here.DOSEDTM))
    severity: hard
    deviation: yes
    message: No dose before consent.
    item: DOSEDTM
    cases:
      fires:
      - DOSEDTM: 2026-03-01T09:00
      passes:
      - DOSEDTM: 2026-03-01T09:00
        IC:
        - ICDAT: 2026-02-01
""",
    "grid": """\
oid: GRID
title: Monitoring
groups:
  READING:
    title: Readings
    timepoints:
      PRE:
        label: Before
        minute: '0'
      T5:
        label: 5 minutes
        minute: '5'
      ADHOC:
        label: At any time
        repeats: yes
    items:
      RTIM:
        label: Time
        type: time
      RSYS:
        label: Systolic
        type: integer
        unit: mmHg
        soft:
          high: '160'
      RSYM:
        label: Symptoms
        type: codes
        codelist: TPTS
        optional: yes
  SUMMARY:
    title: Summary
    items:
      RMAX:
        label: Highest systolic
        type: integer
        unit: mmHg
        compute: highest(READING, RSYS)
checks:
  T03:
    group: READING
    finding: RSYS - previous(RSYS) > 50
    message: Abrupt change to {RSYS}.
    item: RSYS
    cases:
      fires:
      - ROW: T5
        RSYS: '171'
        READING:
        - ROW: PRE
          RSYS: '120'
        - ROW: T5
          RSYS: '171'
      passes:
      - ROW: T5
        RSYS: '170'
        READING:
        - ROW: PRE
          RSYS: '120'
        - ROW: T5
          RSYS: '170'
""",
    "ic": """\
oid: IC
title: Informed consent
repeating: yes
groups:
  MAIN:
    title: Consent
    items:
      ICVER:
        label: Version
        type: code
        codelist: VER
      ICDAT:
        label: Signed on
        type: date
      ICBIO:
        label: Biobank
        type: yesno
        optional: yes
""",
    "ae": """\
oid: AE
title: Adverse event
repeating: yes
groups:
  MAIN:
    title: Event
    items:
      AETERM:
        label: Term
      AESTDAT:
        label: Start
        type: partialDate
      AESER:
        label: Serious
        type: yesno
checks:
  A14:
    finding: all(IC, ICDAT > here.AESTDAT) and count(IC) > 0
    message: Starts before consent.
    item: AESTDAT
    cases:
      fires:
      - AESTDAT: 2026-01-01
        IC:
        - ICDAT: 2026-02-01
      passes:
      - AESTDAT: 2026-03-01
        IC:
        - ICDAT: 2026-02-01
""",
    "dv": """\
oid: DV
title: Deviations
repeating: yes
groups:
  MAIN:
    title: Deviation
    items:
      DVTERM:
        label: Description
        length: 200
      DVRULE:
        label: Check
        optional: yes
""",
}
