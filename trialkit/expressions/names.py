"""What a name means: an item of the row at hand, FORM.ITEM, here.ITEM, a parameter, or the place and the moment."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from trialkit.expressions.reach import How
from trialkit.expressions.terms import Closure, Fault, Scope, Term
from trialkit.expressions.types import DATE, DATETIME, INTEGER, TEXT, Type
from trialkit.expressions.vocabulary import FormWords
from trialkit.values import Missing, nearest

if TYPE_CHECKING:
    from trialkit.expressions.compile import Compiler

SPECIAL = ("EVENT", "EVENT_REPEAT", "FORM_REPEAT", "ROW", "SITE", "today", "now", "first_row", "last_row")


def facts_of(scope: Scope) -> Closure:
    """How the second argument leads to the subject's facts."""
    return (lambda r, x: x) if scope.outer is None else (lambda r, x: x.facts)


def name(compiler: Compiler, node: ast.Name, scope: Scope) -> Term:
    """A bare name."""
    word = node.id
    if scope.sees(word):
        return _item(compiler, word, scope)
    if word in compiler.vocabulary.parameters:
        type, value = compiler.vocabulary.parameters[word]
        return Term(type, lambda r, x: value, None, value)
    special = _special(compiler, node, scope)
    if special is not None:
        return special
    raise _unknown(compiler, node, scope)


def _item(compiler: Compiler, item: str, scope: Scope) -> Term:
    assert scope.form is not None
    if scope.own:
        in_row = scope.outer is None and scope.group == scope.form.group_of[item]
        compiler.gathered.read_own(scope.form.oid, item, row=in_row)
    else:
        compiler.gathered.read_elsewhere(scope.form.oid, item, how=scope.how, event=scope.event)
    return Term(scope.form.items[item], lambda r, x: r.get(item), item)


def _special(compiler: Compiler, node: ast.Name, scope: Scope) -> Term | None:
    word = node.id
    inner = scope.outer is not None
    facts = facts_of(scope)
    if word in ("today", "now"):
        compiler.gathered.now = True
        if word == "now":
            return Term(DATETIME, lambda r, x: facts(r, x).now)
        return Term(DATE, lambda r, x: facts(r, x).now.date())
    if word == "EVENT":
        type = Type("code", None, compiler.vocabulary.events)
        return Term(type, (lambda r, x: r.event or None) if inner else (lambda r, x: x.event or None))
    if word == "EVENT_REPEAT":
        return Term(INTEGER, (lambda r, x: r.repeat) if inner else (lambda r, x: x.event_repeat))
    if word == "FORM_REPEAT":
        return Term(INTEGER, lambda r, x: r.form_repeat)
    if word == "SITE":
        if scope.foreign:
            return Term(TEXT, lambda r, x: r.site or None)
        return Term(TEXT, lambda r, x: facts(r, x).site or None)
    if word in ("ROW", "first_row", "last_row"):
        if not scope.by_row:
            raise Fault(
                node,
                f"{word} outside rows",
                "a check with group, an item of a repeating group, or any(ROWS, ...) has rows",
            )
        if word == "ROW":
            return Term(TEXT, lambda r, x: r.key or None)
        compiler.gathered.positioned(scope)
        truth = Type("truth")
        if word == "first_row":
            return Term(truth, lambda r, x: r.index == 0)
        return Term(truth, lambda r, x: r.index == len(r.rows) - 1)
    return None


def _unknown(compiler: Compiler, node: ast.Name, scope: Scope) -> Fault:
    word, form = node.id, scope.form
    if form is not None and word in form.items:
        group = form.group_of[word]
        if scope.bare:
            return Fault(node, f"{word} is not an item of these rows", f"outside the rows write here.{word}")
        return Fault(
            node,
            f"{word} stands in the repeating group {group}",
            f"say which row: any({group}, ...), first({group}, {word})",
        )
    if form is not None and word in form.group_of.values():
        return Fault(node, f"{word} is a group", f"ask about its rows: any({word}, ...), count({word})")
    if word in compiler.vocabulary.forms:
        return Fault(node, f"{word} is a form", f"name an item: {word}.ITEM, or its records: any({word}, ...)")
    if word in compiler.vocabulary.events:
        return Fault(node, f"{word} is a study event", f"at({word}, FORM.ITEM), or EVENT == '{word}'")
    outer = scope.outer
    while outer is not None:
        if outer.sees(word):
            return Fault(node, f"{word} is not an item of these rows", f"outside the rows write here.{word}")
        outer = outer.outer
    known = [*scope.items(), *compiler.vocabulary.parameters, *SPECIAL]
    holders = [f.oid for f in compiler.vocabulary.forms.values() if word in f.items]
    if holders:
        return Fault(node, f"{word} is not an item of this form", f"did you mean {holders[0]}.{word}?")
    meant = nearest(word, known)
    what = "there is no item, parameter or word" if form else "there is no parameter or word"
    return Fault(
        node, f"{what} {word}", f"did you mean {meant}?" if meant else "items of other forms are written FORM.ITEM"
    )


