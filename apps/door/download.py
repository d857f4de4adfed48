"""Files that leave: each asked for by the person it was made for, only in the session in which it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from apps.door import attempts, opened
from apps.door.gate import session_of
from apps.door.html import bad, page
from apps.door.notes import Notes

LASTS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class File:
    """A file that was made: its name, kind and bytes."""

    name: str
    kind: str
    content: bytes


@cache
def to_fetch() -> Notes[File]:
    """What waits to be fetched."""
    return opened.notes(LASTS, most=200, own=5)


async def fetch(request: Request) -> Response:
    """GET /download/<name>."""
    session, name = session_of(request.scope), request.path_params["name"]
    found = to_fetch().of(name, session.hash)
    if found is None:
        await run_in_threadpool(attempts.link, to_fetch(), name, session, opened.attempts(), "a file")
        sentence = "There is no such file for you any more."
        return page("Download", bad(sentence, "A file waits ten minutes for who made it: make it anew."), status=410)
    named = f"attachment; filename*=UTF-8''{quote(found.name)}"
    return Response(found.content, media_type=found.kind, headers={"Content-Disposition": named})


ROUTES = [Route("/download/{name}", fetch, methods=["GET"])]
