"""Texts about a study as tables and lists that a screen reader reads, with links between the parts of the page."""

from __future__ import annotations

import re

import streamlit as st

from trialkit.export.web.markup import Markup

_LINK = re.compile(r'href="#([a-z]+)-([^"]*)"')
_ID = re.compile(r' id="[^"]*"')
_PARTS = {
    "form": "part=forms&form={}", "group": "part=forms&form={}", "item": "part=forms&form={}&as=detail",
    "check": "part=checks&check={}", "list": "part=lists&list={}", "event": "part=schedule",
    "parameter": "part=limits", "table": "part=limits",
}  # fmt: skip


def show(text: Markup | None, version: str) -> None:
    """Put it on the page; links lead to the same version of the study."""
    if not text:
        return

    def there(found: re.Match[str]) -> str:
        kind, name = found[1], found[2] if found[1] == "check" else found[2].partition("-")[0]
        return f'href="/study?version={version[:12]}&{_PARTS[kind].format(name)}"'

    # ids are names of the document for which the text was made; here they could be twice
    st.html(f'<div class="tk">{_ID.sub("", _LINK.sub(there, text))}</div>')
