"""A proof made by an enemy gets a verdict, never a traceback."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

from tests.ledger.log import lines_of, seal_again
from tests.ledger.test_verify_export import FILES, small
from trialkit.ledger.verify_export import verify

ODD: list[Any] = [
    None,
    True,
    -1,
    0,
    1,
    2**53 - 1,
    "",
    "x",
    "AAAA",
    [],
    [None],
    [1],
    ["x"],
    [[]],
    {},
    {"a": 1},
    [True],
    "\n",
    "é",
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every part of a JSON value; header and change texts are opened too."""
    found = [path]
    if isinstance(value, dict):
        for key, part in value.items():
            found += places(part, (*path, key))
    elif isinstance(value, list):
        for n, part in enumerate(value):
            found += places(part, (*path, n))
    return found


def opened(line: dict[str, Any]) -> dict[str, Any]:
    line = copy.deepcopy(line)
    if line["t"] == "entry":
        line["h"] = json.loads(line["h"])
        line["c"] = [text and json.loads(text) for text in line["c"]]
    return line


def closed(line: dict[str, Any]) -> dict[str, Any]:
    def text(value: Any) -> Any:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    if isinstance(line.get("h"), dict):
        line["h"] = text(line["h"])
    if isinstance(line.get("c"), list):
        line["c"] = [text(part) if isinstance(part, dict) else part for part in line["c"]]
    return line


def test_any_part_of_a_line_replaced_taken_out_or_added_gets_the_verdict_fail(tmp_path: Path) -> None:
    log, study = small(tmp_path)
    subject = log.export(tmp_path / "one", FILES, kind="subject", subject="01-0001")
    chance = random.Random(3)
    for folder in (study, subject):
        whole = lines_of(folder)[:-1]
        for number, line in enumerate(whole):
            for path in places(opened(line)):
                for odd in [*chance.sample(ODD, 5), "take out", "add"]:
                    altered = opened(line)
                    if not path:
                        altered = {"t": line["t"]} if odd == "take out" else altered | {"odd": odd}
                    else:
                        at: Any = altered
                        for step in path[:-1]:
                            at = at[step]
                        if odd == "take out":
                            del at[path[-1]]
                        elif odd == "add" and isinstance(at, list):
                            at.append(at[0])
                        else:
                            at[path[-1]] = odd
                    altered = closed(altered)
                    if altered == line:
                        continue
                    lines = [*whole[:number], altered, *whole[number + 1 :]]
                    seal_again(folder, lines)
                    report = verify(folder, log.keys.vkey)
                    assert report.exit == 1, (path, odd, str(report))
                    assert "\n" not in str(report)
        seal_again(folder, whole)
        assert verify(folder, log.keys.vkey).passed
