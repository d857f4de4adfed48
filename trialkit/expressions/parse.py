"""From text to a syntax tree of the few Python forms the language has. Nothing is ever handed to `eval`."""

from __future__ import annotations

import ast
import warnings

from trialkit.errors import WrongExpression

LONGEST = 500
"""Most characters of an expression; longer ones cannot be reviewed, and depth stays within the stack."""

DEEPEST = 40

_BREAKS = dict.fromkeys(map(ord, "\n\r\t\f\v\u2028\u2029"), " ")

_ALLOWED: tuple[type[ast.AST], ...] = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp, ast.Add, ast.Sub, ast.Mult,
    ast.Div, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.IfExp, ast.Call,
    ast.Name, ast.Attribute, ast.Constant, ast.List, ast.Load,
)  # fmt: skip

_INSTEAD = {
    ast.Tuple: "a list in square brackets: ['A', 'B']",
    ast.Set: "a list in square brackets: ['A', 'B']",
    ast.Pow: "power(x, y)",
    ast.FloorDiv: "floor(x / y)",
    ast.Mod: "a comparison of floor(x / y)",
    ast.Is: "==",
    ast.IsNot: "!=",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.JoinedStr: "plain text in quotes",
    ast.GeneratorExp: "any(ROWS, condition)",
    ast.ListComp: "any(ROWS, condition)",
    ast.Subscript: "first(ROWS, x, condition) or at(EVENT, FORM.ITEM)",
    ast.keyword: "arguments without names",
}


def parsed(source: str) -> ast.expr:
    """The tree of an expression; raises WrongExpression with the offset of what the language does not have."""
    if len(source) > LONGEST:
        raise _wrong(source, LONGEST, f"the expression has {len(source)} characters", f"at most {LONGEST}; split it")
    if not source.strip():
        raise _wrong(source, 0, "the expression is empty", "write a condition such as SYSBP > DIABP, or leave it out")
    flat = _flat(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(flat.lstrip(), mode="eval")
    except SyntaxError as error:
        offset = min(len(source), _indent(source) + max(0, (error.offset or 1) - 1))
        raise _wrong(source, offset, *_syntax(error, source[offset : offset + 1])) from None
    except (ValueError, RecursionError, MemoryError):
        raise _wrong(
            source, 0, "this is no expression", "it holds a character or a nesting that cannot be read"
        ) from None
    rest = flat.lstrip().encode()[tree.body.end_col_offset :].decode()
    if "#" in rest:
        raise _wrong(
            source, len(source) - len(rest) + rest.index("#"), "a comment stands in the expression", "write it above"
        )
    _depth(source, tree.body)
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            offset = place(source, node)
            hint = _INSTEAD.get(type(node), "see the expression language in docs/language.md")
            what = type(node).__name__
            raise _wrong(
                source, offset, f"the expression language has no {what}", f"use {hint}" if "see" not in hint else hint
            )
    return tree.body


def place(source: str, node: ast.AST) -> int:
    """The offset in `source` at which a node of its tree starts."""
    column = getattr(node, "col_offset", 0)
    return _indent(source) + len(_flat(source).lstrip().encode()[:column].decode())


def segment(source: str, node: ast.expr) -> str:
    """The text of a node as it was written."""
    return _flat(source).lstrip().encode()[node.col_offset : node.end_col_offset].decode()


def _flat(source: str) -> str:
    """The source on one line, every character in its place; lone surrogates become question marks."""
    return source.translate(_BREAKS).encode("utf-8", "replace").decode()


def _indent(source: str) -> int:
    flat = _flat(source)
    return len(flat) - len(flat.lstrip())


def _depth(source: str, root: ast.expr) -> None:
    level: list[ast.AST] = [root]
    for _ in range(DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise _wrong(source, 0, "the expression is nested too deeply", f"at most {DEEPEST} levels; use a computed item")


def _syntax(error: SyntaxError, character: str) -> tuple[str, str]:
    said = str(error.msg)
    if character == "=" or "Maybe you meant '=='" in said or said.startswith("cannot assign"):
        return "a single = is no comparison", "write =="
    if "unterminated string" in said:
        return "a text has no closing quote", "close it with the same quote"
    if "never closed" in said or "unmatched" in said or "does not match" in said:
        return "brackets do not match", "each ( or [ needs its own closing bracket"
    return "this is no expression", "operators are == != < <= > >= in and or not + - * /"


def _wrong(source: str, offset: int, sentence: str, hint: str) -> WrongExpression:
    return WrongExpression(source, [(offset, sentence, hint)])
