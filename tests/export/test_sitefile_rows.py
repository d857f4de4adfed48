"""What is kept in the file of a site goes out with an empty SUBJID, and in no casebook."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from tests.export.test_bundle import DELIVERABLES
from tests.stockroom import shelf, stock, stockroom
from tests.ward import Ward
from tests.ward_study import STUDY
from trialkit.conduct import query
from trialkit.conduct.nightly import nightly
from trialkit.export.bundle import hand_over
from trialkit.export.declared import Declaration, load_deliverables
from trialkit.export.source import Scope
from trialkit.export.verification import verify_folder
from trialkit.ledger.entry import Place


def declared(ward: Ward, tmp_path: Path) -> list[Declaration]:
    folder = tmp_path / "deliverables"
    folder.mkdir()
    for name, text in DELIVERABLES.items():
        (folder / f"{name}.yaml").write_text(text)
    return load_deliverables(folder, ward.study)


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"training-{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_forms_items_queries_and_changes_of_a_site_have_no_subject(
    make_ward: Callable[..., Ward], tmp_path: Path
) -> None:
    ward = stockroom(make_ward)
    ward.save("V1", "VS", {"SYSBP": "118"})
    stock(ward, shelf("KIT"), {"KITNO": "A7", "KITOK": "Y"})
    stock(ward, shelf("KIT", site="02"), {"KITNO": "B1", "KITOK": "Y"})
    query.ask(ward.trial, ward.dee, shelf("KIT"), "KITNO", "Is it on the shelf?")
    out = tmp_path / "out"
    made = hand_over(ward.trial, ward.dee, declared(ward, tmp_path), out)
    kits = [(row["SITEID"], row["SUBJID"], row["EVENT"], row["KITNO"]) for row in rows(out, "forms-kit")]
    assert kits == [("01", "", "SITE", "A7"), ("02", "", "SITE", "B1")]
    items = [(row["SUBJID"], row["ITEM"]) for row in rows(out, "items") if row["FORM"] == "KIT"]
    assert items == [("", "KITNO"), ("", "KITOK")] * 2
    assert [(row["SUBJID"], row["TEXT"]) for row in rows(out, "queries")] == [("", "Is it on the shelf?")]
    changed = {(row["SITEID"], row["SUBJID"], row["FORM"]) for row in rows(out, "log") if row["FORM"] == "KIT"}
    assert changed == {("01", "", "KIT"), ("02", "", "KIT")}
    assert [name for name in made.files if name.endswith(".pdf")] == ["training-casebook-01-01-0001.pdf"]
    verify_folder(out, ward.store.keys.vkey)


def test_a_site_is_handed_its_own_file_and_a_subject_none(make_ward: Callable[..., Ward], tmp_path: Path) -> None:
    ward = stockroom(make_ward)
    ward.save("V1", "VS", {"SYSBP": "118"})
    stock(ward, shelf("KIT"), {"KITNO": "A7", "KITOK": "Y"})
    stock(ward, shelf("KIT", site="02"), {"KITNO": "B1", "KITOK": "Y"})
    plan = declared(ward, tmp_path)
    hand_over(ward.trial, ward.ito, plan, tmp_path / "site", scope=Scope(site="01"))
    assert [row["KITNO"] for row in rows(tmp_path / "site", "forms-kit")] == ["A7"]
    hand_over(ward.trial, ward.ito, plan, tmp_path / "subject", scope=Scope(subject="01-0001"))
    assert rows(tmp_path / "subject", "forms-kit") == []
    for name in ("site", "subject"):
        verify_folder(tmp_path / name, ward.store.keys.vkey)


def test_a_query_about_a_form_that_was_never_started_is_in_every_file(
    make_ward: Callable[..., Ward], tmp_path: Path
) -> None:
    ward = make_ward(study=STUDY.replace("first_dose:", "date_item: VS.VSDAT\noverdue_days: '1'\nfirst_dose:"))
    ward.save("V1", "VS", {"VSDAT": "2026-03-01"})
    assert nightly(ward.trial).opened == 1
    made = hand_over(ward.trial, ward.dee, declared(ward, tmp_path), tmp_path / "out")
    told = [(row["FORM"], row["ITEM"], row["CHECK"], row["STATUS"]) for row in rows(tmp_path / "out", "queries")]
    assert told == [("DM", "", "G06", "OPEN")]
    assert "training-casebook-01-01-0001.pdf" in made.files
    asked = next(ward.trial.everything().queries(subject="01-0001"))
    query.answer(ward.trial, ward.ana, asked.stream, "It will be entered on Monday.")
    query.close(ward.trial, ward.mo, asked.stream, "Then it is well.")
    assert ward.trial.everything().record(Place("01", "01-0001", "V1", 1, "DM")) is None
