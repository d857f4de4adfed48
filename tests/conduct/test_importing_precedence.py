"""An import never silently undoes what a person entered or corrected, and gives a reason only where a value changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conduct.importing_texts import VITALS, vital, write
from tests.fixtures_store import Made
from tests.ward import Clock, Ward, write_study
from trialkit.access.identity import system
from trialkit.cli.importing import refused, write_report
from trialkit.conduct.importing import Imported, import_csv
from trialkit.conduct.reason import Reason

FOUND = Reason("SOURCE", "The source shows another reading")
INSISTED = Reason("SOURCE", "The laboratory confirmed its reading by letter")


def brought(ward: Ward, folder: Path, *lines: str, reason: Reason | None = None, mapping: str = VITALS) -> Imported:
    return import_csv(ward.trial, ward.ana, *write(folder, mapping, *lines), commit=True, reason=reason)


def told(done: Imported) -> list[tuple[str, str]]:
    return [(outcome.verdict, outcome.sentence) for outcome in done.outcomes]


def test_the_same_file_again_does_not_undo_a_correction_and_tells_whose_it_is(ward: Ward, tmp_path: Path) -> None:
    brought(ward, tmp_path, vital(), vital(visit="DOSING"))
    ward.save("V1", "VS", {"SYSBP": "125"}, reason=FOUND)
    again = brought(ward, tmp_path, vital(), vital(visit="DOSING"))
    assert told(again) == [
        ("refused", "SYSBP stands as '125' (Ana Souza, 2026-03-02 08:00 UTC), the file has '120'"),
        ("unchanged", ""),
    ]
    assert (again.entries, ward.values("V1", "VS")["SYSBP"]) == (0, "125")


def test_the_same_file_changes_nothing_that_stands_even_with_a_reason(ward: Ward, tmp_path: Path) -> None:
    brought(ward, tmp_path, vital())
    brought(ward, tmp_path, vital(sys="130"))
    for reason in (None, INSISTED):
        again = brought(ward, tmp_path, vital(), reason=reason)
        assert [outcome.verdict for outcome in again.outcomes] == ["refused"]
        assert "this very file was imported before" in again.outcomes[0].hint
    assert ward.values("V1", "VS")["SYSBP"] == "130"


def test_a_new_file_changes_what_a_file_brought_and_nothing_that_a_person_typed(ward: Ward, tmp_path: Path) -> None:
    brought(ward, tmp_path, vital())
    ward.save("V1", "VS", {"DIABP": "85"}, reason=FOUND)
    assert [one.verdict for one in brought(ward, tmp_path, vital(sys="130", dia="")).outcomes] == ["accepted"]
    both = brought(ward, tmp_path, vital(sys="131", dia="70"))
    assert "DIABP stands as '85'" in both.outcomes[0].sentence
    stands = ward.values("V1", "VS")
    assert (stands["SYSBP"], stands["DIABP"]) == ("130", "85")


def test_a_person_who_says_why_for_this_import_changes_a_corrected_value(ward: Ward, tmp_path: Path) -> None:
    brought(ward, tmp_path, vital())
    ward.save("V1", "VS", {"SYSBP": "125"}, reason=FOUND)
    anew = vital(sys="130")
    for silent in (None, Reason("SOURCE"), Reason("SOURCE", " ")):
        assert [one.verdict for one in brought(ward, tmp_path, anew, reason=silent).outcomes] == ["refused"]
    done = brought(ward, tmp_path, anew, reason=INSISTED)
    assert [one.changes for one in done.outcomes] == [(("SYSBP", "'125'", "'130'"),)]
    assert ward.values("V1", "VS")["@reason"] == INSISTED.text


def test_what_a_person_cleared_is_not_filled_again(ward: Ward, tmp_path: Path) -> None:
    brought(ward, tmp_path, vital())
    ward.save("V1", "VS", {"SYSBP": ""}, reason=FOUND)
    again = brought(ward, tmp_path, vital(note="anew"))
    assert "SYSBP stands as nothing (Ana Souza" in again.outcomes[0].sentence
    assert "SYSBP" not in ward.values("V1", "VS")


def test_a_first_entry_carries_no_reason_and_a_change_does(ward: Ward, tmp_path: Path) -> None:
    """21 CFR 11.10(e): a reason that stands where nothing was changed would say what did not happen."""
    brought(ward, tmp_path, vital(dia=""))
    brought(ward, tmp_path, vital())
    first = [e for e in ward.trial.everything().history(stream=ward.place("V1", "VS").record) if e.origin]
    assert [entry.reason for entry in first if entry.origin["kind"] == "import"] == [None, None]
    assert not [path for path in ward.values("V1", "VS") if path.startswith("@reason")]
    brought(ward, tmp_path, vital(sys="130"))
    assert ward.values("V1", "VS")["@reason"] == "The laboratory sent the file anew"


def test_a_repeated_row_is_unchanged_and_names_the_line_it_repeats(ward: Ward, tmp_path: Path) -> None:
    done = brought(ward, tmp_path, vital(), vital(), vital(visit="DOSING", sys="999"), vital(visit="DOSING", sys="999"))
    assert told(done)[:2] == [("accepted", ""), ("unchanged", "repeats line 2")]
    assert [one.verdict for one in done.outcomes[2:]] == ["refused"] * 2


def test_a_value_behind_the_blind_is_not_told_by_a_refusal(make_store: Callable[..., Made], tmp_path: Path) -> None:
    clock = Clock()
    ward = Ward.open(make_store(study_oid="WARD-1", clock=clock).store, clock, write_study(tmp_path / "study"))
    ward.save("V2", "DOSE", {"DOSEMG": "41.5"}, who=system())
    mapping = (
        "title: Doses\nform: DOSE\nreason: SOURCE\nbecause: The pharmacy sent it anew\nplace:\n  site:\n"
        "    value: '01'\n  subject:\n    column: S\n  event:\n    value: V2\nitems:\n- to: DOSEMG\n  column: MG\n"
    )
    files = write(tmp_path, mapping, "01-0001,20.0", header="S,MG")
    for who in (ward.ana, ward.dee):
        done = import_csv(ward.trial, who, *files, commit=True, reason=INSISTED)
        assert [one.verdict for one in done.outcomes] == ["refused"]
        assert "41.5" not in repr(done.outcomes)
        assert "stands as" not in repr(done.outcomes)


@pytest.mark.parametrize(("rows", "tail"), [(2, "for the verdict on every row see"), (7, "... and 2 more, see")])
def test_the_screen_tells_the_first_refused_rows_and_where_the_others_are(
    ward: Ward, tmp_path: Path, rows: int, tail: str
) -> None:
    done = brought(ward, tmp_path, *(vital(f"01-000{n}", sys="sixty") for n in range(rows)))
    lines = list(refused(done))
    assert lines[0] == "  line 2: SYS 'sixty' is not a whole number (a fraction is not cut off)"
    assert (lines[-1], len(lines)) == (f"  {tail} --report FILE", min(rows, 5) + 1)
    assert list(refused(done, Path("r.csv")))[-1] == f"  {tail} r.csv"


def test_the_report_names_item_old_and_new_of_what_changed(ward: Ward, tmp_path: Path) -> None:
    brought(ward, tmp_path, vital())
    done = brought(ward, tmp_path, vital(sys="", stat="NOT DONE", dia="81"))
    write_report(tmp_path / "report.csv", done.outcomes)
    assert "SYSBP: '120' -> missing (ND) | DIABP: '80' -> '81'" in (tmp_path / "report.csv").read_text()
