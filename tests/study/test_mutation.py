"""Mutants of a study's checks: which small mistakes are tried, which the cases notice, and what may survive and why."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.study.small import FILES, write_small
from trialkit.cli.study import app
from trialkit.errors import WrongStudy
from trialkit.study.building import compile_study
from trialkit.study.compiled import CompiledStudy
from trialkit.study.loading import load_study
from trialkit.study.mutant import mutants_of
from trialkit.study.mutation import CheckMutants, mutate, noticed
from trialkit.study.survivors import Judgement

FORM = """\
oid: DM
title: Demographics
groups:
  MAIN:
    title: The person
    items:
      BRTHDAT:
        label: Date of birth
        type: date
      LOW:
        label: Low
        type: integer
      MIDDLE:
        label: Middle
        type: integer
      HIGH:
        label: High
        type: integer
      SIZE:
        label: Size
        type: decimal
      SEX:
        label: Sex
        type: code
        codelist: SEX
      GRADE:
        label: Grade
        type: code
        codelist: TOXGR
checks:
  D1:
    WHEN
    require: RULE
    message: No.
    cases:
      fires: FIRES
      passes: PASSES
"""


def study(folder: Path, rule: str, when: str = "", fires: str = "[]", passes: str = "[]") -> CompiledStudy:
    """The small study whose demographics have one check."""
    text = FORM.replace("RULE", rule).replace("WHEN", f"when: {when}" if when else "severity: query")
    text = text.replace("FIRES", fires).replace("PASSES", passes)
    return compile_study(load_study(write_small(folder, {"dm.yaml": text})))


def texts(folder: Path, rule: str, when: str = "") -> list[str | None]:
    made = study(folder, rule, when)
    return [mutant.text for mutant in mutants_of(made.checks["D1"], made.vocabulary)]


def outcome(folder: Path, rule: str, fires: str, passes: str, when: str = "") -> CheckMutants:
    made = study(folder, rule, when, fires, passes)
    (found,) = mutate(made, [made.checks["D1"]])
    return found


@pytest.mark.parametrize(
    ("rule", "others"),
    [
        ("LOW < SIZE", {"LOW <= SIZE", "LOW >= SIZE", "MIDDLE < SIZE"}),
        ("LOW >= SIZE", {"LOW > SIZE", "LOW < SIZE", "MIDDLE >= SIZE"}),
        ("LOW == SIZE", {"LOW != SIZE", "LOW <= SIZE", "LOW >= SIZE", "MIDDLE == SIZE"}),
        ("LOW != SIZE", {"LOW == SIZE", "LOW < SIZE", "LOW > SIZE", "MIDDLE != SIZE"}),
    ],
)
def test_a_comparison_is_flipped_to_its_neighbours_and_an_item_taken_for_its_neighbour(
    tmp_path: Path, rule: str, others: set[str]
) -> None:
    assert set(texts(tmp_path, rule)) == others


def test_an_item_is_taken_for_those_of_its_type_on_either_side(tmp_path: Path) -> None:
    assert texts(tmp_path, "present(MIDDLE)") == ["present(HIGH)", "present(LOW)"]
    assert texts(tmp_path, "present(SIZE)") == []


def test_numbers_move_by_their_last_digit_and_thresholds_by_theirs(tmp_path: Path) -> None:
    assert {"SIZE < 0.51", "SIZE < 0.49"} < set(texts(tmp_path, "SIZE < 0.50"))
    assert {"LOW < 19", "LOW < 17"} < set(texts(tmp_path, "LOW < 18"))
    moved = set(texts(tmp_path, "LOW < P_MAX_SBP"))
    assert {"LOW < P_MAX_SBP + 1", "LOW < P_MAX_SBP - 1"} < moved


def test_dates_move_by_a_day(tmp_path: Path) -> None:
    found = set(texts(tmp_path, "BRTHDAT < '2024-03-01'"))
    assert {"BRTHDAT < '2024-03-02'", "BRTHDAT < '2024-02-29'"} < found


def test_a_code_is_taken_for_the_next_of_its_list_that_is_not_spoken_of(tmp_path: Path) -> None:
    assert texts(tmp_path, "SEX == 'M'") == ["SEX != 'M'", "SEX == 'F'"]
    assert texts(tmp_path, "GRADE in ['1', '3']") == [
        "GRADE not in ['1', '3']",
        "GRADE in ['2', '3']",
        "GRADE in ['1', '2']",
    ]


def test_clauses_and_nots_are_left_out_and_and_is_taken_for_or(tmp_path: Path) -> None:
    found = texts(tmp_path, "SEX == 'M' and (not present(SIZE) or LOW > 1)")
    assert (
        "SEX == 'M' or (not present(SIZE) or LOW > 1)" in found or "SEX == 'M' or not present(SIZE) or LOW > 1" in found
    )
    assert "SEX == 'M'" in found
    assert "SEX == 'M' and LOW > 1" in found
    assert "SEX == 'M' and (present(SIZE) or LOW > 1)" in found


def test_a_when_is_left_out_and_varied_like_the_rest(tmp_path: Path) -> None:
    assert texts(tmp_path, "present(SIZE)", when="SEX == 'M'") == [None, "SEX != 'M'", "SEX == 'F'"]


def test_what_reads_the_same_or_must_mean_the_same_is_no_mutant(tmp_path: Path) -> None:
    found = texts(tmp_path, "LOW == LOW")
    assert "LOW == LOW" not in found
    assert len(found) == len(set(found))
    counted = texts(tmp_path, "count(AE) == 0")
    assert "count(AE) <= 0" not in counted
    assert "count(AE) >= 0" in counted


def test_cases_at_both_sides_of_an_edge_notice_every_mutant(tmp_path: Path) -> None:
    found = outcome(tmp_path, "SIZE < 5", fires="[{SIZE: 5}]", passes="[{SIZE: 4}]")
    assert (found.total, found.noticed, found.edges, found.edges_tried) == (4, 4, 1, 1)


def test_a_case_far_from_the_edge_lets_the_shifted_edge_survive(tmp_path: Path) -> None:
    found = outcome(tmp_path, "SIZE < 5", fires="[{SIZE: 9}]", passes="[{SIZE: 4}]")
    assert [(s.was, s.now) for s in found.survivors] == [("SIZE < 5", "SIZE <= 5"), ("SIZE < 5", "SIZE < 6")]
    assert (found.noticed, found.total, found.edges_tried) == (2, 4, 0)
    assert noticed([found]) == (2, 4, 50.0)


def test_a_survivor_is_told_with_enough_around_it_to_know_it_by(tmp_path: Path) -> None:
    rule = "(LOW > 1 and SEX == 'F') or (LOW > 1 and SEX == 'M')"
    found = outcome(tmp_path, rule, fires="[{LOW: 1, SEX: F}]", passes="[{LOW: 2, SEX: F}]")
    told = [(s.was, s.now) for s in found.survivors]
    assert ("LOW > 1 and SEX == 'M'", "LOW >= 1 and SEX == 'M'") in told
    assert ("SEX == 'M'", "left out") in told
    assert len(told) == len(set(told))


def test_a_mutant_that_does_not_compile_does_not_count(tmp_path: Path) -> None:
    made = study(tmp_path, "SIZE == round(SIZE, 0)", fires="[{SIZE: 0.5}]", passes="[{SIZE: 1}]")
    every = [m.text for m in mutants_of(made.checks["D1"], made.vocabulary)]
    assert "SIZE == round(SIZE, -1)" in every
    (found,) = mutate(made, [made.checks["D1"]])
    assert found.total < len(every)


def test_a_check_whose_own_cases_fail_has_no_mutants(tmp_path: Path) -> None:
    found = outcome(tmp_path, "SIZE < 5", fires="[{SIZE: 1}]", passes="[]")
    assert (found.sound, found.total) == (False, 0)


def test_a_check_without_cases_notices_nothing(tmp_path: Path) -> None:
    found = outcome(tmp_path, "SIZE < 5", fires="[]", passes="[]")
    assert found.total == len(found.survivors) == 4


def test_mutants_are_the_same_every_time(tmp_path: Path) -> None:
    made = compile_study(load_study(write_small(tmp_path)))
    assert list(mutate(made, made.checks.values())) == list(mutate(made, made.checks.values()))


REASONS = """\
AE-001:
- was: AEENDAT >= AESTDAT
  now: AEENDAT > AESTDAT
  reason: not worth a case
  because: An event that ends on its first day is everyday.
