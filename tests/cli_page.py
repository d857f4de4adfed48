"""`docs/cli.md`, written from the command line itself: `python -m tests.cli_page` (make docs) writes it anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from trialkit.cli import app

PAGE = Path(__file__).parent.parent / "docs" / "cli.md"
HEAD = """# The command line

Written by `make docs` from the commands themselves. Every command that needs a store takes it from `--store URL`
or from the environment variable `TRIALKIT_STORE`: a path, `sqlite:///PATH` or `postgresql://...`. A refusal is one
sentence with a hint on standard error and exit status 1; a wrong option is exit status 2.
"""


def verbs(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command and group, in the order in which the help shows them."""
    yield path
    for name, child in getattr(command, "commands", {}).items():
        if not child.hidden:
            yield from verbs(child, (*path, name))


def leaves() -> list[tuple[str, ...]]:
    """Every command that does something, as the words after `trialkit`."""
    every = list(verbs(typer.main.get_command(app)))
    return [path for path in every if path and not any(other[:-1] == path for other in every if other)]


def written() -> str:
    """The page as it should stand."""
    runner = CliRunner(env={"COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1", "TRIALKIT_STORE": ""})
    parts = [HEAD]
    for path in verbs(typer.main.get_command(app)):
        shown = runner.invoke(app, [*path, "--help"], prog_name="trialkit")
        assert shown.exit_code == 0, (path, shown.output)
        text = "\n".join(line.rstrip() for line in shown.output.strip().splitlines())
        parts.append(f"## trialkit {' '.join(path)}".rstrip() + f"\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
