"""Typed values: one function each way between the text a person types and the value the trial keeps.

Nothing is guessed: decimals keep their typed digits, partial dates stay intervals, a missing value says why it is
missing, and whatever cannot be stored or exported unchanged is refused (ALCOA: original, accurate).
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal, TypeAlias, get_args

from trialkit.errors import WrongValue
from trialkit.spoken import spelled, spoken

ItemType: TypeAlias = Literal[
    "text", "integer", "decimal", "date", "partialDate", "time", "datetime", "code", "codes", "yesno", "person", "file"
]
"""The twelve types of the form language; ODM v2.0 names where ODM has one."""

TYPES: tuple[ItemType, ...] = get_args(ItemType)


@dataclass(frozen=True, slots=True)
class Missing:
    """A value that is known to be missing, with the code of the reason (not done, unknown, refused...)."""

    reason: str


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A year, a month or a day: `2024`, `2024-01`, `2024-01-12`. It stands for every day from `low` to `high`."""

    text: str
    low: dt.date
    high: dt.date

    @classmethod
    def of(cls, text: str) -> PartialDate:
        """The partial date of an ISO 8601 text; raises ValueError for anything else."""
        return _partial(text)

    @property
    def complete(self) -> bool:
        """Whether day, month and year are known."""
        return self.low == self.high

    def __str__(self) -> str:
        return self.text


Value: TypeAlias = str | int | Decimal | dt.date | dt.time | dt.datetime | PartialDate | tuple[str, ...] | Missing
"""What an item can hold. Absent is None and no Value."""

Written: TypeAlias = None | str | list[str] | dict[str, str]
"""A value as written down: absent, its text, several codes, or `{"m": reason}`."""

LONGEST_TEXT = 10_000
"""Most characters of a text item that states no `length`."""

CODES_SEPARATOR = ";"
"""Between the codes of a `codes` item typed as one text."""

FIRST_YEAR, LAST_YEAR = 1850, 2199

_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff\ufffe\uffff]")
_INTEGER = re.compile(r"[+-]?[0-9]{1,15}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,20}(?:\.([0-9]{1,15}))?", re.ASCII)
_ISO_PARTIAL = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", re.ASCII)
_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?|[0-9]{4}", re.ASCII)
_YES = {"Y": "Y", "N": "N", "YES": "Y", "NO": "N"}


def parse(
    type: ItemType,
    text: str | Sequence[str],
    *,
    codes: Collection[str] | None = None,
    length: int | None = None,
    digits: int | None = None,
) -> Value:
    """The value of a typed text.

    `codes` are the permitted codes (code, codes), `length` the most characters (text), `digits` the most digits after
    the point (decimal). Raises WrongValue, whose sentence names the text and whose hint says how to type it.
    """
    if type == "codes":
        return _codes(text, codes)
    if not isinstance(text, str):
        raise WrongValue("several answers where one is asked", "choose one")
    if not text.isprintable() and (found := _UNSTORABLE.search(text)):
        raise WrongValue(
            f"the character U+{ord(found.group()):04X} at position {found.start() + 1} cannot be stored",
            "remove it; control characters are no data",
        )
    if not text or text.isspace() or (not text.isprintable() and _unseen(text)):
        raise WrongValue("the text is empty", "type a value, clear the item, or give a reason why it is missing")
    return _PARSERS[type](text, codes, length, digits)


def _unseen(text: str) -> bool:
    """Whether a text has no sign that anybody could see."""
    return all(unicodedata.category(sign)[0] in "ZC" for sign in text)


def text(value: Value) -> str | list[str]:
    """The text of a value, ISO 8601 for dates and times: the inverse of `parse`. Missing gives its reason."""
    if isinstance(value, str):
        return value
    return _TEXTS[value.__class__](value)


