"""Site forms, lookup tables, dated forms, opened records and numbered checks, in a study that proves itself."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from tests.expressions.words import Known
from tests.study.small import write_small
from tests.study.wider import FILES, TABLES, write_wider
from trialkit.cli.study import app
from trialkit.expressions import row_for
from trialkit.study import CompiledStudy, compile_study, load_study, study_from_canonical
from trialkit.study.difference import difference
from trialkit.study.generic import GENERIC, check_number, own_numbers
from trialkit.study.schema import schemas
from trialkit.study.text import parse
from trialkit.study.trials import try_cases, unproven


def _study(folder: Path, changes: dict[str, str | None] | None = None) -> CompiledStudy:
    return compile_study(load_study(write_wider(folder, changes)))


def test_every_case_of_the_wider_study_does_what_it_says(tmp_path: Path) -> None:
    study = _study(tmp_path)
    results = list(try_cases(study))
    assert [str(r) for r in results if not r.good] == []
    assert unproven(study) == []
    told = {r.check: r.message for r in results if r.expects == "fires"}
    assert (told["L01-CS"], told["D02"]) == ("Over 180.", "Still 2 queries.")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("ic.yaml", '"2.0": 2026-03-01, "1.0": 2026-01-01}\n      passes', '"2.0": soon}\n      passes'),
        ("cs.yaml", "- SITE: 02\n            CSKIT: K1", "- SITE: 02\n            CSBP: high"),
    ],
)
def test_a_case_with_a_value_that_is_none_is_a_failing_case(tmp_path: Path, file: str, old: str, new: str) -> None:
    assert old in FILES[file]
    study = _study(tmp_path, {file: FILES[file].replace(old, new, 1)})
    (wrong,) = [r for r in try_cases(study) if not r.good]
    assert "the case cannot be read" in wrong.said


def test_tables_are_part_of_the_version_and_a_study_without_keeps_its_own(tmp_path: Path) -> None:
    study = load_study(write_wider(tmp_path / "a"))
    assert study_from_canonical(study.canonical) == study
    assert list(study.tables["LIMITS"].rows) == ["F", "M"]
    other = load_study(write_wider(tmp_path / "b", {"tables.yaml": TABLES.replace('"200"', '"201"')}))
    assert other.hash != study.hash
    small = load_study(write_small(tmp_path / "c"))
    assert b"tables" not in small.canonical
    assert small.hash == "0d38842c65de24aebe4ea28d6dd896dfb423cd1a0ec66504020c1f3d0475bc3a"  # as before there were any


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("tables.yaml", '"200"', '"201"', "cell changed LIMITS.M.HIGH: 200 → 201"),
        ("tables.yaml", ', USUAL: Y', "", "cell changed LIMITS.F.USUAL: Y"),
        ("tables.yaml", "M: {HIGH", 'M: {USUAL: N, HIGH', "cell changed LIMITS.M.USUAL: N"),
        ("tables.yaml", "Limits of pressure", "Limits", "table changed LIMITS.title: Limits of pressure → Limits"),
        ("tables.yaml", "  columns:", "  columns:\n    LOW: {label: From}", "column added LIMITS.LOW: From"),
        ("tables.yaml", "LIMITS:", "OLD: {title: Old, key: SEX, columns: {A: {label: A}}}\nLIMITS:",
        "table added OLD: Old"),
        ("ic.yaml", "SALDTM: now", "SALDTM: now + 1", "check changed IC.C01-IC.opens"),
        ("ic.yaml", "timed_by: ICTIM\n", "", "form changed IC.timed_by: ICTIM"),
        ("study.yaml", '"5"', '"6"', "study changed SMALL-1.overdue_days: 5 → 6"),
    ],
)  # fmt: skip
def test_each_kind_of_difference_is_told(tmp_path: Path, file: str, old: str, new: str, told: str) -> None:
    assert old in FILES[file]
    after = load_study(write_wider(tmp_path / "b", {file: FILES[file].replace(old, new, 1)}))
    changes = [str(d) for d in difference(load_study(write_wider(tmp_path / "a")), after)]
    assert len(changes) == 1
    assert changes[0].startswith(told)


def test_the_forms_of_a_site_event_are_the_sites(tmp_path: Path) -> None:
    study = _study(tmp_path)
    assert study.study.site_forms == {"DAK"}
    assert [oid for oid, words in study.vocabulary.forms.items() if words.site] == ["DAK"]
    assert ("CS", "check", "P03") in study.readers["DAK"]
    assert study.checks["P03"].visibility == "unblinded"


def test_a_check_that_asks_for_the_first_date_reads_every_dated_form_but_its_own_and_masked_ones(
    tmp_path: Path,
) -> None:
    study = _study(tmp_path)
    check = study.checks["C01-IC"]
    assert check.elsewhere == {("CS", "*"), ("CS", "CSDAT"), ("CS", "CSTIM")}
    assert ("IC", "check", "C01-IC") in study.item_readers["CS", "CSDAT"]
    assert check.visibility == "open"
    masked = FILES["cs.yaml"].replace("label: Date\n", "label: Date\n        visibility: unblinded\n")
    vs = FILES["vs.yaml"].replace("title: Vital signs", "title: Vital signs\ndated_by: VSDAT").replace(
        "      SYSBP:", "      VSDAT:\n        label: Date\n        type: date\n      SYSBP:", 1
    )  # fmt: skip
    again = _study(tmp_path / "b", {"cs.yaml": masked, "vs.yaml": vs})
    assert again.checks["C01-IC"].elsewhere == {("VS", "*"), ("VS", "VSDAT")}


def test_what_a_check_asks_beside_values_is_known(tmp_path: Path) -> None:
    checks = _study(tmp_path).checks
    asks = {oid: set(check.asks) for oid, check in checks.items() if check.asks}
    assert asks == {
        "C02": {"consent_version"}, "C03": {"signed"}, "P02": {"delegated"}, "D01": {"others"},
        "D02": {"open_queries", "unsigned"},
    }  # fmt: skip
    assert checks["C03"].elsewhere == {("IC", "@signed")}


def test_what_a_check_opens_has_values_of_the_items_types(tmp_path: Path) -> None:
    opens = _study(tmp_path).checks["C01-IC"].opens
    assert opens is not None
    facts, row = Known(), row_for({"ICDAT": dt.date(2026, 3, 2)})
    assert opens.form == "SAL"
    assert {name: value.evaluate(row, facts) for name, value in opens.values.items()} == {
        "SALREF": "IC V2", "SALDTM": facts.now, "SALDO": "STOP",
    }  # fmt: skip


def test_checks_are_counted_by_number_and_rules_of_generic_checks_as_those(tmp_path: Path) -> None:
    assert [check.oid for check in GENERIC] == ["G01", "G02", "G03", "G04", "G05", "G06", "S04"]
    assert check_number("M01-CM-TWICE") == "M01"
    assert own_numbers(["M01-CM", "G01-BP", "M01-AE", "S01", "S04-X"]) == ["M01", "S01"]
    result = CliRunner().invoke(app, ["check", str(write_wider(tmp_path))])
    assert "checks      19 (7 generic, 12 of the study in 16 rules)" in result.output
    assert "rules       17 (2 alert, 3 hard, 12 query)" in result.output
    assert "tables      1" in result.output


def test_the_wider_study_fits_the_schemas() -> None:
    found = schemas()
    for name, text in FILES.items():
        kind = name.removesuffix(".yaml") if f"{name.removesuffix('.yaml')}.schema.json" in found else "form"
        root = parse(name, text).root
        assert root is not None
        assert [e.message for e in Draft202012Validator(found[f"{kind}.schema.json"]).iter_errors(root.plain())] == []
