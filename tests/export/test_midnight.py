"""What happened after midnight of an infusion leaves with its true date, and stands behind what was before it."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from pathlib import Path

from tests.access.staff import acting
from tests.conduct.test_infusion import KET, Room
from tests.export.memory import MemoryTrial
from tests.export.test_casebook import casebook, pages
from tests.export.test_casebook_reading import V4_IM, stopped_infusion
from tests.fixtures_store import Made
from tests.ward import Clock, Ward
from trialkit.access.gate import system_sight
from trialkit.export.csv_forms import write_forms
from trialkit.export.reading import StoreSource
from trialkit.export.source import Scope
from trialkit.ledger.entry import Place


def test_the_files_date_steps_and_readings_after_midnight_with_the_next_day(
    make_store: Callable[..., Made], tmp_path: Path
) -> None:
    clock = Clock()
    ward = Ward.open(make_store(study_oid="KET-TRD-301", clock=clock).store, clock, KET)
    ward.save("V4", "SV", {"SVSTAT": "DONE", "SVTYP": "SCHEDULED", "SVDAT": "2026-03-02", "SVMODE": "ON SITE"})
    clock.moment = dt.datetime(2026, 3, 2, 23, 20, tzinfo=dt.UTC)
    room = Room(ward, acting("nurse"))
    room.tap("start", "75")
    room.tap("stop", after=72, why="SUBJECT REQUEST", ordered_by="ito")
    ward.clock.moment += dt.timedelta(minutes=30)
    ward.save("V4", "IM", {"GRID[T5].IMTIM": "23:25", "GRID[E20].IMTIM": "00:52"}, who=room.nia)
    source = StoreSource(ward.store, system_sight(), ward.store.size)
    paths = write_forms(source, tmp_path, "forms", "machine", Scope(), forms=["EC", "ECS", "IM"])
    files = {path.stem.lower(): list(csv.DictReader(path.read_text(encoding="utf-8").splitlines())) for path in paths}
    steps = [row["ECSDTM"][:16] for row in files["forms-ecs-steps"]]
    assert steps == ["2026-03-02T23:20", "2026-03-03T00:32"]
    assert [row["IMDTM"][:16] for row in files["forms-im-grid"]] == ["2026-03-02T23:25", "2026-03-03T00:52"]
    [dose] = files["forms-ec"]
    assert (dose["ECSTDTM"][:16], dose["ECENDTM"][:16]) == (steps[0], steps[1])


def _timed(trial: MemoryTrial, start: str, folder: Path, **times: str) -> str:
    trial.save(Place("01", "01-0001", "V4", 1, "EC"), {"ECSTDAT": "2026-01-22", "ECSTTIM": start, "ECCOMP": "Y"})
    trial.save(V4_IM, {f"GRID[{row}].{item}": value for row, at in times.items()
                       for item, value in (("IMTIM", at), ("SYSBP", "120"))})  # fmt: skip
    text = " ".join("".join(pages(casebook(trial.source(), folder))).split())
    return text[text.rindex("The infusion as it happened") :]


def test_the_casebook_counts_readings_on_from_the_start_over_midnight(tmp_path: Path) -> None:
    late = _timed(stopped_infusion(), "23:40", tmp_path, PRE="23:10", T5="23:45", E60="01:20")
    assert [part in late for part in ("23:10 -30", "23:45 +5", "01:20 +100")] == [True, True, True]


def test_the_casebook_counts_back_to_readings_before_midnight_of_a_start_after_it(tmp_path: Path) -> None:
    early = _timed(stopped_infusion(), "00:10", tmp_path, PRE="23:40", T5="00:15")
    assert early.index("23:40 -30") < early.index("00:15 +5")
