"""The verbs `export` and `lint-pdf`, as somebody at a terminal meets them."""

from __future__ import annotations

from pathlib import Path

import typer
from typer.testing import CliRunner

from tests.export.ketamine import plan, stopped_infusion
from trialkit.cli import export
from trialkit.export.pdf.casebook import write_casebook


def line() -> typer.Typer:
    app = typer.Typer()
    export.add_to(app)
    return app


def test_lint_pdf_says_that_a_good_file_keeps_the_rules_and_names_those_a_bad_one_breaks(tmp_path: Path) -> None:
    source = stopped_infusion().source()
    subject = next(iter(source.subjects()))
    for name, code, said in (("casebook.pdf", 0, "keeps the rules"), ("Case Book.pdf", 1, "PDF-15: Case Book.pdf")):
        write_casebook(source, tmp_path / name, subject, plan())
        told = CliRunner().invoke(line(), ["lint-pdf", str(tmp_path / name)])
        assert told.exit_code == code
        assert said in told.output


def test_export_asks_for_the_folder_it_is_to_make(tmp_path: Path) -> None:
    told = CliRunner().invoke(line(), ["export", str(tmp_path)])
    assert told.exit_code == 2
    assert "Missing option" in told.output
