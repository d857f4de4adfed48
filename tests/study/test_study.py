"""A loaded study: one canonical text and hash, compiled parts that tell what they read, cases that prove the checks."""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.expressions.words import Known
from tests.study.small import FILES, write_small
from trialkit.errors import WrongStudy, WrongValue
from trialkit.study import CompiledStudy, compile_study, load_study, path_of, recompute, split, study_from_canonical
from trialkit.study.difference import difference
from trialkit.study.message import spoken
from trialkit.study.model import Window
from trialkit.study.trials import try_cases, unproven
from trialkit.study.window import in_window
from trialkit.values import PartialDate, Value


def _study(tmp_path: Path, changes: dict[str, str | None] | None = None) -> CompiledStudy:
    return compile_study(load_study(write_small(tmp_path, changes)))


def _changed(tmp_path: Path, file: str, old: str, new: str) -> list[str]:
    before = load_study(write_small(tmp_path / "a"))
    assert old in FILES[file]
    after = load_study(write_small(tmp_path / "b", {file: FILES[file].replace(old, new, 1)}))
    return [str(d) for d in difference(before, after)]


def test_the_canonical_bytes_give_the_same_study_back_in_the_same_order(tmp_path: Path) -> None:
    study = load_study(write_small(tmp_path))
    again = study_from_canonical(study.canonical)
    assert again == study
    assert study.hash == hashlib.sha256(study.canonical).hexdigest()
    assert list(again.forms) == ["DM", "AE", "SV", "VS", "EC"]
    assert list(again.forms["EC"].items) == list(study.forms["EC"].items)
    assert list(again.codelists["NY"].codes) == ["N", "Y"]
    assert list(again.file.events) == ["LOG", "V1", "V2", "V3"]


def test_the_order_of_codes_is_part_of_the_version(tmp_path: Path) -> None:
    other = FILES["codelists.yaml"].replace("    N: No\n    Y: Yes\n", "    Y: Yes\n    N: No\n")
    assert (
        load_study(write_small(tmp_path / "a")).hash
        != load_study(write_small(tmp_path / "b", {"codelists.yaml": other})).hash
    )


def test_quotes_comments_and_stated_defaults_are_not_part_of_the_version(tmp_path: Path) -> None:
    other = "# reviewed\n" + FILES["sv.yaml"].replace("title: Visit", "title: 'Visit'\nrepeating: no")
    assert (
        load_study(write_small(tmp_path / "a")).hash == load_study(write_small(tmp_path / "b", {"sv.yaml": other})).hash
    )


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"v":2,"study":{}}', b'{"v":1,"study":{"file":[]}}', b"\xff"])
def test_bytes_that_are_no_study_are_refused(data: bytes) -> None:
    with pytest.raises(WrongStudy):
        study_from_canonical(data)


def test_an_item_reads_what_is_typed_and_knows_its_ranges(tmp_path: Path) -> None:
    items = _study(tmp_path).forms["VS"].items
    assert items["WEIGHT"].parse("70.50"[:4]) == Decimal("70.5")
    with pytest.raises(WrongValue):
        items["WEIGHT"].parse("70.55")
    verdicts = [items["SYSBP"].range_fault(value) for value in (39, 40, 89, 90, 160, 161, 300, 301)]
    assert verdicts == ["hard", "soft", "soft", None, None, "soft", "soft", "hard"]
    assert items["WEIGHT"].missing == ("ND",)
    assert items["SYSBP"].missing == ("ND", "UNK")


def test_an_identifier_and_a_masked_item_have_their_class_and_a_check_inherits_it(tmp_path: Path) -> None:
    ae = FILES["ae.yaml"].replace("label: Serious\n", "label: Serious\n        visibility: unblinded\n")
    study = _study(tmp_path, {"ae.yaml": ae})
    assert study.forms["DM"].items["BRTHDAT"].visibility == "identifier"
    assert study.forms["DM"].items["AGE"].visibility == "open"
    assert (study.checks["AE-001"].visibility, study.checks["AE-002"].visibility) == ("open", "unblinded")


