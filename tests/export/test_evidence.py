"""Evidence of a study's checks: what the two documents say, and that the same run gives the same bytes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest
from typer.testing import CliRunner

from tests.study.small import FILES, write_small
from trialkit.cli.study import app
from trialkit.errors import WrongStudy, WrongValue
from trialkit.export.evidence import Evidence, case_lines, evidence_of, write_evidence
from trialkit.export.pdf.check import check_pdf
from trialkit.export.web.evidence import evidence_page

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
REASON = """\
AE-001:
- was: AEENDAT >= AESTDAT
  now: AEENDAT > AESTDAT
  reason: not worth a case
  because: An event that ends on its first day is everyday.
"""


def made(folder: Path, **changes: str) -> Evidence:
    files = {f"{name}.yaml": text for name, text in changes.items()}
    return evidence_of(write_small(folder, files), "Dee Larsen", AT)


def printed(path: Path) -> str:
    pdf = pypdfium2.PdfDocument(path)
    found = "\n".join(page.get_textpage().get_text_bounded() for page in pdf)
    pdf.close()
    return " ".join(found.split())


def shown(page: bytes) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page.decode()).split())


def test_both_documents_tell_study_person_moment_checks_cases_and_mutants(tmp_path: Path) -> None:
    evidence = made(tmp_path / "study", survivors=REASON)
    paths = write_evidence(evidence, tmp_path / "out")
    assert [path.name for path in paths] == ["evidence.html", "evidence.pdf"]
    for text in (shown(paths[0].read_bytes()), printed(paths[1])):
        for words in (
            "SMALL-1",
            "A small study",
            evidence.study.hash,
            "Dee Larsen",
            "2026-03-02 10:00 UTC",
            "trialkit 0.1.0",
            "All 15 cases of 7 checks went as they should.",
            "30 of 34 mutants noticed (88.2 %), 4 survive, 1 of them for a recorded reason",
            "Diastolic (120) is not below systolic (120).",
            "AEENDAT &gt; AESTDAT" if text.count("&gt;") else "AEENDAT > AESTDAT",
            "not worth a case: An event that ends on its first day is everyday.",
            "no reason is recorded",
            "Items that no check reads",
        ):
            assert words in text


def test_a_case_is_told_with_its_values_rows_and_records() -> None:
    case = {"EVENT": "V3", "STEPS": [{"ECTIM": "10:00", "ECVOL": "2"}], "ROLES": {"ana": ["coordinator", "nurse"]}}
    assert list(case_lines(case)) == [
        "EVENT = V3",
        "STEPS 1: ECTIM = 10:00, ECVOL = 2",
        "ROLES = ana = coordinator; nurse",
    ]


def test_the_message_is_shown_where_a_check_fired_and_nowhere_else(tmp_path: Path) -> None:
    found = {c.check.oid: c for c in made(tmp_path).checks}["VS-002"]
    assert [(case.number, case.expected, case.shown) for case in found.cases] == [
        ("fires 1", "fires", "The weight changed from 70.0 to 75.1."),
        ("passes 1", "does not fire", ""),
    ]


def test_a_case_that_fails_stands_out_and_the_verb_fails(tmp_path: Path) -> None:
    wrong = FILES["ae.yaml"].replace("AEENDAT: 2025\n", "AEENDAT: 2027\n")
    folder, out = write_small(tmp_path / "study", {"ae.yaml": wrong}), tmp_path / "out"
    result = CliRunner().invoke(app, ["evidence", str(folder), "--out", str(out), "--by", "Dee Larsen"])
    assert result.exit_code == 1
    assert "1 of 15 cases went otherwise than they should." in result.stdout
    for text in (shown((out / "evidence.html").read_bytes()), printed(out / "evidence.pdf")):
        assert "it should fire and does not (require is true)" in text
        assert "FAILED" in text


def test_the_same_run_gives_the_same_bytes_and_another_moment_others(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "study")
    words = ["evidence", str(folder), "--by", "Dee Larsen", "--on"]
    files = {}
    for name, moment in (("a", "2026-03-02T10:00"), ("b", "2026-03-02T10:00"), ("c", "2026-03-02T10:01")):
        assert CliRunner().invoke(app, [*words, moment, "--out", str(tmp_path / name)]).exit_code == 0
        files[name] = [(tmp_path / name / f"evidence.{kind}").read_bytes() for kind in ("html", "pdf")]
    assert files["a"] == files["b"]
    assert all(one != other for one, other in zip(files["a"], files["c"], strict=True))


def test_the_printed_evidence_keeps_the_rules_of_regulatory_files(tmp_path: Path) -> None:
    paths = write_evidence(made(tmp_path / "study"), tmp_path / "out")
    assert check_pdf(paths[1]) == []


def test_the_page_fetches_nothing_and_runs_nothing_that_a_study_says(tmp_path: Path) -> None:
    hostile = FILES["vs.yaml"].replace(
        "Diastolic ({DIABP}) is not", "<script src=//x>alert(1)</script> ({DIABP}) is not"
    )
    page = evidence_page(made(tmp_path, vs=hostile)).decode()
    assert "<script" not in page
    assert "&lt;script src=//x&gt;" in page
    assert re.findall(r"(?:src|href)=\"(?!#)[^\"]*\"", page) == []
    assert "default-src 'none'" in page


def test_no_evidence_is_made_of_a_study_with_complaints(tmp_path: Path) -> None:
    with pytest.raises(WrongStudy):
        made(tmp_path / "study", survivors=REASON.replace("AE-001", "AE-009"))


def test_a_moment_that_is_none_is_refused_with_a_hint(tmp_path: Path) -> None:
    words = ["evidence", str(write_small(tmp_path)), "--out", str(tmp_path / "out"), "--by", "Dee", "--on", "yesterday"]
    assert "2026-04-14T06:00" in CliRunner().invoke(app, words).exception.hint  # type: ignore[union-attr]


def test_a_check_without_a_case_of_each_kind_is_not_shown_to_work(tmp_path: Path) -> None:
    bare = FILES["ae.yaml"].replace("      passes:\n      - AETOXGR: 2\n        AESER: N\n", "")
    evidence = made(tmp_path / "study", ae=bare)
    for text in map(shown, [write_evidence(evidence, tmp_path / "out")[0].read_bytes()]):
        assert "1 of 7 checks have no firing or no passing case: they are not shown." in text
        assert "NOT SHOWN: no firing or no passing case" in text
    said = CliRunner().invoke(app, ["evidence", str(tmp_path / "study"), "--out", str(tmp_path / "o"), "--by", "Dee"])
    assert said.exit_code == 1


def test_evidence_names_who_ran_it(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["evidence", str(write_small(tmp_path)), "--out", str(tmp_path / "o"), "--by", " "])
    assert isinstance(said.exception, WrongValue)
    assert not (tmp_path / "o").exists()
