"""The command line: one module per noun, each verb a few lines over one call. A refusal is a sentence and exit 1."""

from __future__ import annotations

import sys

import typer

from trialkit import __version__
from trialkit.cli import (
    demo,
    export,
    importing,
    nightly,
    people,
    proving,
    publish,
    query,
    record,
    rehearsing,
    serving,
    simulating,
    site,
    store,
    study,
    subject,
)
from trialkit.errors import TrialkitError

app = typer.Typer(
    name="trialkit",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.add_typer(importing.app, name="import")
importing.app.command()(rehearsing.rehearse)
app.add_typer(people.app, name="person")
app.add_typer(query.app, name="query")
app.add_typer(record.app, name="record")
app.add_typer(site.app, name="site")
app.add_typer(study.app, name="study")
app.add_typer(subject.app, name="subject")
study.app.command("test")(proving.run_cases)
study.app.command()(proving.evidence)
study.app.command()(proving.describe)
study.app.command()(publish.publish)

app.command()(demo.demo)
app.command()(serving.serve)
app.command()(simulating.simulate)
export.add_to(app)
nightly.add_to(app)
store.add_to(app)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"trialkit {__version__}")
        raise typer.Exit


@app.callback()
def trialkit(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    """Define, conduct, account for and hand over a clinical trial."""


def main() -> None:
    """Run the command line; a `TrialkitError` becomes its sentence and hint on standard error, and exit status 1."""
    try:
        app()
    except TrialkitError as refusal:
        print(refusal, file=sys.stderr)
        raise SystemExit(1) from None