def test_an_open_calculation_must_not_read_what_is_masked(tmp_path: Path) -> None:
    ec = FILES["ec.yaml"].replace("label: Volume since", "visibility: unblinded\n        label: Volume since")
    with pytest.raises(WrongStudy, match="ECTOTAL is open but its compute reads unblinded items"):
        load_study(write_small(tmp_path, {"ec.yaml": ec}))


def test_computed_items_are_calculated_after_what_they_read(tmp_path: Path) -> None:
    ec = FILES["ec.yaml"].replace(
        "      ECTOTAL:",
        "      ECTWICE:\n        label: Twice\n        type: decimal\n        compute: ECTOTAL * 2\n      ECTOTAL:",
    )
    form = _study(tmp_path, {"ec.yaml": ec}).forms["EC"]
    assert [item.oid for item in form.computes] == ["ECTOTAL", "ECTWICE"]
    row = form.row({"STEPS[1].ECVOL": Decimal("1.5"), "STEPS[10].ECVOL": Decimal(2), "STEPS[2].ECVOL": Decimal("0.5")})
    told: dict[str, Any] = {}
    recompute(form, row, Known(), note=told.__setitem__)
    assert [r.key for r in row.groups["STEPS"]] == ["1", "2", "10"]
    assert told == {"ECTOTAL": Decimal("4.0"), "ECTWICE": Decimal("8.0")}


def test_a_form_knows_which_checks_read_an_item_and_the_study_who_reads_a_form(tmp_path: Path) -> None:
    study = _study(tmp_path)
    assert [c.oid for c in study.forms["VS"].checks_of["DIABP"]] == ["VS-001"]
    assert ("EC", "check", "EC-002") in study.readers["AE"]
    assert study.item_readers["VS", "SYSBP"] == {("VS", "check", "VS-001"), ("VS", "when", "VSREP")}
    assert ("EC", "check", "EC-002") in study.item_readers["AE", "*"]


def test_grid_rows_stand_in_the_order_of_the_timepoints(tmp_path: Path) -> None:
    row = _study(tmp_path).forms["EC"].row({"GRID[T40].PULSE": 70, "GRID[PRE].PULSE": 60})
    assert [(r.key, r["PULSE"]) for r in row.groups["GRID"]] == [("PRE", 60), ("T40", 70)]


def test_a_check_of_rows_says_in_which_rows_it_fires(tmp_path: Path) -> None:
    study = _study(tmp_path)
    times = {"STEPS[1].ECTIM": dt.time(10), "STEPS[2].ECTIM": dt.time(9), "STEPS[3].ECTIM": dt.time(9)}
    assert study.checks["EC-001"].found(study.forms["EC"].row(times), Known()) == ["2", "3"]


def test_every_case_of_the_small_study_does_what_it_says(tmp_path: Path) -> None:
    study = _study(tmp_path)
    results = list(try_cases(study))
    assert [str(r) for r in results if not r.good] == []
    assert len(results) == 15
    assert unproven(study) == []
    assert results[0].message == "The end (2025) lies before the start (UN-Mar-2026)."


def test_a_case_that_does_otherwise_says_what_was_expected_and_what_happened(tmp_path: Path) -> None:
    ae = FILES["ae.yaml"].replace("AEENDAT: 2025\n", "AEENDAT: 2026\n")
    wrong = [str(r) for r in try_cases(_study(tmp_path, {"ae.yaml": ae})) if not r.good]
    assert wrong == ["AE AE-001, fires case 1: it should fire and does not (require is unknown)"]


def test_a_case_with_a_value_that_is_none_is_a_failing_case(tmp_path: Path) -> None:
    ae = FILES["ae.yaml"].replace("AEENDAT: 2025\n", "AEENDAT: last year\n")
    (wrong,) = [r for r in try_cases(_study(tmp_path, {"ae.yaml": ae})) if not r.good]
    assert "the case cannot be read: 'last year' is not a date" in wrong.said


