"""What checks cover: their scope from what they read, how they were tried, and the items that no check reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.study.small import FILES, write_small
from trialkit.cli.study import app
from trialkit.study.building import compile_study
from trialkit.study.coverage import coverage, scope, unread
from trialkit.study.loading import load_study
from trialkit.study.mutation import mutate

RULE = """\
  V1:
    require: {rule}
    message: No.
"""


@pytest.mark.parametrize(
    ("rule", "letters"),
    [
        ("SYSBP > 40", "I"),
        ("SYSBP > P_MAX_SBP", "I"),
        ("SYSBP > DIABP", "X"),
        ("present(EC.ECSTDAT)", "F"),
        ("SYSBP < 300 or present(DM.SEX)", "F"),
        ("WEIGHT > previous_visit(WEIGHT)", "V"),
        ("at(V1, SV.SVDAT) < SV.SVDAT", "FV"),
        ("count(AE) > 1", "FT"),
        ("count(VS, SYSBP > 200) < 2", "V"),
        ("any(EC.STEPS, ECSTEP == 'STOP')", "FT"),
    ],
)
def test_the_scope_of_a_check_follows_from_what_it_reads(tmp_path: Path, rule: str, letters: str) -> None:
    text = FILES["vs.yaml"].split("checks:\n")[0] + "checks:\n" + RULE.format(rule=rule)
    study = compile_study(load_study(write_small(tmp_path, {"vs.yaml": text})))
    assert scope(study.checks["V1"], study) == letters


def test_a_check_asked_once_a_row_is_over_rows(tmp_path: Path) -> None:
    study = compile_study(load_study(write_small(tmp_path)))
    assert scope(study.checks["EC-001"], study) == "T"


def test_coverage_counts_cases_edges_and_mutants(tmp_path: Path) -> None:
    study = compile_study(load_study(write_small(tmp_path)))
    found = {c.check: c for c in mutate(study, study.checks.values())}
    first = next(one for one in coverage(study, found) if one.check == "VS-001")
    assert (first.number, first.check, first.severity, first.scope) == ("VS", "VS-001", "hard", "X")
    assert (first.fires, first.passes, first.forms) == (1, 2, ("VS",))
    assert first.mutants is not None
    assert (first.mutants.edges, first.mutants.edges_tried) == (1, 1)
    assert {c.mutants for c in coverage(study, {})} == {None}


def test_items_behind_a_calculated_item_that_a_check_reads_are_read(tmp_path: Path) -> None:
    study = compile_study(load_study(write_small(tmp_path)))
    assert unread(study)["DM"] == ["BRTHDAT", "SEX", "DMBY", "AGE"]
    check = "checks:\n  D1:\n    require: AGE > 17\n    message: Too young.\n"
    study = compile_study(load_study(write_small(tmp_path, {"dm.yaml": FILES["dm.yaml"] + check})))
    assert unread(study)["DM"] == ["SEX", "DMBY"]


def test_the_verb_prints_the_table_of_what_is_covered(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["test", str(write_small(tmp_path)), "--coverage"])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert "number  check   severity  scope  fires  passes  edges   mutants  forms" in lines
    assert "EC      EC-002  alert     FT     1      1               8 of 10  EC AE" in lines
    assert "no check reads DM: BRTHDAT SEX DMBY AGE" in lines
    result = CliRunner().invoke(app, ["test", str(tmp_path), "--coverage", "--no-mutants", "--check", "VS-001"])
    assert "VS      VS-001  hard      X      1      2                       VS" in result.stdout.splitlines()
    assert "EC-002" not in result.stdout