"""


def _run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout


def test_the_verb_lists_survivors_with_place_and_reason_and_tells_the_percentage(tmp_path: Path) -> None:
    status, said = _run("test", str(write_small(tmp_path, {"survivors.yaml": REASONS})))
    assert status == 0
    assert said.splitlines() == [
        "ae.yaml:33:14 AE-001: AEENDAT >= AESTDAT  ->  AEENDAT > AESTDAT",
        "    not worth a case: An event that ends on its first day is everyday.",
        "ec.yaml:52:14 EC-001: ECTIM > previous(ECTIM)  ->  ECTIM >= previous(ECTIM)",
        "ec.yaml:65:14 EC-002: any(STEPS, ECSTEP == 'STOP')  ->  left out",
        "ec.yaml:65:59 EC-002: AESTDAT == here.ECSTDAT  ->  AESTDAT >= here.ECSTDAT",
        "30 of 34 mutants noticed (88.2 %), 4 survive, 1 of them for a reason",
        "7 checks, 15 cases, 0 failed, 0 checks without both kinds",
    ]


def test_the_verb_fails_below_the_least_percentage(tmp_path: Path) -> None:
    folder = str(write_small(tmp_path))
    assert _run("test", folder, "--least", "88")[0] == 0
    status, said = _run("test", folder, "--least", "90")
    assert status == 1
    assert "that is less than 90 %" in said


def test_the_verb_tries_one_check_when_asked(tmp_path: Path) -> None:
    status, said = _run("test", str(write_small(tmp_path)), "--check", "VS-001")
    assert (status, said.splitlines()[-1]) == (0, "1 checks, 3 cases, 0 failed, 0 checks without both kinds")
    assert CliRunner().invoke(app, ["test", str(tmp_path), "--check", "VS-01"]).exception.hint == "did you mean VS-001?"  # type: ignore[union-attr]


def test_a_reason_for_a_mutant_that_is_noticed_is_a_complaint(tmp_path: Path) -> None:
    stale = REASONS.replace("now: AEENDAT > AESTDAT", "now: AEENDAT < AESTDAT")
    status, said = _run("test", str(write_small(tmp_path, {"survivors.yaml": stale})))
    assert status == 1
    assert (
        "survivors.yaml:2:3: AE-001 has no survivor AEENDAT >= AESTDAT  ->  AEENDAT < AESTDAT"
        " (a case notices it; remove the entry)" in said
    )
    assert _run("test", str(tmp_path), "--check", "VS-001")[0] == 0


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (REASONS.replace("AE-001", "AE-00"), "survivors.yaml:1:1: there is no check AE-00 (did you mean AE-002?)"),
        (
            REASONS.replace("not worth a case", "equal"),
            "survivors.yaml:4:11: 'equal' is no reason (did you mean equivalent?)",
        ),
        (REASONS.replace("  because: An event that ends on its first day is everyday.\n", ""), "add because:"),
    ],
)
def test_a_faulty_reason_is_told_with_its_place(tmp_path: Path, wrong: str, complaint: str) -> None:
    folder = write_small(tmp_path, {"survivors.yaml": wrong})
    with pytest.raises(WrongStudy, match="survivors") as found:
        Judgement(folder, load_study(folder))
    assert complaint in "\n".join(map(str, found.value.complaints))


def test_the_file_of_reasons_is_no_part_of_the_study(tmp_path: Path) -> None:
    one = load_study(write_small(tmp_path / "a"))
    two = load_study(write_small(tmp_path / "b", {"survivors.yaml": REASONS}))
    assert one.hash == two.hash
    assert set(FILES) == {p.name for p in (tmp_path / "a").iterdir()}


def test_a_column_of_a_lookup_is_taken_for_its_neighbour(tmp_path: Path) -> None:
    tables = (
        "LIMITS:\n  title: Limits\n  key: SEX\n  columns:\n"
        "    LOW:\n      label: Low\n      type: decimal\n    HIGH:\n      label: High\n      type: decimal\n"
        '    UNITS:\n      label: Unit\n  rows:\n    F:\n      LOW: "1"\n      HIGH: "2"\n'
    )
    text = FORM.replace("RULE", "SIZE < lookup(LIMITS, SEX, LOW)").replace("WHEN", "severity: query")
    text = text.replace("FIRES", "[]").replace("PASSES", "[]")
    made = compile_study(load_study(write_small(tmp_path, {"dm.yaml": text, "tables.yaml": tables})))
    found = [mutant.text for mutant in mutants_of(made.checks["D1"], made.vocabulary)]
    assert "SIZE < lookup(LIMITS, SEX, HIGH)" in found
    assert "SIZE < lookup(LIMITS, SEX, UNITS)" not in found


def test_the_pilot_study_notices_every_mutant_but_those_that_no_values_can_tell() -> None:
    status, said = _run("test", str(Path(__file__).parents[2] / "forms" / "cdisc_pilot"), "--least", "99")
    assert status == 0
    lines = said.splitlines()
    assert [line for line in lines if "  ->  " in line] == [
        "ex.yaml:80:14 EX-02: EXDOSE == 0  ->  EXDOSE <= 0",
    ]
    assert lines[1].startswith("    equivalent: ")