def test_paths_of_items_are_made_and_taken_apart() -> None:
    assert split(path_of("GRID", "ADHOC.2", "PULSE")) == ("GRID", "ADHOC.2", "PULSE")
    assert split(path_of(None, "", "SYSBP")) == ("", "", "SYSBP")


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("vs.yaml", "label: Weight", "label: Body weight", "item changed VS.WEIGHT.label: Weight → Body weight"),
        ("vs.yaml", "type: decimal\n        digits: 1", "type: integer",
        "type changed VS.WEIGHT: decimal → integer (forbidden once published)"),
        ("vs.yaml", "unit: kg", "unit: lb", "item changed VS.WEIGHT.unit: kg → lb (forbidden once published)"),
        ("dm.yaml", "      DMBY:\n        label: Asked by\n        type: person\n", "",
        "item removed DM.DMBY: Asked by (forbidden once published)"),
        ("dm.yaml", "label: Asked by", "label: Asked by\n        retired: yes", "item retired DM.DMBY"),
        ("dm.yaml", "      DMBY:", "      DMNEW:\n        label: New\n      DMBY:", "item added DM.DMNEW: New"),
        ("codelists.yaml", "    STOP: Stopped", "    STOP: Stopped\n    END: Ended", "code added ACT.END: Ended"),
        ("codelists.yaml", "    M: Male", "    M: Man", "code changed SEX.M: Male → Man"),
        ("vs.yaml", "    severity: hard", "    severity: query", "check changed VS.VS-001.severity: hard"),
        ("study.yaml", "day: 8", "day: 9", 'event changed V3.window: {"anchor":"V2","day":8'),
        ("study.yaml", 'value: "140"', 'value: "150"', "parameter changed P_MAX_SBP.value: 140 → 150"),
        ("study.yaml", "  physician:", "  nurse:\n    title: Nurse\n  physician:", "role added nurse: Nurse"),
        ("ec.yaml", "      T40:\n        label: 40 minutes\n", "", "timepoint removed EC.GRID.T40: 40 minutes"),
        ("study.yaml", "[SV, VS]", "[SV]", "event changed V1.forms"),
    ],
)  # fmt: skip
def test_each_kind_of_difference_is_told(tmp_path: Path, file: str, old: str, new: str, told: str) -> None:
    changes = _changed(tmp_path, file, old, new)
    assert any(change.startswith(told) for change in changes), changes


def test_a_study_does_not_differ_from_itself(tmp_path: Path) -> None:
    study = load_study(write_small(tmp_path))
    assert difference(study, study_from_canonical(study.canonical)) == []


@pytest.mark.parametrize(
    ("window", "day", "verdict"),
    [
        (Window(anchor="V2", day=8, early=1, late=1), 7, True), (Window(anchor="V2", day=8, early=1, late=1), 9, False),
        (Window(anchor="V2", day=-7, early=0, late=0), -7, True), (Window(anchor="LAST_DOSE", day=14, early=0,
        late=0), 14, True),
        (Window(anchor="V2", day=24, early=6, late=6, unit="hours"), 1, None), (Window(anchor="V2", day=24, early=6,
        late=6, unit="hours"), 3, False),
        (Window(anchor="V2", day=24, early=48, late=48, unit="hours"), 1, True), (Window(anchor="V2"), 1, None),
        (None, 1, None),
    ],
)  # fmt: skip
def test_a_window_counts_study_days_from_its_anchor(window: Window | None, day: int, verdict: bool | None) -> None:
    anchor = dt.date(2026, 3, 2)
    assert in_window(window, anchor + dt.timedelta(days=day), anchor) is verdict
    assert in_window(window, anchor, None) is None


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (dt.date(2026, 1, 5), "05-Jan-2026"),
        (dt.datetime(2026, 1, 5, 9, 30), "05-Jan-2026 09:30"),
        (dt.datetime(2026, 1, 5, 9, 30, 7), "05-Jan-2026 09:30:07"),
        (PartialDate.of("2026"), "2026"),
        (PartialDate.of("2026-01"), "UN-Jan-2026"),
        (PartialDate.of("2026-01-05"), "05-Jan-2026"),
        (dt.time(9, 30), "09:30"),
        (Decimal("7.50"), "7.50"),
        (("A", "B"), ["A", "B"]),
    ],
)
def test_a_message_says_days_as_people_read_them(value: Value, read: object) -> None:
    assert spoken(value) == read
