"""The header of an entry: who, when, where, which act; nothing typed freely, nothing blinded, nothing identifying.

Written once as canonical JSON and kept as those bytes; absent fields are left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from trialkit.errors import Broken, WrongFile, WrongValue
from trialkit.ledger import canonical
from trialkit.ledger.entry import Actor, Draft, Place

VERSION = 1
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
_TIME_PATTERN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Header:
    """A header as read. `at` is server UTC, `skew` microseconds by which the clock had stepped back, if it had.

    `stream_no` is the version of the stream after this entry; `subject_no` counts its subject's, 0: it has none.
    """

    seq: int
    at: str
    actor: Actor
    act: str
    place: Place
    stream: str
    stream_no: int
    subject_no: int
    changes: int
    origin: Mapping[str, object]
    study: str
    software: str
    happened: str | None = None
    reason: str | None = None
    request: str | None = None
    skew: str | None = None
    target: tuple[int, tuple[int, ...]] | None = None


def stamp(now: datetime, last_at: str | None) -> tuple[str, str | None]:
    """`(at, skew)` for the next entry: never before the last one; a clock that stepped back is stated in microseconds.

    Raises WrongValue for a time without its zone.
    """
    if now.tzinfo is None:
        raise WrongValue("the clock gave a time without a zone", "the server's clock is UTC")
    at = now.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"
    if last_at is None or at >= last_at:
        return at, None
    back = moment(last_at) - moment(at)
    return last_at, str(back // timedelta(microseconds=1))


def moment(at: str) -> datetime:
    """The time of a header's `at`. Raises Broken when it is not one."""
    try:
        if not _TIME_PATTERN.fullmatch(at):
            raise ValueError(at)
        return datetime.strptime(at, _TIME).replace(tzinfo=UTC)
    except ValueError as error:
        raise Broken(f"{at!r} is not a time of the ledger", "", table="entry", field="header.at") from error


def header(
    draft: Draft,
    *,
    seq: int,
    at: str,
    stream_no: int,
    subject_no: int,
    software: str,
    skew: str | None = None,
    request: str | None = None,
) -> bytes:
    """The header bytes of a draft that has got its numbers and its time. `request` replaces the draft's own.

    Raises WrongValue when a field has no canonical form.
    """
    actor, place = draft.actor, draft.place
    said: dict[str, object] = {
        "v": VERSION,
        "seq": seq,
        "at": at,
        "actor": {"id": actor.id, "name": actor.name, "org": actor.organisation, "role": actor.role},
        "act": draft.act,
        "changes": len(draft.changes),
        "origin": dict(draft.origin),
        "software": software,
        "stream": draft.stream,
        "stream_no": stream_no,
        "study": draft.study,
        "subject_no": subject_no,
    }
    where: dict[str, object] = {}
    if place.site:
        where["site"] = place.site
    if place.subject:
        where["subject"] = place.subject
    if place.event:
        where["event"] = place.event
        where["event_repeat"] = place.event_repeat
    if place.form:
        where["form"] = place.form
        where["form_repeat"] = place.form_repeat
    if where:
        said["place"] = where
    if skew is not None:
        said["skew"] = skew
    if draft.happened_at is not None:
        said["happened"] = draft.happened_at
    if draft.reason is not None:
        said["reason"] = draft.reason
    if request is not None or draft.request is not None:
        said["request"] = draft.request if request is None else request
    if draft.target is not None:
        said["target"] = [draft.target[0], list(draft.target[1])]
    return canonical.dumps(said)


def parse(data: bytes, *, strict: bool = False) -> Header:
    """A header from its bytes; `strict` also demands that they are canonical (the signer and verify do).

    Raises Broken when they are no header of this version.
    """
    try:
        said: Any = canonical.loads(data) if strict else orjson.loads(data)
        if said["v"] != VERSION:
            raise Broken(f"a header of version {said['v']}", "newer software wrote it", table="entry", field="header.v")
        actor, where, target = said["actor"], said.get("place") or {}, said.get("target")
        return Header(
            seq=said["seq"],
            at=said["at"],
            actor=Actor(actor["id"], actor["name"], actor["role"], actor["org"]),
            act=said["act"],
            place=Place(
                where.get("site", ""),
                where.get("subject", ""),
                where.get("event", ""),
                where.get("event_repeat", 1),
                where.get("form", ""),
                where.get("form_repeat", 1),
            ),
            stream=said["stream"],
            stream_no=said["stream_no"],
            subject_no=said["subject_no"],
            changes=said["changes"],
            origin=said["origin"],
            study=said["study"],
            software=said["software"],
            happened=said.get("happened"),
            reason=said.get("reason"),
            request=said.get("request"),
            skew=said.get("skew"),
            target=None if target is None else (target[0], tuple(target[1])),
        )
    except (WrongFile, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise Broken(f"not a header: {error}", "its bytes were altered", table="entry", field="header") from error
