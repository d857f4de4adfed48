"""The entry: the door in front of the screens. `trialkit serve` starts it, and so does `streamlit run` on this file."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:
    sys.path.insert(0, str(HERE.parent))

import streamlit as st  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402
from streamlit.commands import navigation  # noqa: E402
from streamlit.proto.NewSession_pb2 import CustomThemeConfig  # noqa: E402
from streamlit.runtime import app_session  # noqa: E402
from streamlit.runtime.pages_manager import PagesManager  # noqa: E402

from apps.door import download, factor, opened, provider, second, signin, signing  # noqa: E402
from apps.door.gate import Gate  # noqa: E402

# Streamlit would take the folder pages/ for a menu of its own until the first st.navigation of the process: whoever
# came first to a server that just started, by the address of a page, would get that page without the screens around it.
PagesManager.uses_pages_directory = False


def _astray(ctx: object) -> None:
    """Nobody gets Streamlit's box on a page that it does not find: the screens say it in our words."""
    st.session_state["astray"] = True


navigation.send_page_not_found = _astray


@cache
def _theme(section: str) -> CustomThemeConfig:
    made = CustomThemeConfig()
    _populate_theme_msg(made, section)
    return made


def _themed(msg: CustomThemeConfig, section: str = "theme") -> None:
    """Fill in the theme as Streamlit does, which reads its settings anew for every answer: they never change."""
    if (made := _theme(section)).ByteSize():
        msg.MergeFrom(made)


_populate_theme_msg = app_session._populate_theme_msg
app_session._populate_theme_msg = _themed


def hosts() -> frozenset[str]:
    """The names under which we are reached: TRIALKIT_HOSTS, or this machine's own with the port that is served."""
    named = os.environ.get("TRIALKIT_HOSTS", "")
    if named:
        return frozenset(name.strip().lower() for name in named.split(","))
    port = st.get_option("server.port")
    return frozenset(f"{name}:{port}" for name in ("localhost", "127.0.0.1", "[::1]"))


app = st.App(
    HERE / "screens.py",
    routes=[*signin.ROUTES, *signing.ROUTES, *second.ROUTES, *factor.ROUTES, *provider.routes(), *download.ROUTES],
    middleware=[Middleware(Gate, sessions=opened.sessions, hosts=hosts, attempts=opened.attempts)],
)
