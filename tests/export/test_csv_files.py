"""The CSV files of a small trial, compared byte for byte with what people have looked at (`tests/golden`)."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cast import ANA
from tests.export.ketamine import AE, CODELISTS, DM, EC, FILE, IM, stopped_infusion
from tests.export.memory import MemorySource, MemoryTrial, study
from trialkit.export.csv_cells import unguard
from trialkit.export.csv_changes import write_changes
from trialkit.export.csv_dictionary import write_dictionary
from trialkit.export.csv_forms import write_forms
from trialkit.export.csv_items import write_items, write_queries
from trialkit.export.source import Scope
from trialkit.ledger.entry import Place

GOLDEN = Path(__file__).parent.parent / "golden"
UNBLINDED = ("ketamine hydrochloride", "14.48", "ECDOSE", "ECSMG", "DPDRUG", "Dose preparation")


def everything(source: MemorySource, folder: Path) -> list[Path]:
    """Every CSV of a source."""
    return [
        *write_forms(source, folder, "forms", "spreadsheet", Scope()),
        write_items(source, folder / "items.csv", "machine", Scope()),
        write_changes(source, folder / "change-log.csv", "spreadsheet", Scope()),
        write_dictionary(source, folder / "data-dictionary.csv", "spreadsheet"),
        write_queries(source, folder / "queries.csv", "spreadsheet", Scope()),
    ]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [{k: unguard(v) for k, v in row.items()} for row in csv.DictReader(file)]


def test_the_files_are_those_that_were_looked_at(tmp_path: Path) -> None:
    paths = everything(stopped_infusion().source(), tmp_path)
    assert {path.name for path in paths} == {path.name for path in GOLDEN.glob("*.csv")}
    for path in paths:
        assert path.read_bytes() == (GOLDEN / path.name).read_bytes(), path.name


def test_the_same_moment_gives_the_same_bytes_after_the_trial_went_on(tmp_path: Path) -> None:
    trial = stopped_infusion()
    then = len(trial.acts)
    first = [path.read_bytes() for path in everything(trial.source(), tmp_path)]
    trial.save(Place("01", "01-0001", "V1", 1, "DM"), {"BRTHYR": "1950"}, reason="NEWINFO", text="told so")
    again = [path.read_bytes() for path in everything(trial.source(as_of=then), tmp_path)]
    later = [path.read_bytes() for path in everything(trial.source(), tmp_path)]
    assert first == again
    assert first != later


def test_a_form_with_flat_and_repeating_groups_gives_one_file_each_and_repeats_no_flat_item(tmp_path: Path) -> None:
    names = {p.name: p for p in write_forms(stopped_infusion().source(), tmp_path, "forms", "machine", Scope())}
    assert {"forms-ec.csv", "forms-ec-steps.csv", "forms-im-grid.csv"} <= set(names)
    steps = rows(names["forms-ec-steps.csv"])
    assert [row["ROW"] for row in steps] == ["1", "2", "3"]
    assert "ECSTDAT" not in steps[0]
    assert "ECSACT" not in rows(names["forms-ec.csv"])[0]


def test_a_grid_row_has_coded_value_words_and_missing_reason_side_by_side(tmp_path: Path) -> None:
    write_forms(stopped_infusion().source(), tmp_path, "forms", "machine", Scope())
    grid = {row["ROW"]: row for row in rows(tmp_path / "forms-im-grid.csv")}
    assert list(grid) == ["PRE", "T5", "T10", "T20", "E60", "ADHOC.1"]
    assert (grid["PRE"]["RESP"], grid["PRE"]["RESP_MISSING"]) == ("", "ND")
    assert (grid["T10"]["IMSYM"], grid["T10"]["IMSYM_DECODE"]) == ("HEADACHE;DIZZY", "Headache;Dizziness")


def test_visits_stand_in_the_order_of_the_protocol_with_their_number(tmp_path: Path) -> None:
    events = {"V9": {"title": "First", "forms": ["DM"]}, "A1": {"title": "Second", "forms": ["DM"]}}
    trial = MemoryTrial(study({**FILE, "events": events}, CODELISTS, [DM], "order"))
    for event, repeat in (("A1", 1), ("V9", 10), ("V9", 2)):
        at = Place("01", "01-0001", event, repeat, "DM")
        trial.save(at, {"BRTHYR": "1984"})
        stream = f"query/01-0001/{event}.{repeat}/DM.1/MANUAL/BRTHYR/1"
        asked = {"item": "BRTHYR", "check": "MANUAL", "text": "Sure?"}
        trial.save(at, asked, act="query.open", status="OPEN", stream=stream)
    source = trial.source()
    write_forms(source, tmp_path, "forms", "machine", Scope())
    write_items(source, tmp_path / "items.csv", "machine", Scope())
    write_queries(source, tmp_path / "queries.csv", "machine", Scope())
    for name in ("forms-dm.csv", "items.csv", "queries.csv"):
        found = [(row["VISITORDER"], row["EVENT"], row["EVENT_REPEAT"]) for row in rows(tmp_path / name)]
        assert found == [("1", "V9", "2"), ("1", "V9", "10"), ("2", "A1", "1")], name


def test_an_inactivated_line_says_so(tmp_path: Path) -> None:
    write_forms(stopped_infusion().source(), tmp_path, "forms", "machine", Scope())
    assert [row["STATUS"] for row in rows(tmp_path / "forms-ae.csv")] == ["COMPLETE", "inactive"]


def test_a_formula_typed_by_somebody_is_neutralised_in_the_spreadsheet_profile_and_raw_for_machines(
    tmp_path: Path,
) -> None:
    source = stopped_infusion().source()
    cells = write_changes(source, tmp_path / "a.csv", "spreadsheet", Scope()).read_text()
    raw = write_changes(source, tmp_path / "b.csv", "machine", Scope()).read_text()
    assert ",'=1+1 looks" in cells
    assert ",=1+1 looks" in raw
    assert ",=1+1" not in cells


def test_every_change_is_one_row_with_who_when_where_old_new_and_why(tmp_path: Path) -> None:
    """21 CFR 11.10(e)."""
    trial = stopped_infusion()
    log = rows(write_changes(trial.source(), tmp_path / "log.csv", "spreadsheet", Scope()))
    acts = [act for act in trial.source().acts() if act.place.form != "DP"]  # a form of the unblinded
    shown = [change for act in acts for change in act.changes if change.item != "@reason"]
    assert len(log) == len(shown)
    row = next(row for row in log if row["ITEM"] == "BRTHYR" and row["OLD"])
    assert (row["OLD"], row["NEW"], row["NAME"], row["ROLE"]) == ("1984", "1948", ANA.name, ANA.role)
    assert (row["REASON"], row["REASON_TEXT"]) == ("TRANSCRIPTION", "digits were swapped, passport seen")
    assert (row["UTC"], row["LOCAL"]) == ("2026-01-12T15:10:00.000000Z", "2026-01-12T10:10:00-05:00")


def test_a_blinded_export_has_neither_values_nor_columns_nor_files_of_the_unblinded(tmp_path: Path) -> None:
    """Design 3.9: the same search finds all of them in the unblinded export."""
    trial = stopped_infusion()
    blinded = "".join(p.name + p.read_text() for p in everything(trial.source("open", "identifier"), tmp_path))
    whole = "".join(p.name + p.read_text() for p in everything(trial.source("open", "unblinded"), tmp_path))
    assert [word for word in UNBLINDED if word in blinded] == []
    assert [word for word in UNBLINDED if word not in whole] == []


def test_identifiers_have_no_column_for_who_may_not_know_the_person(tmp_path: Path) -> None:
    trial = stopped_infusion()
    write_forms(trial.source("open"), tmp_path, "without", "machine", Scope())
    write_forms(trial.source("open", "identifier"), tmp_path, "with", "machine", Scope())
    assert "INITIALS" not in (tmp_path / "without-dm.csv").read_text()
    assert "INITIALS" in (tmp_path / "with-dm.csv").read_text()


@pytest.mark.parametrize("kind", ["training", "production"])
def test_every_row_says_of_which_kind_of_store_it_is(tmp_path: Path, kind: str) -> None:
    for path in everything(stopped_infusion(kind).source(), tmp_path):
        assert {row["STOREKIND"] for row in rows(path)} == {kind}


def test_one_subject_or_one_site_can_be_asked_for(tmp_path: Path) -> None:
    trial = stopped_infusion()
    trial.save(Place("02", "02-0001", "V1", 1, "DM"), {"BRTHYR": "1990"})
    source = trial.source()
    for scope, wanted in (
        (Scope(subject="02-0001"), {"02-0001"}),
        (Scope(site="01"), {"01-0001"}),
        (Scope(), {"01-0001", "02-0001"}),
    ):
        write_items(source, tmp_path / "items.csv", "machine", scope)
        write_changes(source, tmp_path / "log.csv", "machine", scope)
        assert {row["SUBJID"] for row in rows(tmp_path / "items.csv")} == wanted
        assert {row["SUBJID"] for row in rows(tmp_path / "log.csv")} == wanted


def test_an_item_that_a_later_version_dropped_keeps_its_column_and_values(tmp_path: Path) -> None:
    old = study(FILE, CODELISTS, [DM, EC, IM, AE], "old")
    items = {oid: item for oid, item in DM["groups"]["DEMOG"]["items"].items() if oid != "NOTE"}  # type: ignore[index]
    new_dm = {**DM, "groups": {"DEMOG": {"title": "Demographics", "items": items}}}
    new = study({**FILE, "version": "2.0"}, CODELISTS, [new_dm, EC, IM, AE], "new")
    trial = MemoryTrial(old, new)
    trial.save(Place("01", "01-0001", "V1", 1, "DM"), {"NOTE": "kept"}, version=old)
    write_forms(trial.source(), tmp_path, "forms", "machine", Scope())
    (row,) = rows(tmp_path / "forms-dm.csv")
    assert (row["NOTE"], row["ENTERED_IN"]) == ("kept", "1.0")
