"""What a browser of ours would never say: presses of buttons that were not shown, pages that the role does not have.

It gets nothing, and it is written down as a refused attempt. Only presses count: the other states of widgets are said
again by an honest browser that comes back after its line broke.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from streamlit.proto.BackMsg_pb2 import BackMsg

from apps import menu
from apps.door.notes import Notes
from apps.door.sessions import Session
from trialkit.access.identity import Identity

T = TypeVar("T")

AGAIN = timedelta(minutes=1)
"""The same attempt of the same session is written down once in this time."""
MOST_SHOWN, MOST_SESSIONS = 50_000, 1_000
_NAME = re.compile(rb"\$\$ID-([0-9a-f]{16,128})")
_SAID = ("rerun_script", "stop_script", "app_heartbeat", "load_git_info", "file_urls_request", "dataframe_chunk",
         "deferred_file")  # fmt: skip
_PRESSES = ("trigger_value", "string_trigger_value", "json_trigger_value", "chat_input_value")


@dataclass
class _Seen:
    """Of one session: the widgets that were sent to it, its screens by their numbers, what was written down when."""

    shown: set[bytes] = field(default_factory=set)
    screens: set[str] = field(default_factory=set)
    told: dict[str, datetime] = field(default_factory=dict)


def link(notes: Notes[T], name: str, session: Session, attempts: Attempts, of: str) -> None:
    """Write it down if somebody followed the link of another session: `of` a file, a signing page, an approval."""
    if notes.foreign(name, session.hash):
        why = f"{session.identity.name} followed a link to {of} that was made for another session."
        attempts.write_down(session, "page.link", why)


class Attempts:
    """Looks over what goes to each session and what comes back.

    `tell` writes an attempt down: session, act, why. `signs`: whether the study lets a person sign anything.
    """

    def __init__(
        self,
        tell: Callable[[Session, str, str], None],
        clock: Callable[[], datetime],
        signs: Callable[[Identity], bool],
    ) -> None:
        self._tell = tell
        self._clock = clock
        self._signs = signs
        self._seen: dict[str, _Seen] = {}
        self._mutex = threading.Lock()

    def sent(self, session: Session, data: bytes) -> None:
        """This goes to the browser of the session."""
        shown = self._of(session).shown
        if len(shown) < MOST_SHOWN:
            shown.update(_NAME.findall(data))

    def begun(self, session: Session, screens: str) -> None:
        """Screens of this number were begun by the session."""
        self._of(session).screens.add(screens)

    def has(self, session: Session, screens: str) -> bool:
        """Whether the screens of this number are the session's own; so are those that have none yet."""
        return not screens or screens in self._of(session).screens

    def forged(self, session: Session, said: BackMsg) -> str:
        """What a message tries that our pages never say, so that it must not reach the screens; or nothing."""
        kind: str | None = said.WhichOneof("type")
        if kind == "backend_operation_request":
            kind = said.backend_operation_request.WhichOneof("payload")
        if kind is not None and kind not in _SAID:
            return f"sent a message that the screens never send: {kind}"
        shown = self._of(session).shown
        if len(shown) < MOST_SHOWN and any(name not in shown for name in _pressed(said)):
            return "pressed a button that was not shown"
        return ""

    def page(self, session: Session, said: BackMsg) -> str:
        """The title of a page that the message asks for and the role does not have, or nothing."""
        run, who = said.rerun_script, session.identity
        return menu.withheld(who.role, run.page_name, run.page_script_hash, lambda: self._signs(who))

    def write_down(self, session: Session, act: str, why: str) -> None:
        """Write an attempt down, unless the same was a moment ago."""
        told, now = self._of(session).told, self._clock()
        with self._mutex:
            if why in told and now - told[why] < AGAIN:
                return
            told[why] = now
        self._tell(session, act, why)

    def _of(self, session: Session) -> _Seen:
        with self._mutex:
            found = self._seen.pop(session.hash, None) or _Seen()
            while len(self._seen) >= MOST_SESSIONS:  # those that were not heard of for longest go
                self._seen.pop(next(iter(self._seen)))
            self._seen[session.hash] = found
            return found


def _pressed(said: BackMsg) -> Iterator[bytes]:
    for one in said.rerun_script.widget_states.widgets:
        if one.WhichOneof("value") in _PRESSES:
            name = _NAME.match(one.id.encode())
            yield name[1] if name else one.id.encode()
