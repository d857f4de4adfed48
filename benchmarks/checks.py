"""A check of two clauses, safe for missing values, against simpleeval and a function written by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from simpleeval import SimpleEval

from benchmarks.measure import Figure, Work, at_least, in_turns
from benchmarks.options import Options
from trialkit.expressions import Row
from trialkit.expressions.compile import compile_expression
from trialkit.expressions.types import TRUTH, Type
from trialkit.expressions.vocabulary import FormWords, Vocabulary

CHECK = "DOSE <= 0.6 * WEIGHT and ENDED > STARTED"
SHARE = Decimal("0.6")
START = dt.datetime(2026, 5, 12, 10, 0)  # noqa: DTZ001 - site-local times carry no zone


def rows() -> list[Row]:
    """Doses, a tenth of them without an end."""
    made = []
    for n in range(2000):
        ended = START + dt.timedelta(minutes=n % 5 - 1) if n % 10 else None
        made.append(
            Row(
                {
                    "SHARE": SHARE,
                    "DOSE": Decimal(20 + n % 40),
                    "WEIGHT": Decimal(50 + n % 30),
                    "STARTED": START,
                    "ENDED": ended,
                }
            )
        )
    return made


def run(options: Options, folder: Path) -> list[Figure]:
    types = {"DOSE": Type("decimal"), "WEIGHT": Type("decimal"), "STARTED": Type("datetime"), "ENDED": Type("datetime")}
    words = FormWords("EC", types, dict.fromkeys(types, "MAIN"), frozenset(), False, frozenset({"V1"}))
    vocabulary = Vocabulary({"EC": words}, {}, ("V1",))
    check = compile_expression(CHECK, vocabulary, form="EC", group="MAIN", expecting=TRUTH).evaluate
    peer = SimpleEval()
    same = CHECK.replace(str(SHARE), "SHARE")  # its own 0.6 would be a float, which no Decimal is multiplied with
    parsed = peer.parse(same)

    def theirs(row: Any) -> Any:
        peer.names = row
        return peer.eval(same, previously_parsed=parsed)

    all_rows = rows()
    whole = [row for row in all_rows if "ENDED" in row]
    wanted = [row["DOSE"] <= SHARE * row["WEIGHT"] and row["ENDED"] > row["STARTED"] for row in whole]  # type: ignore[operator]
    if [check(row, None) for row in whole] != wanted or [theirs(row) for row in whole] != wanted:
        raise SystemExit("the contenders do not agree")
    if not any(check(row, None) is None for row in all_rows):
        raise SystemExit("a missing end must leave some verdicts unknown")
    contenders: dict[str, Work] = {
        "ours": _over(lambda row: check(row, None), all_rows),
        "ours, bare": _bare(check, all_rows),
        "simpleeval": _over(theirs, whole),
        "by hand": _over(lambda row: row["DOSE"] <= SHARE * row["WEIGHT"] and row["ENDED"] > row["STARTED"], whole),
    }
    found = in_turns(contenders, options.rounds, options.seconds / 3)
    topic, raises = "checks", "which raises where a value is missing"
    return [
        Figure(topic, "null-safe evaluations of two clauses", found.rate("ours, bare"), "/s", at_least(2e6), CHECK),
        Figure(topic, "times simpleeval, parsed beforehand", found.ratio("ours", "simpleeval"), "x", None, raises),
        Figure(topic, "times a function written by hand", found.ratio("ours", "by hand"), "x", None, raises),
    ]


def _over(evaluate: Callable[[Any], Any], rows: list[Row]) -> Work:
    def work() -> int:
        for row in rows:
            evaluate(row)
        return len(rows)

    return work


def _bare(check: Callable[[Any, Any], Any], rows: list[Row]) -> Work:
    def work() -> int:
        for row in rows:
            check(row, None)
        return len(rows)

    return work
