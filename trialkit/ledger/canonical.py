"""Canonical JSON: one value, one sequence of bytes.

The profile is a subset of RFC 8785 (JSON Canonicalization Scheme) on which orjson agrees with it byte for byte:
text, whole numbers below 2**53, true, false, null, lists, and objects with ASCII keys. No floats: decimals are text.
"""

from __future__ import annotations

from typing import cast

import orjson

from trialkit.errors import WrongFile, WrongValue

LARGEST = 2**53 - 1
"""The largest whole number that every JSON reader keeps exactly (RFC 7493 section 2.2)."""

_OPTIONS = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
)


def _check(value: object, depth: int) -> None:
    """Raise WrongValue where a value is outside the profile in a way that orjson itself would let pass."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return
    if depth > 64:
        raise WrongValue("nested more than 64 deep", "canonical values are shallow")
    if kind is list or kind is tuple:
        for part in cast("list[object]", value):
            _check(part, depth + 1)
    elif kind is dict:
        for key, part in cast("dict[object, object]", value).items():
            if type(key) is not str or not key.isascii():
                raise WrongValue(f"the key {key!r} is not ASCII text", "keys of canonical objects are ASCII")
            _check(part, depth + 1)
    else:
        raise WrongValue(f"a {kind.__name__} has no canonical form", "write decimals, dates and times as text")


def dumps(value: object) -> bytes:
    """The canonical bytes of a value (RFC 8785 on the profile above).

    Raises WrongValue for floats, other types, lone surrogates, and whole numbers of 2**53 and beyond.
    """
    _check(value, 0)
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except TypeError as error:
        raise WrongValue(f"no canonical form: {error}", "valid Unicode and whole numbers below 2**53 only") from error


def loads(data: bytes) -> object:
    """The value of canonical bytes. Raises WrongFile for all else: duplicate keys, spaces, floats, another order."""
    try:
        value: object = orjson.loads(data)
        same = dumps(value) == data
    except (ValueError, WrongValue) as error:
        raise WrongFile(f"not canonical JSON: {error}", "stored bytes are never re-written or edited") from error
    if not same:
        raise WrongFile("JSON, but not in its canonical form", "stored bytes are never re-written or edited")
    return value


def loads_object(data: bytes) -> dict[str, object]:
    """As `loads`, for bytes that must be one JSON object. Raises WrongFile."""
    value = loads(data)
    if not isinstance(value, dict):
        raise WrongFile("canonical JSON, but not an object", "an object in braces was expected")
    return value