def attribute(compiler: Compiler, node: ast.Attribute, scope: Scope) -> Term:
    """`FORM.ITEM` or `here.ITEM`."""
    owner = node.value
    if _is_here(owner):
        return _here(compiler, node, scope)
    if not isinstance(owner, ast.Name):
        raise Fault(node, "only FORM.ITEM and here.ITEM have a point", "name a form before the point")
    form = form_named(compiler, owner)
    apart(compiler, node, form)
    item = item_of(compiler, form, node)
    if compiler.form is not None and form.oid == compiler.form.oid:
        return _root_item(compiler, node, item, scope)
    reachable(compiler, node, form)
    return remote(compiler, scope, form, item, None)


def form_named(compiler: Compiler, node: ast.Name) -> FormWords:
    """The form that a name stands for."""
    form = compiler.vocabulary.forms.get(node.id)
    if form is None:
        meant = nearest(node.id, compiler.vocabulary.forms)
        hint = f"did you mean {meant}?" if meant else "forms are " + ", ".join(list(compiler.vocabulary.forms)[:12])
        raise Fault(node, f"there is no form {node.id}", hint)
    return form


def apart(compiler: Compiler, node: ast.AST, form: FormWords) -> None:
    """Refuses a subject's form in a site's file, which has no subject, and FORM.ITEM of a site form in a subject's."""
    site = compiler.form is not None and compiler.form.site
    if site and not form.site:
        raise Fault(node, f"{form.oid} is a form of subjects", "a site form can read site forms only")
    if form.site and not site:
        raise Fault(
            node, f"{form.oid} is a site form", f"ask about its records: any({form.oid}, ...), first({form.oid}, ...)"
        )


def needs_subject(compiler: Compiler, node: ast.AST, name: str) -> None:
    """Refuses what is known of subjects only in a form of the site's file."""
    if compiler.form is not None and compiler.form.site:
        raise Fault(node, f"{name}() in a site form, which has no subject", "a site form can read site forms only")


def item_of(compiler: Compiler, form: FormWords, node: ast.Attribute) -> str:
    """The single item after the point."""
    item = node.attr
    if item not in form.items:
        if item in form.group_of.values():
            raise Fault(node, f"{item} is a group of {form.oid}", f"ask about its rows: any({form.oid}.{item}, ...)")
        meant = nearest(item, form.items)
        hint = f"did you mean {form.oid}.{meant}?" if meant else "it has " + ", ".join(list(form.items)[:12])
        raise Fault(node, f"{form.oid} has no item {item}", hint)
    if not form.single(item):
        group = form.group_of[item]
        hint = f"say which row: any({form.oid}.{group}, ...), first({form.oid}.{group}, {item})"
        raise Fault(node, f"{form.oid}.{item} stands in the repeating group {group}", hint)
    return item


def reachable(compiler: Compiler, node: ast.AST, form: FormWords) -> None:
    """Refuses FORM.ITEM where it would not be clear which record is meant."""
    oid = form.oid
    if form.repeating:
        raise Fault(node, f"{oid} has many records", f"ask about them: any({oid}, ...), first({oid}, ...)")
    here = compiler.form.events if compiler.form is not None else frozenset()
    if len(form.events) > 1 and not here & form.events:
        hint = f"say which: at(EVENT, {oid}.ITEM), or all: any({oid}, ...)"
        raise Fault(node, f"{oid} stands in several events, none of which has this form", hint)


def remote(compiler: Compiler, scope: Scope, form: FormWords, item: str, event: str | None) -> Term:
    """An item read through facts."""
    how: How = "visit" if event is None else "at"
    compiler.gathered.read_elsewhere(form.oid, item, now=event is None, how=how, event=event or "")
    facts, oid = facts_of(scope), form.oid

    def value(r: Any, x: Any) -> Any:
        found = facts(r, x).value(oid, item, event)
        return None if found.__class__ is Missing else found

    return Term(form.items[item], value)


def _root_item(compiler: Compiler, node: ast.AST, item: str, scope: Scope) -> Term:
    """FORM.ITEM of this very form: the record at hand."""
    assert compiler.form is not None
    compiler.gathered.read_own(compiler.form.oid, item)
    type = compiler.form.items[item]
    if scope.outer is None:
        return Term(type, lambda r, x: r.get(item), item)
    return Term(type, lambda r, x: x.root.get(item))


def _is_here(node: ast.expr) -> bool:
    return (isinstance(node, ast.Name) and node.id == "here") or (
        isinstance(node, ast.Attribute) and node.attr == "here" and _is_here(node.value)
    )


def _here(compiler: Compiler, node: ast.Attribute, scope: Scope) -> Term:
    steps, owner = 1, node.value
    while isinstance(owner, ast.Attribute):
        steps, owner = steps + 1, owner.value
    outside: Scope | None = scope
    for _ in range(steps):
        outside = outside.outer if outside is not None else None
    if outside is None:
        raise Fault(
            node, "here. stands outside a row function", "inside any(ROWS, ...) it means the values outside the rows"
        )
    term = name(compiler, ast.copy_location(ast.Name(node.attr), node), outside)
    run = term.run
    if steps == 1:
        return Term(term.type, lambda r, x: run(x.outer, x.outside))

    def value(r: Any, x: Any) -> Any:
        row = r
        for _ in range(steps):
            row, x = x.outer, x.outside
        return run(row, x)

    return Term(term.type, value)
