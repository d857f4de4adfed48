"""Static types of expressions: a kind, a unit, and for codes the code list; what may be compared with what."""

from __future__ import annotations

from dataclasses import dataclass, replace

_SAME_UNIT = {
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "min"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "day"),
    **dict.fromkeys(("mo", "month", "months"), "month"),
    **dict.fromkeys(("y", "yr", "year", "years"), "year"),
}

NUMBERS = ("integer", "decimal")
DATES = ("date", "partialDate")
TEXTS = ("text", "person")
ORDERED = (*NUMBERS, *DATES, "time", "datetime", "code", "text")

_NAMES = {
    "truth": "true or false",
    "text": "text",
    "integer": "a whole number",
    "decimal": "a decimal number",
    "date": "a date",
    "partialDate": "a partial date",
    "time": "a time",
    "datetime": "a date and time",
    "code": "a code",
    "codes": "a set of codes",
    "person": "a person",
    "file": "a file",
}


@dataclass(frozen=True, slots=True)
class Type:
    """What a value is: its kind (an item type or `truth`), unit, and the codes it can have.

    For text written in the expression itself `codes` are the texts it can be, and `fixed` is true.
    """

    kind: str
    unit: str | None = None
    codes: tuple[str, ...] | None = None
    fixed: bool = False

    @property
    def number(self) -> bool:
        return self.kind in NUMBERS

    @property
    def numeric_codes(self) -> bool:
        """Whether every code is a whole number, so that codes may be ordered and turned into numbers."""
        return self.kind == "code" and bool(self.codes) and all(_whole(code) for code in self.codes or ())

    def without_unit(self) -> Type:
        return replace(self, unit=None)

    def __str__(self) -> str:
        name = _NAMES[self.kind]
        return f"{name} in {self.unit}" if self.unit else name


TRUTH = Type("truth")
TEXT = Type("text")
INTEGER = Type("integer")
DECIMAL = Type("decimal")
DATE = Type("date")
TIME = Type("time")
DATETIME = Type("datetime")


def same_unit(a: str | None, b: str | None) -> bool:
    """Whether two units can stand on both sides of a comparison: equal, or one of them not stated."""
    return a is None or b is None or _SAME_UNIT.get(a, a) == _SAME_UNIT.get(b, b)


def joined(a: Type, b: Type) -> Type | None:
    """The type of something that is either `a` or `b`, or None if nothing is."""
    if not same_unit(a.unit, b.unit):
        return None
    unit = a.unit or b.unit
    if a.number and b.number:
        return Type("decimal" if "decimal" in (a.kind, b.kind) else "integer", unit)
    if a.kind in DATES and b.kind in DATES:
        return Type("date" if a.kind == b.kind == "date" else "partialDate")
    if {a.kind, b.kind} <= {"code", "text", "person"}:
        if a.codes is not None and b.codes is not None:
            codes = tuple(dict.fromkeys(a.codes + b.codes))
            return Type("text" if a.kind == b.kind == "text" else "code", None, codes, a.fixed and b.fixed)
        return TEXT if a.kind != b.kind or a.kind != "person" else a
    return replace(a, codes=None) if a.kind == b.kind else None


def _whole(code: str) -> bool:
    digits = code[1:] if code.startswith("-") else code
    return digits.isascii() and digits.isdigit() and len(digits) <= 15
