"""Entry: a form drawn from the study."""

from __future__ import annotations

import streamlit as st

st.write("to come")
