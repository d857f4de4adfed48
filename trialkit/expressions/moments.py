"""Dates and times: moments and their parts, durations, today, now, and partial dates as intervals of days."""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from trialkit.expressions.elapsed import around, elapsed
from trialkit.expressions.logic import arguments, one_argument
from trialkit.expressions.names import facts_of
from trialkit.expressions.terms import Closure, Fault, Scope, Term
from trialkit.expressions.types import DATE, DATES, DATETIME, TIME, Type, same_unit
from trialkit.values import PartialDate

if TYPE_CHECKING:
    from trialkit.expressions.compile import Compiler


def _low(value: Any) -> dt.date:
    return value.low if value.__class__ is PartialDate else value


def _high(value: Any) -> dt.date:
    return value.high if value.__class__ is PartialDate else value


def _before(a: Any, b: Any) -> bool | None:
    if _high(a) < _low(b):
        return True
    return False if _low(a) >= _high(b) else None


def _not_after(a: Any, b: Any) -> bool | None:
    if _high(a) <= _low(b):
        return True
    return False if _low(a) > _high(b) else None


def _equal(a: Any, b: Any) -> bool | None:
    if _high(a) < _low(b) or _high(b) < _low(a):
        return False
    return True if _low(a) == _high(a) == _low(b) == _high(b) else None


def _unequal(a: Any, b: Any) -> bool | None:
    verdict = _equal(a, b)
    return None if verdict is None else not verdict


PARTIAL: dict[type[ast.cmpop], Callable[[Any, Any], bool | None]] = {
    ast.Eq: _equal,
    ast.NotEq: _unequal,
    ast.Lt: _before,
    ast.LtE: _not_after,
    ast.Gt: lambda a, b: _before(b, a),
    ast.GtE: lambda a, b: _not_after(b, a),
}
"""Comparisons of dates of which one or both may be partial: definite only if every completion agrees."""


def day_of(value: Any) -> dt.date | None:
    """The day of a date, a moment or a complete partial date."""
    if value.__class__ is dt.datetime:
        return value.date()
    if value.__class__ is PartialDate:
        return value.low if value.complete else None
    return value  # type: ignore[no-any-return]


def _day(value: Any) -> dt.date:
    return value.date() if value.__class__ is dt.datetime else value


def as_partial(run: Closure) -> Closure:
    """A date as the partial date that happens to be complete."""

    def partial(r: Any, x: Any) -> Any:
        value = run(r, x)
        return PartialDate.of(value.isoformat()) if value.__class__ is dt.date else value

    return partial


