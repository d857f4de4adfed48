"""earliest_date and latest_date: when the subject's first and last procedures took place, by the forms' `dated_by`.

What is not known to the second is taken so that neither is ever too far out: a day without time ends the earliest and
starts the latest, a partial date is its last or first possible day. So a check that compares fires only when the
order is definitely wrong.
"""

from __future__ import annotations

import ast
import datetime as dt
from typing import TYPE_CHECKING, Any

from trialkit.expressions.environment import Dated
from trialkit.expressions.logic import arguments
from trialkit.expressions.names import facts_of, needs_subject
from trialkit.expressions.terms import Fault, Scope, Term
from trialkit.expressions.types import DATETIME
from trialkit.values import PartialDate, nearest

if TYPE_CHECKING:
    from trialkit.expressions.compile import Compiler

_LAST_SECOND = dt.time(23, 59, 59)


def _at_latest(date: Any, time: Any) -> dt.datetime | None:
    """The last moment at which it can have been."""
    if date.__class__ is dt.datetime:
        return date
    if date.__class__ is PartialDate and not date.complete:
        return dt.datetime.combine(date.high, _LAST_SECOND)
    day = date.low if date.__class__ is PartialDate else date
    return dt.datetime.combine(day, _LAST_SECOND if time is None else time)


def _at_earliest(date: Any, time: Any) -> dt.datetime | None:
    """The first moment at which it can have been."""
    if date.__class__ is dt.datetime:
        return date
    if date.__class__ is PartialDate and not date.complete:
        return dt.datetime.combine(date.low, dt.time())
    day = date.low if date.__class__ is PartialDate else date
    return dt.datetime.combine(day, dt.time() if time is None else time)


def sources(compiler: Compiler, role: str | None) -> tuple[Dated, ...]:
    """The subject's forms that say when their procedure took place, this one excluded.

    Masked dates are seen only from a form that is masked altogether, so that no open check tells of them.
    """
    own = compiler.form
    masked = own is not None and len(own.masked) == len(own.items)
    return tuple(
        form.dated
        for form in compiler.vocabulary.forms.values()
        if form.dated is not None
        and not form.site
        and (own is None or form.oid != own.oid)
        and (role is None or role in form.entered_by)
        and (masked or not {form.dated.date, form.dated.time} & form.masked)
    )


def _role(compiler: Compiler, node: ast.expr) -> str:
    role = node.value if isinstance(node, ast.Constant) else None
    if not isinstance(role, str):
        raise Fault(node, "a role is needed here", "in quotes: 'subject'")
    if role not in compiler.vocabulary.roles:
        meant = nearest(role, compiler.vocabulary.roles)
        hint = f"did you mean {meant!r}?" if meant else "roles are " + ", ".join(compiler.vocabulary.roles)
        raise Fault(node, f"there is no role {role!r}", hint)
    return role


def _extreme(name: str, bound: Any, choose: Any) -> Any:
    def extreme(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
        needs_subject(compiler, node, name)
        given = arguments(node, 0, 1)
        role = _role(compiler, given[0]) if given else None
        found = sources(compiler, role)
        if not found:
            what = "no other form" if role is None else f"no other form that {role} enters"
            raise Fault(node, f"{what} says when it took place", "add dated_by: ITEM to the forms that are meant")
        for source in found:
            compiler.gathered.elsewhere.add((source.form, "*"))
            for item in filter(None, (source.date, source.time)):
                compiler.gathered.read_elsewhere(source.form, item)
        facts = facts_of(scope)

        def moment(r: Any, x: Any) -> Any:
            moments = [bound(date, time) for date, time in facts(r, x).dated(found) if date is not None]
            return choose(moments) if moments else None

        return Term(DATETIME, moment)

    return extreme


FUNCTIONS = {
    "earliest_date": _extreme("earliest_date", _at_latest, min),
    "latest_date": _extreme("latest_date", _at_earliest, max),
}
