"""lookup(TABLE, key, COLUMN): a constant of the study by code, for example a limit of a laboratory test."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from trialkit.expressions.comparing import codes_hint
from trialkit.expressions.logic import arguments
from trialkit.expressions.terms import Fault, Scope, Term
from trialkit.expressions.vocabulary import TableWords
from trialkit.values import nearest

if TYPE_CHECKING:
    from trialkit.expressions.compile import Compiler


def _table(compiler: Compiler, node: ast.expr) -> TableWords:
    known = compiler.vocabulary.tables
    if not isinstance(node, ast.Name):
        raise Fault(node, "a lookup table is needed here", "lookup(TABLE, key, COLUMN)")
    table = known.get(node.id)
    if table is None:
        meant = nearest(node.id, known)
        hint = f"did you mean {meant}?" if meant else "tables are " + (", ".join(list(known)[:12]) or "none")
        raise Fault(node, f"there is no lookup table {node.id}", hint)
    return table


def _lookup(compiler: Compiler, node: ast.Call, scope: Scope) -> Term:
    named, wanted, column = arguments(node, 3, 3)
    key = compiler.attempt(wanted, scope)
    table = _table(compiler, named)
    if key is None:
        raise Fault(node, "", "")
    if key.type.kind not in ("code", "text"):
        hint = f"give one of its codes: {', '.join(table.keys[:8])}"
        raise Fault(wanted, f"{table.oid} is looked up by code, this is {key.type}", hint)
    if key.type.codes is not None and table.keys:
        lost = [code for code in key.type.codes if code not in table.keys]
        if key.type.fixed and lost:
            raise Fault(wanted, f"{lost[0]!r} is no key of {table.oid}", codes_hint(lost[0], table.keys))
        if len(lost) == len(key.type.codes):
            raise Fault(wanted, f"no code of this list is a key of {table.oid}", "look up by an item of its code list")
    name = column.id if isinstance(column, ast.Name) else None
    if name is None or name not in table.columns:
        meant = nearest(name or "", table.columns)
        hint = f"did you mean {meant}?" if meant else "it has " + ", ".join(list(table.columns)[:12])
        raise Fault(column, f"{table.oid} has no column {name}" if name else "a column is needed here", hint)
    cells = {code: row[name] for code, row in table.cells.items() if name in row}
    run = key.run

    def cell(r: Any, x: Any) -> Any:
        code = run(r, x)
        return None if code is None else cells.get(code)

    return Term(table.columns[name], cell)


FUNCTIONS = {"lookup": _lookup}
