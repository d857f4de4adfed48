"""A small trial for tests: one site, one study with a form of every kind, and a cast that can act at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from tests.access.staff import acting
from trialkit.access.identity import Identity
from trialkit.conduct import amend, consent, enrol, site
from trialkit.conduct.capture import Saved, save_form
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place
from trialkit.store.database import Store
from trialkit.study.loading import load_study
from trialkit.study.model import Study

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
      SICK:
        label: Any complaint
        type: yesno
        optional: yes
      SICKTXT:
        label: Which complaint
        when: SICK == 'Y'
        length: 40
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
        length: 200
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
SUBJECT = "01-0001"
START = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)


def write_study(folder: Path, study: str = STUDY, codelists: str = CODELISTS, **forms: str) -> Path:
    """The folder of a study whose texts stand in the test; `forms` replace or add to those of the ward."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.yaml").write_text(study)
    (folder / "codelists.yaml").write_text(codelists)
    for name, text in (FORMS | forms).items():
        (folder / f"{name}.yaml").write_text(text)
    return folder


@dataclass
class Clock:
    """A clock that the test moves."""

    moment: dt.datetime = START

    def __call__(self) -> dt.datetime:
        self.moment += dt.timedelta(milliseconds=1)
        return self.moment


@dataclass
class Ward:
    """The trial with its people: `ward.save("V1", "VS", SYSBP="120")`."""

    trial: Trial
    store: Store
    clock: Clock
    study: Study
    ana: Identity = field(default_factory=lambda: acting("coordinator"))
    ito: Identity = field(default_factory=lambda: acting("investigator"))
    mo: Identity = field(default_factory=lambda: acting("monitor"))
    dee: Identity = field(default_factory=lambda: acting("datamanager"))
    uma: Identity = field(default_factory=lambda: acting("pharmacist"))
    ines: Identity = field(default_factory=lambda: acting("auditor", sites=None))

    @classmethod
    def open(cls, store: Store, clock: Clock, folder: Path) -> Ward:
        """Site 01 open, study published, consent 1.0 in force, subject 01-0001 enrolled."""
        study = load_study(folder)
        ward = cls(Trial(store), store, clock, study)
        site.add_site(ward.trial, acting("administrator"), "01", "Clinic North", "Europe/London", "GBR")
        amend.publish(ward.trial, ward.dee, study, "01")
        consent.push_version(ward.trial, ward.dee, "01", "1.0", "2025-12-01", "2026-01-01")
        enrol.enrol(ward.trial, ward.ana, "01", SUBJECT)
        return ward

    def place(self, event: str, form: str, repeat: int = 1, event_repeat: int = 1) -> Place:
        return Place("01", SUBJECT, event, event_repeat, form, repeat)

    def version(self, place: Place) -> int:
        record = self.trial.everything().record(place)
        return record.version if record else 0

    def save(
        self,
        event: str,
        form: str,
        typed: dict[str, object],
        *,
        repeat: int = 1,
        who: Identity | None = None,
        **more: object,
    ) -> Saved:
        """Save as Ana does, on the version that stands unless the test says otherwise."""
        place = self.place(event, form, repeat)
        based_on = more.pop("based_on", None)
        return save_form(
            self.trial, who or self.ana, place, typed,  # type: ignore[arg-type]
            based_on=self.version(place) if based_on is None else based_on, **more,  # type: ignore[arg-type]
        )  # fmt: skip

    def values(self, event: str, form: str, repeat: int = 1) -> dict[str, object]:
        record = self.trial.everything().record(self.place(event, form, repeat))
        return dict(record.values) if record else {}

    def queries(self, status: str = "OPEN") -> list[str]:
        """The checks of the subject's queries in this state."""
        found = self.trial.everything().queries(subject=SUBJECT, status=status)
        return sorted(str(query.values["check"]) for query in found)
