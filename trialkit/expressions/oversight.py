"""What stands beside the values: signatures, delegations, consent versions, open queries, other subjects' records.

A value of the record at hand does not tell when these answers change; `Compiled.asks` says which of them are asked.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from trialkit.expressions.logic import arguments
from trialkit.expressions.moments import day_of
from trialkit.expressions.names import apart, facts_of, form_named, needs_subject, reachable
from trialkit.expressions.terms import Closure, Fault, Inner, Scope, Term
from trialkit.expressions.types import DATES, INTEGER, TEXT, TRUTH
from trialkit.values import nearest

if TYPE_CHECKING:
    from trialkit.expressions.compile import Compiler

SEVERITIES = ("hard", "query", "alert")


def _signed(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    wanted = arguments(node, 1, 1)[0]
    if not isinstance(wanted, ast.Name):
        raise Fault(wanted, "a form is needed here", "signed(FORM)")
    form = form_named(compiler, wanted)
    compiler.gathered.asks.add("signed")
    compiler.gathered.elsewhere.add((form.oid, "@signed"))
    facts, oid, inner = facts_of(scope), form.oid, scope.outer is not None
    if compiler.form is not None and compiler.form.oid == oid:
        return Term(TRUTH, lambda r, x: facts(r, x).signed(oid, (x.root if inner else r).form_repeat))
    apart(compiler, wanted, form)
    reachable(compiler, wanted, form)
    return Term(TRUTH, lambda r, x: facts(r, x).signed(oid, None))


def _day(compiler: Compiler, node: ast.expr, scope: Scope, name: str) -> Closure:
    term = compiler.term(node, scope)
    if term.type.kind not in ("datetime", *DATES):
        raise Fault(node, f"{name}() on {term.type}", "it needs a date")
    run = term.run

    def day(r: Any, x: Any) -> Any:
        value = run(r, x)
        return None if value is None else day_of(value)

    return day


def _delegated(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    who, what, when = arguments(node, 3, 3)
    person = compiler.term(who, scope)
    if person.type.kind != "person":
        raise Fault(who, f"delegated() of {person.type}", "it needs an item of type person")
    task = what.value if isinstance(what, ast.Constant) else None
    if not isinstance(task, str) or not task.strip():
        raise Fault(what, "a task is needed here", "in quotes: 'CONSENT'")
    day = _day(compiler, when, scope, "delegated")
    compiler.gathered.asks.add("delegated")
    run, facts = person.run, facts_of(scope)

    def delegated(r: Any, x: Any) -> Any:
        value, on = run(r, x), day(r, x)
        return None if value is None or on is None else facts(r, x).delegated(value, task, on)

    return Term(TRUTH, delegated)


def _consent_version(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    day = _day(compiler, arguments(node, 1, 1)[0], scope, "consent_version")
    compiler.gathered.asks.add("consent_version")
    facts = facts_of(scope)

    def version(r: Any, x: Any) -> Any:
        on = day(r, x)
        return None if on is None else facts(r, x).consent_version(on)

    return Term(TEXT, version)


def _open_queries(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    needs_subject(compiler, node, "open_queries")
    severity = None
    for wanted in arguments(node, 0, 1):
        severity = wanted.value if isinstance(wanted, ast.Constant) else None
        if severity not in SEVERITIES:
            meant = nearest(severity, SEVERITIES) if isinstance(severity, str) else None
            hint = f"did you mean {meant!r}?" if meant else "in quotes: 'hard', 'query' or 'alert'"
            raise Fault(wanted, "this is no severity of queries", hint)
    compiler.gathered.asks.add("open_queries")
    facts = facts_of(scope)
    return Term(INTEGER, lambda r, x: facts(r, x).open_queries(severity))


def _unsigned(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    needs_subject(compiler, node, "unsigned")
    arguments(node, 0, 0)
    compiler.gathered.asks.add("unsigned")
    facts = facts_of(scope)
    return Term(INTEGER, lambda r, x: facts(r, x).unsigned())


def _others(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    needs_subject(compiler, node, "others")
    wanted, condition = arguments(node, 2, 2)
    if not isinstance(wanted, ast.Name):
        raise Fault(wanted, "a form is needed here", "others(FORM, condition)")
    form = form_named(compiler, wanted)
    if form.site:
        raise Fault(wanted, f"{form.oid} is a site form, of no subject", "name a form that subjects have")
    if scope.depth >= 3:
        raise Fault(node, "rows within rows within rows within rows", "use a computed item")
    compiler.gathered.asks.add("others")
    compiler.gathered.elsewhere.add((form.oid, "*"))
    test = compiler.truth(condition, Scope(form, None, scope, own=False, others=True)).run
    oid, top = form.oid, scope.outer is None

    def count(r: Any, x: Any) -> Any:
        inner = Inner(x, r, x, r) if top else Inner(x.facts, r, x, x.root)
        known = inner.facts.others(oid)
        if known is None:
            return None
        return sum(1 for rows in known if any(test(row, inner) is True for row in rows))

    return Term(INTEGER, count)


FUNCTIONS = {
    "signed": _signed,
    "delegated": _delegated,
    "consent_version": _consent_version,
    "open_queries": _open_queries,
    "unsigned": _unsigned,
    "others": _others,
}
