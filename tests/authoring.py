"""The pages that teach by example as a list of steps: commands to run, files to write, lines to change."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

BLOCK = re.compile(r"^```(console fails|console|(?:diff|yaml) \S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks_in_order(page: str) -> list[tuple[str, str]]:
    """(kind, text) of the blocks that a reader follows."""
    return [(found[1], found[2]) for found in BLOCK.finditer(page)]


def edited(text: str, change: str) -> str:
    """The text with a change made: lines after `+` are new, after `-` go away, the others mark the place.

    Raises ValueError if the place is not there, or there twice.
    """
    old = [line[1:] for line in change.splitlines() if line[:1] != "+"]
    new = [line[1:] for line in change.splitlines() if line[:1] != "-"]
    lines = text.splitlines()
    places = [n for n in range(len(lines)) if lines[n : n + len(old)] == old]
    if len(places) != 1:
        raise ValueError(f"{len(places)} places for\n{change}")
    return "\n".join([*lines[: places[0]], *new, *lines[places[0] + len(old) :]]) + "\n"


def command(kind: str, text: str) -> str:
    """The command line that makes a block's change."""
    verb, file = kind.split()
    return f"python {shlex.quote(__file__)} {verb} {shlex.quote(file)} {shlex.quote(text)}"


if __name__ == "__main__":
    verb, name, block = sys.argv[1:]
    path = Path(name)
    path.write_text(edited(path.read_text(encoding="utf-8"), block) if verb == "diff" else block, encoding="utf-8")
