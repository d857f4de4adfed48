"""How a stored value reads: decoded, with unit, date as dd-MMM-yyyy, moment in site time and UTC (regulatory 16.0)."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from trialkit.export.source import Source
from trialkit.ledger.entry import Written
from trialkit.study.model import Form, Item, Study

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
YESNO = {"Y": "Yes", "N": "No"}
_PATH = re.compile(r"([A-Z][A-Z0-9_]*)\[([^\]]*)\]\.(.+)", re.DOTALL)


def split_path(path: str) -> tuple[str, str, str]:
    """`GROUP[row].ITEM` as (group, row, item); a flat `ITEM` as ("", "", item)."""
    if "[" not in path:
        return "", "", path
    found = _PATH.fullmatch(path)
    return (found[1], found[2], found[3]) if found else ("", "", path)


def missing_reason(value: Written) -> str:
    """The code of a typed missing value, else nothing."""
    return value.get("m", "") if isinstance(value, dict) else ""


def plain(value: Written) -> str:
    """The coded text of a value; several codes stand with `;` between them; absent and missing are empty."""
    if isinstance(value, str):
        return value
    return ";".join(value) if isinstance(value, list) else ""


def decode(study: Study, item: Item | None, value: Written) -> str:
    """The words behind a coded value; empty for an item without codes."""
    if item is None or value is None or isinstance(value, dict):
        return ""
    if item.type == "yesno" and item.codelist is None:
        words = YESNO
    elif item.codelist is not None and item.codelist in study.codelists:
        words = study.codelists[item.codelist].codes
    else:
        return ""
    codes = value if isinstance(value, list) else [value]
    return ";".join(words.get(code, code) for code in codes)


def dated(text: str) -> str:
    """An ISO 8601 date, whole or partial, as dd-MMM-yyyy with UN and UNK for what is not known."""
    parts = text.split("-")
    if not all(part.isdigit() for part in parts) or len(parts) > 3 or len(parts[0]) != 4:
        return text
    month = parts[1] if len(parts) > 1 else ""
    if month and not 1 <= int(month) <= 12:
        return text
    return f"{parts[2] if len(parts) > 2 else 'UN'}-{MONTHS[int(month) - 1] if month else 'UNK'}-{parts[0]}"


@lru_cache(maxsize=4096)
def utc(at: str) -> str:
    """A ledger moment as `12-Jan-2026 15:05:09 UTC`."""
    return f"{dated(at[:10])} {at[11:19]} UTC"


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


@lru_cache(maxsize=4096)
def local(at: str, zone: str) -> str:
    """A ledger moment in the site's time as ISO 8601 with offset."""
    moment = datetime.fromisoformat(at.replace("Z", "+00:00"))
    return moment.astimezone(_zone(zone)).isoformat(timespec="seconds")


@lru_cache(maxsize=4096)
def both(at: str, zone: str) -> str:
    """A ledger moment as people at the site read it, with UTC: `12-Jan-2026 10:05 EST (15:05:09 UTC)`.

    The day stands with UTC where it is another: `24-Feb-2025 10:02 AEDT (23-Feb 23:02:00 UTC)`.
    """
    moment = datetime.fromisoformat(at.replace("Z", "+00:00")).astimezone(_zone(zone))
    here = f"{moment:%d}-{MONTHS[moment.month - 1]}-{moment:%Y} {moment:%H:%M} {moment.tzname()}"
    day = f"{dated(at[:10])[:6]} " if at[:10] != f"{moment:%Y-%m-%d}" else ""
    return here if moment.tzname() == "UTC" else f"{here} ({day}{at[11:19]} UTC)"


def clock(text: str, zone: str) -> str:
    """A site-local ISO date and time as dd-MMM-yyyy HH:MM with the zone's name on that day."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    seconds = f":{moment:%S}" if moment.second else ""
    return f"{dated(text[:10])} {moment:%H:%M}{seconds} {moment.replace(tzinfo=_zone(zone)).tzname()}"


def read_value(source: Source, study: Study, item: Item | None, value: Written, zone: str, unit: bool = True) -> str:
    """A value as a document prints it: `120 mmHg`, `Female (F)`, `Not done`, `blank` is left to the caller."""
    if value is None:
        return ""
    if isinstance(value, dict):
        reason = missing_reason(value)
        return f"MISSING: {study.file.missing_reasons.get(reason, reason)}"
    if isinstance(value, list):
        words = decode(study, item, value)
        pairs = zip(value, words.split(";"), strict=False)
        return "\n".join(f"{word} ({code})" if word != code else code for code, word in pairs) or plain(value)
    if item is None:
        return value
    words = decode(study, item, value)
    if words:
        return f"{words} ({value})" if words != value else value
    if item.type in ("date", "partialDate"):
        return dated(value)
    if item.type == "datetime":
        return clock(value, zone)
    if item.type == "person":
        name = source.person(value)
        return f"{name} ({value})" if name != value else value
    return f"{value} {item.unit}" if unit and item.unit else value


def in_words(source: Source, study: Study, item: Item, value: Written, zone: str, unit: bool = False) -> str:
    """A value as people say it, on one line: words without their codes, names without user ids."""
    words = decode(study, item, value).replace(";", ", ")
    if words:
        return words
    if item.type == "person" and isinstance(value, str):
        return source.person(value)
    return read_value(source, study, item, value, zone, unit).replace("\n", ", ")


def seen(source: Source, form: Form, item: str) -> bool:
    """Whether this source may show the item: its own class, its group's and its form's, the strictest of them."""
    if form.visibility not in source.visibility or source.hides(form.oid):
        return False
    found = form.items.get(item)
    if found is None:
        return True
    group = form.groups[form.group_of[item]]
    if found.visibility not in source.visibility or group.visibility not in source.visibility:
        return False
    return not found.identifier or "identifier" in source.visibility


def row_order(form: Form, group: str, row: str) -> tuple[int, int, str]:
    """The place of a row among its group: timepoints in the order of the form, numbered rows by number."""
    points = form.groups[group].timepoints if group in form.groups else None
    name, _, repeat = row.partition(".")
    number = int(repeat) if repeat.isdigit() else 0
    if points is not None:
        return (list(points).index(name) if name in points else len(points), number, row)
    return (int(name) if name.isdigit() else 10**9, number, row)


def row_label(form: Form, group: str, row: str) -> str:
    """What a row is called: the timepoint's label with its repeat, or the row's number."""
    points = form.groups[group].timepoints if group in form.groups else None
    name, _, repeat = row.partition(".")
    if points is not None and name in points:
        return f"{points[name].label} {repeat}".strip()
    return row
