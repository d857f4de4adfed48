"""The screens: who is there, what pages they have, and the one they chose."""

from __future__ import annotations

import streamlit as st

from apps.door import opened
from apps.door.gate import COOKIE

session = opened.sessions().of(st.context.cookies.get(COOKIE, ""))
st.write("hello", session.identity.name if session else "nobody")
st.text_input("x")
