"""`trialkit study check | test | schema | diff` on a small study: what is printed and with which exit status."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from tests.study.small import FILES, write_small
from trialkit.cli.study import app
from trialkit.study.schema import schemas
from trialkit.study.text import parse


def _run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def test_check_prints_what_a_sound_study_holds(tmp_path: Path) -> None:
    status, said = _run("check", str(write_small(tmp_path)))
    assert status == 0
    for line in ("study       SMALL-1 1.0", "forms       5", "code lists  4", "cases       15", "VS       Vital signs"):
        assert line in said


def test_check_prints_one_complaint_a_line_and_fails(tmp_path: Path) -> None:
    status, said = _run(
        "check", str(write_small(tmp_path, {"vs.yaml": FILES["vs.yaml"].replace("DIABP < SYSBP", "DIAPB < SYSPB")}))
    )
    assert status == 1
    assert said.splitlines()[:2] == [
        "vs.yaml:34:14: there is no item, parameter or word DIAPB (did you mean DIABP?)",
        "vs.yaml:34:22: there is no item, parameter or word SYSPB (did you mean SYSBP?)",
    ]


def test_test_runs_every_case_and_lists_checks_without_both_kinds(tmp_path: Path) -> None:
    assert _run("test", "--no-mutants", str(write_small(tmp_path / "a"))) == (
        0,
        "7 checks, 15 cases, 0 failed, 0 checks without both kinds\n",
    )
    bare = FILES["ae.yaml"].replace("      passes:\n      - AETOXGR: 2\n        AESER: N\n", "")
    status, said = _run("test", "--no-mutants", str(write_small(tmp_path / "b", {"ae.yaml": bare})))
    assert (status, said.splitlines()[0]) == (1, "AE-002: has no firing or no passing case")
    wrong = FILES["ae.yaml"].replace("AEENDAT: 2025\n", "AEENDAT: 2027\n")
    status, said = _run("test", str(write_small(tmp_path / "c", {"ae.yaml": wrong})))
    assert (status, said.splitlines()[0]) == (
        1,
        "AE AE-001, fires case 1: it should fire and does not (require is true)",
    )


def test_diff_lists_changes_by_kind(tmp_path: Path) -> None:
    a = write_small(tmp_path / "a")
    b = write_small(
        tmp_path / "b", {"vs.yaml": FILES["vs.yaml"].replace("type: decimal\n        digits: 1", "type: integer")}
    )
    status, said = _run("diff", str(a), str(b))
    assert status == 0
    assert "type changed VS.WEIGHT: decimal → integer (forbidden once published)" in said
    assert _run("diff", str(a), str(a)) == (0, "no differences\n")


def test_schema_describes_the_files_as_they_are_written(tmp_path: Path) -> None:
    status, said = _run("schema", "--out", str(tmp_path / "schemas"))
    assert status == 0
    assert len(said.splitlines()) == 4
    for name, schema in schemas().items():
        assert json.loads((tmp_path / "schemas" / name).read_text()) == schema
        Draft202012Validator.check_schema(schema)


def test_the_small_study_fits_the_schemas_and_a_misspelt_key_does_not() -> None:
    found = schemas()
    for name, text in FILES.items():
        kind = name.removesuffix(".yaml") if name in ("study.yaml", "codelists.yaml") else "form"
        root = parse(name, text).root
        assert root is not None
        validator = Draft202012Validator(found[f"{kind}.schema.json"])
        assert [e.message for e in validator.iter_errors(root.plain())] == [], name
        assert not validator.is_valid({**root.plain(), "lable": "x"})


def test_every_verb_teaches_with_an_example() -> None:
    for verb in ("check", "test", "schema", "diff"):
        status, said = _run(verb, "--help")
        assert status == 0
        assert "Example: trialkit study" in said.replace("\n", " ")