def written(value: Value | None) -> Written:
    """The value as the ledger writes it down: None, a text, a list of codes, or `{"m": reason}`."""
    if value is None or value.__class__ is str:
        return value
    if value.__class__ is Missing:
        return {"m": value.reason}
    return _TEXTS[value.__class__](value)


def unwritten(type: ItemType, written: Written) -> Value | None:
    """The value that `written` wrote down; it was checked when it was entered and is not checked again.

    Raises ValueError (or decimal.InvalidOperation) if the text was never a value of that type.
    """
    if written is None:
        return None
    if written.__class__ is dict:
        return Missing(written["m"])
    if written.__class__ is list:
        return tuple(written)
    return _READERS[type](written)  # type: ignore[arg-type]


def nearest(word: str, words: Collection[str]) -> str | None:
    """The word people probably meant, or None."""
    folded = {w.casefold(): w for w in words}
    found = difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def _codes(text: str | Sequence[str], codes: Collection[str] | None) -> tuple[str, ...]:
    parts = [p.strip() for p in text.split(CODES_SEPARATOR)] if isinstance(text, str) else list(text)
    if not parts or parts == [""]:
        raise WrongValue("no code is chosen", "choose at least one, clear the item, or say why it is missing")
    chosen = [_code(p, codes, None, None) for p in parts]
    if len(set(chosen)) < len(chosen):
        raise WrongValue("a code is chosen twice", "choose each code once")
    if codes is not None:
        place = {code: n for n, code in enumerate(codes)}
        chosen.sort(key=place.__getitem__)
    return tuple(chosen)


def _text(text: str, codes: Collection[str] | None, length: int | None, digits: int | None) -> str:
    most = length or LONGEST_TEXT
    if len(text) > most:
        raise WrongValue(f"the text has {len(text)} characters, at most {most} are allowed", "shorten it")
    return text


def _short(text: str, codes: Collection[str] | None, length: int | None, digits: int | None) -> str:
    return _text(text, codes, 255, None)


def _integer(text: str, codes: Collection[str] | None, length: int | None, digits: int | None) -> int:
    if len(text) <= 15 and text.isascii() and text.isdigit():
        return int(text)
    stripped = text.strip()
    if _INTEGER.fullmatch(stripped):
        return int(stripped)
    raise WrongValue(f"{_quote(text)} is not a whole number", "digits only, at most 15 of them, for example 72")


def _decimal(text: str, codes: Collection[str] | None, length: int | None, digits: int | None) -> Decimal:
    found = _DECIMAL.fullmatch(text) or _DECIMAL.fullmatch(text := text.strip())
    if found is None:
        hint = "write it with a point, without thousands separator" if "," in text else "digits and a point, at most 20"
        raise WrongValue(f"{_quote(text)} is not a decimal number", f"{hint}, for example 36.6")
    after = found.group(1)
    if digits is not None and after is not None and len(after) > digits:
        raise WrongValue(f"{_quote(text)} has {len(after)} digits after the point", f"at most {digits} are kept")
    return Decimal(text)


def _date(text: str, codes: Collection[str] | None, length: int | None, digits: int | None) -> dt.date:
    if len(text) == 10 and text[4] == "-" and text[7] == "-" and text.isascii():
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            raise WrongValue(
                f"{_quote(text)} is no day of the calendar", "type it like 12-Jan-2024 or 2024-01-12"
            ) from None
        if FIRST_YEAR <= day.year <= LAST_YEAR:
            return day
    partial = _partial_date(text, None, None, None)
    if not partial.complete:
        raise WrongValue(f"{_quote(text)} is only part of a date", "this item needs day, month and year: 12-Jan-2024")
    return partial.low


def _partial_date(text: str, codes: Collection[str] | None, length: int | None, digits: int | None) -> PartialDate:
    stripped = text.strip()
    iso = stripped if _ISO_PARTIAL.fullmatch(stripped) else spoken(stripped)
    if iso is None:
        raise WrongValue(f"{_quote(text)} is not a date", spelled(stripped))
    try:
        return _partial(iso)
    except ValueError:
        raise WrongValue(
            f"{_quote(text)} is no day of the calendar", "type it like 12-Jan-2024 or 2024-01-12"
        ) from None


