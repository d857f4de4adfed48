"""A trial to measure on: a site, a study with a form of 30 items and checks on several of them, people signed in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from trialkit.access import authentication, granting
from trialkit.access.identity import Identity
from trialkit.access.password import Policy
from trialkit.access.people import person
from trialkit.conduct import amend, enrol, site
from trialkit.conduct.capture import Saved, save_form
from trialkit.conduct.reason import Reason
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place
from trialkit.ledger.keys import KeyFolder
from trialkit.store.database import Store, create_store, open_store
from trialkit.study.loading import load_study

VISITS = 10
WORDS = "plum harbour violet anchor"
PASSPHRASE = "correct horse battery staple"
CHEAP = Policy(time_cost=1, memory_cost=8, parallelism=1)  # signing in is not what is measured
REASON = Reason("SOURCE", "Source document shows another value, digits were swapped")

STUDY = """\
oid: BENCH-1
title: A study to measure with
version: '1'
subject_pattern: '[0-9]{2}-[0-9]{6}'
missing_reasons:
  ND: Not done
change_reasons:
  SOURCE: Source corrected
  OTHER: Other, said in words
events:
"""
CODELISTS = """\
SEVERITY:
  title: Severity
  codes:
    MILD: Mild
    MODERATE: Moderate
    SEVERE: Severe
"""
_KINDS = {
    "SYS": "{type: integer, unit: mmHg, hard: {low: '40', high: '300'}, soft: {low: '90', high: '180'}}",
    "DIA": "{type: integer, unit: mmHg, hard: {low: '20', high: '200'}, soft: {low: '40', high: '110'}}",
    "TMP": "{type: decimal, digits: 1, unit: C, soft: {low: '35.0', high: '39.5'}}",
    "DAT": "{type: date}",
    "TIM": "{type: time}",
    "SEV": "{type: code, codelist: SEVERITY}",
    "DON": "{type: yesno}",
    "TXT": "{length: '200'}",
}
ITEMS = [f"{list(_KINDS)[n % len(_KINDS)]}{n // len(_KINDS) + 1}" for n in range(30)]
_TEXTS = (
    "None",
    "Mild headache after the dose, resolved without treatment",
    "Patient was advised to rest",
    "As before",
)


def _form() -> str:
    lines = ["oid: VIS", "title: Visit", "groups:", "  MAIN:", "    title: Measurements", "    items:"]
    for item in ITEMS:
        lines.append(f"      {item}: " + _KINDS[item[:3]].replace("{", f"{{label: Item {item}, ", 1))
    lines.append("checks:")
    for n in (1, 2, 3):
        passes = f"passes: [{{SYS{n}: '120', DIA{n}: '80'}}]"
        lines += [
            f"  L0{n}:",
            f"    finding: DIA{n} >= SYS{n}",
            "    severity: hard",
            f"    message: Diastolic {{DIA{n}}} not below systolic {{SYS{n}}}.",
            f"    cases: {{fires: [{{SYS{n}: '100', DIA{n}: '100'}}], {passes}}}",
            f"  W0{n}:",
            f"    finding: TMP{n} > 39 and DON{n} == 'N'",
            "    message: Fever, and nothing was done.",
            f"    item: TMP{n}",
            f"    cases: {{fires: [{{TMP{n}: '39.2', DON{n}: N}}], passes: [{{TMP{n}: '36.6', DON{n}: N}}]}}",
        ]
    for n in (2, 3):
        lines += [
            f"  D0{n}:",
            f"    require: DAT{n} >= DAT1 and (DAT{n} > DAT1 or TIM{n} >= TIM1)",
            f"    message: Measurement {n} before the first one.",
            f"    item: DAT{n}",
            "    cases:",
            f"      fires: [{{DAT1: 2026-03-02, DAT{n}: 2026-03-01, TIM1: '09:00', TIM{n}: '10:00'}}]",
            f"      passes: [{{DAT1: 2026-03-02, DAT{n}: 2026-03-02, TIM1: '09:00', TIM{n}: '10:00'}}]",
        ]
    return "\n".join(lines) + "\n"


def _pool() -> list[dict[str, str]]:
    chance = Random(7)
    made = []
    for _ in range(64):
        values = {
            "SYS": str(chance.randint(100, 170)),
            "DIA": str(chance.randint(50, 95)),
            "TMP": f"{chance.uniform(35.5, 38.5):.1f}",
            "DAT": "",
            "TIM": "",
            "SEV": "",
            "DON": "",
            "TXT": "",
        }
        answers = {}
        for n, item in enumerate(ITEMS):
            kind = item[:3]
            values["DAT"] = f"2026-05-{n // 8 * 5 + chance.randint(1, 5):02d}"
            values["TIM"] = f"{8 + n // 8 * 3 + chance.randint(0, 2):02d}:{chance.randint(0, 59):02d}"
            values["SEV"] = chance.choice(("MILD", "MODERATE", "SEVERE"))
            values["DON"] = chance.choice("YN")
            values["TXT"] = chance.choice(_TEXTS)
            answers[item] = values[kind]
        made.append(answers)
    return made


POOL = _pool()


def answers(number: int, version: int) -> dict[str, str]:
    """What is typed into the `number`th form for its first entry (version 0) or its change (1)."""
    return POOL[(number * 7 + version * 13) % len(POOL)]


def write_study(folder: Path) -> Path:
    """The study's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    visits = "".join(f"  V{n}:\n    title: Visit {n}\n    forms: [VIS]\n" for n in range(1, VISITS + 1))
    (folder / "study.yaml").write_text(STUDY + visits)
    (folder / "codelists.yaml").write_text(CODELISTS)
    (folder / "vis.yaml").write_text(_form())
    return folder