def _moment(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    nodes = arguments(node, 2, 2)
    day, time = (compiler.term(n, scope) for n in nodes)
    if day.type.kind not in DATES:
        raise Fault(nodes[0], f"moment() of {day.type}", "the first argument is a date, the second a time")
    if time.type.kind != "time":
        raise Fault(nodes[1], f"moment() with {time.type}", "the first argument is a date, the second a time")
    f, g = day.run, time.run

    def moment(r: Any, x: Any) -> Any:
        a = f(r, x)
        if a is None or (a := day_of(a)) is None:
            return None
        b = g(r, x)
        return None if b is None else dt.datetime.combine(a, b)

    return Term(DATETIME, moment)


def _moment_around(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    nodes = arguments(node, 3, 3)
    about, time, before = (compiler.term(n, scope) for n in nodes)
    hint = "a moment, a time, and how many hours the time may lie before the moment: moment_around(m, time, 12)"
    if about.type.kind != "datetime":
        raise Fault(nodes[0], f"moment_around() of {about.type}", hint)
    if time.type.kind != "time":
        raise Fault(nodes[1], f"moment_around() with {time.type}", hint)
    if before.type.kind not in ("integer", "decimal") or not same_unit(before.type.unit, "h"):
        raise Fault(nodes[2], f"{before.type} is no number of hours", hint)
    f, g, h = about.run, time.run, before.run

    def moment(r: Any, x: Any) -> Any:
        a = f(r, x)
        if a is None:
            return None
        b, hours = g(r, x), h(r, x)
        if b is None or hours is None:
            return None
        try:
            return around(a, b, dt.timedelta(hours=float(hours)))
        except OverflowError:  # no clock shows the years before 1 or after 9999
            return None

    return Term(DATETIME, moment)


def _date(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    term = one_argument(compiler, node, scope)
    if term.type.kind not in ("datetime", *DATES):
        raise Fault(node, f"date() of {term.type}", "date() gives the day of a date and time")
    return Term(DATE, _of(term.run, day_of))


def _time(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    term = one_argument(compiler, node, scope)
    if term.type.kind != "datetime":
        raise Fault(node, f"time() of {term.type}", "time() gives the time of day of a date and time")
    return Term(TIME, _of(term.run, dt.datetime.time))


def _end(name: str, end: Callable[[Any], dt.date]) -> Any:
    def day(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
        term = one_argument(compiler, node, scope)
        if term.type.kind not in DATES:
            raise Fault(node, f"{name}() of {term.type}", "it gives a possible day of a partial date")
        return Term(DATE, _of(term.run, end))

    return day


def _of(run: Closure, function: Callable[[Any], Any]) -> Closure:
    def result(r: Any, x: Any) -> Any:
        value = run(r, x)
        return None if value is None else function(value)

    return result


def _minutes(span: dt.timedelta) -> Any:
    seconds = span.days * 86400 + span.seconds
    return seconds // 60 if seconds % 60 == 0 else Decimal(seconds) / 60


def _hours(span: dt.timedelta) -> Any:
    seconds = span.days * 86400 + span.seconds
    return seconds // 3600 if seconds % 3600 == 0 else Decimal(seconds) / 3600


def _days(a: dt.date, b: dt.date) -> int:
    return (b - a).days


def _months(a: dt.date, b: dt.date) -> int:
    if b < a:
        return -_months(b, a)
    return (b.year - a.year) * 12 + b.month - a.month - (b.day < a.day)


def _years(a: dt.date, b: dt.date) -> int:
    months = _months(a, b)
    return months // 12 if months >= 0 else -(-months // 12)


def _clock(name: str, unit: str, function: Callable[[dt.timedelta], Any]) -> Any:
    def between(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
        nodes = arguments(node, 2, 2)
        one, two = (compiler.term(n, scope) for n in nodes)
        for n, term in zip(nodes, (one, two), strict=True):
            if term.type.kind not in ("datetime", "time"):
                raise Fault(n, f"{name}() of {term.type}", "it needs two times, or two moments: moment(date, time)")
        if one.type.kind != two.type.kind:
            raise Fault(nodes[1], f"{name}() of {one.type} and {two.type}", "both must be times, or both moments")
        clock = one.type.kind == "time"
        f, g, facts = one.run, two.run, facts_of(scope)

        def span(r: Any, x: Any) -> Any:
            a = f(r, x)
            if a is None:
                return None
            b = g(r, x)
            if b is None:
                return None
            return function(_today(b) - _today(a) if clock else elapsed(a, b, facts(r, x).zone))

        return Term(Type("decimal", unit), span)

    return between


def _today(time: dt.time) -> dt.datetime:
    return dt.datetime.combine(dt.date.min, time)


def _calendar(name: str, unit: str, function: Callable[[Any, Any], int]) -> Any:
    def between(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
        nodes = arguments(node, 2, 2)
        one, two = (compiler.term(n, scope) for n in nodes)
        for n, term in zip(nodes, (one, two), strict=True):
            if term.type.kind not in ("datetime", *DATES):
                raise Fault(n, f"{name}() of {term.type}", "it needs two dates")
        f, g = one.run, two.run

        def span(r: Any, x: Any) -> Any:
            a, b = f(r, x), g(r, x)
            if a is None or b is None:
                return None
            shortest = function(_day(_high(a)), _day(_low(b)))
            longest = function(_day(_low(a)), _day(_high(b)))
            return shortest if shortest == longest else None

        return Term(Type("integer", unit), span)

    return between


FUNCTIONS = {
    "moment": _moment,
    "moment_around": _moment_around,
    "date": _date,
    "time": _time,
    "first_day": _end("first_day", _low),
    "last_day": _end("last_day", _high),
    "minutes": _clock("minutes", "min", _minutes),
    "hours": _clock("hours", "h", _hours),
    "days": _calendar("days", "days", _days),
    "months": _calendar("months", "months", _months),
    "years": _calendar("years", "years", _years),
}