@lru_cache(maxsize=4096)
def _partial(text: str) -> PartialDate:
    found = _ISO_PARTIAL.fullmatch(text)
    if found is None:
        raise ValueError(text)
    year, month, day = (int(part) if part else None for part in found.groups())
    if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(text)
    if month is None:
        return PartialDate(text, dt.date(year, 1, 1), dt.date(year, 12, 31))
    if day is None:
        return PartialDate(text, dt.date(year, month, 1), dt.date(year, month, monthrange(year, month)[1]))
    return PartialDate(text, dt.date(year, month, day), dt.date(year, month, day))


def _time(text: str, codes: Collection[str] | None, length: int | None, digits: int | None) -> dt.time:
    stripped = text.strip()
    if _TIME.fullmatch(stripped):
        try:
            return dt.time.fromisoformat(f"0{stripped}" if stripped[1] == ":" else stripped)
        except ValueError:
            pass
    raise WrongValue(f"{_quote(text)} is not a time of day", "type hours and minutes on the 24-hour clock: 09:30")


def _datetime(text: str, codes: Collection[str] | None, length: int | None, digits: int | None) -> dt.datetime:
    stripped = text.strip()
    day, between, clock = stripped.rpartition(" ")
    if not between and stripped[10:11] == "T":
        day, between, clock = stripped[:10], "T", stripped[11:]
    if between:
        try:
            return dt.datetime.combine(_date(day, None, None, None), _time(clock, None, None, None))
        except WrongValue:
            pass
    raise WrongValue(
        f"{_quote(text)} is not a date and time", "site time without zone: 12-Jan-2024 09:30 or 2024-01-12T09:30"
    )


def _code(text: str, codes: Collection[str] | None, length: int | None, digits: int | None) -> str:
    if codes is None:
        return _short(text, None, None, None)
    if text in codes:
        return text
    meant = nearest(text, codes)
    some = ", ".join(list(codes)[:8]) + (", ..." if len(codes) > 8 else "")
    raise WrongValue(f"{_quote(text)} is not in the code list", f"did you mean {meant}?" if meant else f"one of {some}")


def _yesno(text: str, codes: Collection[str] | None, length: int | None, digits: int | None) -> str:
    found = _YES.get(text) or _YES.get(text.strip().upper())
    if found is None:
        raise WrongValue(f"{_quote(text)} is neither yes nor no", "type Y or N")
    return found


def _quote(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "...")


def _time_text(value: dt.time) -> str:
    return value.isoformat("seconds" if value.second else "minutes")


def _datetime_text(value: dt.datetime) -> str:
    return value.isoformat("T", "seconds" if value.second else "minutes")


_Parser: TypeAlias = Callable[[str, Collection[str] | None, int | None, int | None], Value]
_PARSERS: dict[str, _Parser] = {
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "partialDate": _partial_date,
    "time": _time,
    "datetime": _datetime,
    "code": _code,
    "yesno": _yesno,
    "person": _short,
    "file": _short,
}
_TEXTS: dict[type, Callable[..., str | list[str]]] = {
    str: str,
    int: str,
    Decimal: "{:f}".format,
    dt.date: dt.date.isoformat,
    dt.time: _time_text,
    dt.datetime: _datetime_text,
    PartialDate: str,
    tuple: list,
    Missing: lambda value: str(value.reason),
}
_READERS: dict[str, Callable[[str], Value]] = {
    "text": str,
    "integer": int,
    "decimal": Decimal,
    "date": dt.date.fromisoformat,
    "partialDate": _partial,
    "time": dt.time.fromisoformat,
    "datetime": dt.datetime.fromisoformat,
    "code": str,
    "yesno": str,
    "person": str,
    "file": str,
    "codes": lambda text: (text,),
}