def clock() -> datetime:
    return datetime.now(UTC)


@dataclass
class Clinic:
    """An open trial with its coordinator and its data manager."""

    trial: Trial
    store: Store
    ana: Identity
    dee: Identity
    enrolled: int = 0

    @classmethod
    def make(cls, url: str, folder: Path, study: Path | None = None, sites: Sequence[str] = ("01",)) -> Clinic:
        """A store at `url` with a study (our own if None), its sites and people; `folder` takes the keys."""
        folder.mkdir(exist_ok=True)
        keys = KeyFolder.create(folder / "keys", PASSPHRASE, "bench.example/B1", work=2)
        store = create_store(url, kind="training", study_oid="BENCH-1", keys=keys, clock=clock)
        authentication.open_accounts(store, "adi", "Adi Okafor", "Contract Research", WORDS, clock, policy=CHEAP)
        _hire(store, "dee", "Dee Larsen", "datamanager", "*")
        _hire(store, "ana", "Ana Souza", "coordinator", *sites)
        _hire(store, "eve", "Eve Berg", "administrator", "*")
        trial, text = Trial(store), load_study(study or write_study(folder / "study"))
        for number in sites:
            site.add_site(trial, _signed_in(store, "adi"), number, f"Clinic {number}", "Europe/London", "GBR")
            amend.publish(trial, _signed_in(store, "dee"), text, number)
        return cls(trial, store, _signed_in(store, "ana"), _signed_in(store, "dee"))

    @classmethod
    def open(cls, url: str, folder: Path) -> Clinic:
        """The same store from another process."""
        store = open_store(url, KeyFolder.open(folder / "keys", PASSPHRASE), clock=clock)
        return cls(Trial(store), store, _signed_in(store, "ana"), _signed_in(store, "dee"))

    def hire(self, user: str, role: str) -> None:
        """One more person of site 01 (a rater of all); two administrators see to it."""
        where = "*" if role == "rater" else "01"
        _hire(self.store, user, user.capitalize(), role, where, second=_signed_in(self.store, "eve"))

    def places(self) -> Iterator[Place]:
        """Forms that were never saved, one after the other; subjects are enrolled as they are needed."""
        while True:
            self.enrolled += 1
            subject = f"01-{self.enrolled:06d}"
            enrol.enrol(self.trial, self.ana, "01", subject)
            for visit in range(1, VISITS + 1):
                yield Place("01", subject, f"V{visit}", 1, "VIS", 1)

    def save(self, place: Place, number: int, version: int) -> Saved:
        """A first entry, or a change of every item with its reason."""
        saved = save_form(
            self.trial, self.ana, place, answers(number, version), based_on=version,
            reason=REASON if version else None,
        )  # fmt: skip
        if saved.refused or saved.version != version + 1:
            raise SystemExit(f"the save was not taken: {saved}")
        return saved


def _signed_in(store: Store, user: str) -> Identity:
    return authentication.sign_in(store, user, WORDS, clock, policy=CHEAP)


def _hire(store: Store, user: str, name: str, role: str, *where: str, second: Identity | None = None) -> None:
    adi = _signed_in(store, "adi")
    store.append([granting.add_person(adi, [], user, name, "Clinic North")])
    authentication.reset_password(store, adi, person(store, user), "granite lantern orbit", clock, policy=CHEAP)
    authentication.change_password(store, user, "granite lantern orbit", WORDS, clock, policy=CHEAP)
    store.append([granting.grant(adi, person(store, user), role, where, clock(), approver=second)])
