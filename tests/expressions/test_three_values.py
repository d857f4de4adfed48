"""The law of the three values: on complete data Python agrees; completing data never contradicts a definite verdict."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.expressions.words import compiled
from trialkit.expressions import TRUTH, row_for
from trialkit.values import PartialDate

PARTIAL = ("P", "Q")

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
COUNT: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
Said = tuple[str, Callable[[dict[str, Any]], Any]]
"""An expression as text, and the same in Python."""


def _item(name: str) -> Said:
    return name, lambda v: v[name]


def _number(n: int) -> Said:
    return str(n), lambda v: n


def _counted(a: Said, op: str, b: Said) -> Said:
    return f"({a[0]} {op} {b[0]})", lambda v: COUNT[op](a[1](v), b[1](v))


def _compared(a: Said, op: str, b: Said) -> Said:
    return f"{a[0]} {op} {b[0]}", lambda v: COMPARE[op](a[1](v), b[1](v))


def _chained(a: Said, b: Said, op: str) -> Said:
    return f"{a[0]} < {b[0]} {op} A", lambda v: a[1](v) < b[1](v) and COMPARE[op](b[1](v), v["A"])


def _both(a: Said, b: Said) -> Said:
    return f"({a[0]} and {b[0]})", lambda v: a[1](v) and b[1](v)


def _either(a: Said, b: Said) -> Said:
    return f"({a[0]} or {b[0]})", lambda v: a[1](v) or b[1](v)


def _same(a: Said, b: Said) -> Said:
    return f"(({a[0]}) == ({b[0]}))", lambda v: a[1](v) == b[1](v)


def _chosen(a: Said, c: Said, b: Said, d: Said) -> Said:
    return f"({a[0]} if {c[0]} else {b[0]}) <= {d[0]}", lambda v: (a[1] if c[1](v) else b[1])(v) <= d[1](v)


_numbers = st.recursive(
    st.one_of(st.sampled_from("AB").map(_item), st.integers(0, 9).map(_number)),
    lambda inner: st.one_of(
        st.builds(_counted, inner, st.sampled_from(sorted(COUNT)), inner),
        inner.map(lambda a: (f"abs({a[0]})", lambda v: abs(a[1](v)))),
    ),
    max_leaves=4,
)
_comparison = st.sampled_from(sorted(COMPARE))
_day: st.SearchStrategy[Said] = st.sampled_from([*map(_item, "DPQ"), ("'2026-03-10'", lambda v: dt.date(2026, 3, 10))])
_told: list[Said] = [
    ("SEX == 'F'", lambda v: v["SEX"] == "F"),
    ("SEX != 'M'", lambda v: v["SEX"] != "M"),
    ("SEX in ['F']", lambda v: v["SEX"] == "F"),
    ("SEX not in ['F', 'M']", lambda v: False),
    ("A in [1, 2, B]", lambda v: v["A"] in (1, 2, v["B"])),
    ("P in ['2026-03-10', Q]", lambda v: v["P"] in (dt.date(2026, 3, 10), v["Q"])),
    ("'X' in SET", lambda v: "X" in v["SET"]),
    ("'Y' not in SET", lambda v: "Y" not in v["SET"]),
    ("any(ROWS, R > here.A)", lambda v: any(r > v["A"] for r in v["ROWS"])),
    ("all(ROWS, R != here.B)", lambda v: all(r != v["B"] for r in v["ROWS"])),
]
_leaf = st.one_of(
    st.builds(_compared, _numbers, _comparison, _numbers),
    st.builds(_compared, st.sampled_from("DPQ").map(_item), _comparison, _day),
    st.builds(_chained, _numbers, _numbers, _comparison),
    st.sampled_from(_told),
)
_truth = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        st.builds(_both, inner, inner),
        st.builds(_either, inner, inner),
        inner.map(lambda a: (f"(not {a[0]})", lambda v: not a[1](v))),
        st.builds(_same, inner, inner),
        st.builds(_chosen, _numbers, inner, _numbers, _numbers),
    ),
    max_leaves=4,
).filter(lambda said: len(said[0]) <= 450)

_days = st.integers(0, 80).map(lambda n: dt.date(2026, 2, 1) + dt.timedelta(days=n))
_complete = st.fixed_dictionaries(
    {
        "A": st.integers(-3, 9), "B": st.integers(-3, 9), "D": _days, "P": _days, "Q": _days,
        "SEX": st.sampled_from("FM"), "SET": st.sets(st.sampled_from("XYZ"),
        min_size=1).map(lambda s: tuple(sorted(s))),
    }
)  # fmt: skip
_rows = st.lists(st.integers(-3, 9), max_size=3)


def _row(values: dict[str, Any], rows: list[int | None]) -> Any:
    typed = {k: PartialDate.of(v.isoformat()) if k in PARTIAL and type(v) is dt.date else v for k, v in values.items()}
    return row_for(typed, {"ROWS": [(str(n), {"R": r}) for n, r in enumerate(rows, start=1)]})


@settings(max_examples=600)
@given(_truth, _complete, _rows)
def test_on_complete_data_the_language_agrees_with_python(said: Said, values: dict[str, Any], rows: list[int]) -> None:
    source, python = said
    verdict = compiled(source, expecting=TRUTH).evaluate(_row(values, list(rows)), None)
    assert verdict is python({**values, "ROWS": rows})


@settings(max_examples=600)
@given(_truth, _complete, _rows, st.data())
def test_completing_the_data_never_contradicts_a_definite_verdict(
    said: Said, values: dict[str, Any], rows: list[int], data: st.DataObject
) -> None:
    absent = data.draw(st.sets(st.sampled_from(sorted(values))))
    known = {k: v for k, v in values.items() if k not in absent}
    for name in PARTIAL:
        if name in known:
            length = data.draw(st.sampled_from([4, 7, 10]))
            known[name] = PartialDate.of(known[name].isoformat()[:length])
    fewer: list[int | None] = [r if data.draw(st.booleans()) else None for r in rows]
    check = compiled(said[0], expecting=TRUTH)

    before = check.evaluate(_row(known, fewer), None)
    after = check.evaluate(_row(values, list(rows)), None)

    assert after is not None
    assert before is None or before is after
