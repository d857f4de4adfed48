"""The twelve subjects of the reference study: what happens in each story, and what the checks say of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.simulated import now, simulate
from trialkit.conduct.trial import Trial
from trialkit.ledger.keys import KeyFolder
from trialkit.simulation.entering import Entered
from trialkit.simulation.run import Options
from trialkit.simulation.scripts import SCRIPTS
from trialkit.store.database import create_store
from trialkit.store.readers import Reader

Told = tuple[Reader, dict[str, Entered]]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """The twelve, entered without errors into a store of their own."""
    folder = tmp_path_factory.mktemp("scripted")
    keys = KeyFolder.create(folder / "keys", "plum harbour violet anchor", "scripted.example/T", work=2)
    with create_store(str(folder / "s.db"), kind="training", study_oid="KET-TRD-301", keys=keys, clock=now) as store:
        _, entered = simulate(store, folder / "errors.jsonl", Options(20, 1, clean=True), *SCRIPTS)
        yield Trial(store).everything(), {one.subject: one for one in entered}


def test_the_twelve_come_first_and_meet_no_refusal_that_their_story_does_not_tell(told: Told) -> None:
    assert list(told[1]) == list(SCRIPTS)
    assert [fault for one in told[1].values() for fault in one.faults] == []


@pytest.mark.parametrize("subject", SCRIPTS)
def test_a_story_raises_the_checks_it_must_and_no_others(told: Told, subject: str) -> None:
    reader, entered = told
    queries = list(reader.queries(subject=subject))
    raised = {str(query.values["check"]).partition("-")[0] for query in queries} | entered[subject].heeded
    deviations = {
        str(line.values["DVRULE"]) for line in reader.records(subject=subject, form="DV") if "DVRULE" in line.values
    }
    assert raised | deviations == SCRIPTS[subject].raises
    assert {query.status for query in queries} <= {"CLOSED", "ANSWERED"}


def _stand(told: Told, subject: str, event: str, form: str) -> dict[str, object]:
    """The one record of a form in an event, or all lines of a log laid over each other."""
    found = [record.values for record in told[0].records(subject=subject, form=form) if record.place.event == event]
    assert found, f"{subject} has no {form} at {event}"
    return {path: value for values in found for path, value in values.items()}


TELLING: dict[str, tuple[str, str, str, dict[str, object]]] = {
    "01-0001 completes maintenance": ("01-0001", "V12", "SV", {"SVSTAT": "DONE"}),
    "01-0002 is overridden by the physician": ("01-0002", "V3", "PD", {"PDOVR": "Y", "PDGO": "GO"}),
    "01-0002 has its pressure back only at X01": (
        "01-0002",
        "V3",
        "IM",
        {"IMSBPMX": 171, "GRID[X01].SYSBP_VSORRES": 158},
    ),
    "02-0001 is stopped at 25.0 mL": ("02-0001", "V3", "EC", {"ECVOLT": "25.00", "ECDOSE": "20.50"}),
    "02-0001 has an alert of blood pressure": ("02-0001", "LOG", "SAL", {"SALTRIG": "BP STOP"}),
    "02-0002 is held for suicidality": ("02-0002", "V7", "PD", {"PDGO": "NO-GO", "PDHSI": "Y"}),
    "02-0002 is dosed again at the next visit": ("02-0002", "V8", "PD", {"PDGO": "GO", "PDHSI": "N"}),
    "03-0001 goes two steps up and meets the cap": ("03-0001", "V7", "PD", {"PDLVL": 2, "PDWT": 118}),
    "03-0002 ends with a relapse": ("03-0002", "LOG", "DS", {"DSDECOD": "DISEASE RELAPSE"}),
    "04-0001 is pregnant at V8": ("04-0001", "V8", "PD", {"PDGO": "NO-GO", "PDHPG": "Y"}),
    "04-0001 has a live birth": ("04-0001", "LOG", "PRG", {"PRGOUT": "LIVE BIRTH"}),
    "04-0002 has its code broken": ("04-0002", "LOG", "UB", {"UBSCOPE": ["SPONSOR SAFETY"]}),
    "05-0001 withdraws two consents only": ("05-0001", "LOG", "ICW", {"WCSCOPE": ["BIOBANK", "SESSION RECORDING"]}),
    "05-0002 has a deviation about the kit": ("05-0002", "LOG", "DV", {"DVDECOD": "DOSE OR KIT"}),
    "06-0001 fails screening": ("06-0001", "LOG", "DS", {"DSDECOD": "SCREEN FAILURE"}),
    "06-0002 has a bladder score of 9": ("06-0002", "F1", "BLD", {"BLDTOT": 9}),
}


@pytest.mark.parametrize("happens", TELLING)
def test_the_story_happens_in_the_data(told: Told, happens: str) -> None:
    subject, event, form, expected = TELLING[happens]
    if happens == "03-0002 ends with a relapse":
        lines = [r.values for r in told[0].records(subject=subject, form="DS")]
        assert any(str(value) == "DISEASE RELAPSE" for values in lines for value in values.values())
        return
    stands = _stand(told, subject, event, form)
    assert {path: _plain(stands.get(path)) for path in expected} == {k: _plain(v) for k, v in expected.items()}


def _plain(value: object) -> str:
    return str(value).removesuffix(".0")
