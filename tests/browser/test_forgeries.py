"""What was tried to get in, to get more, or to act as another: each a row of docs/forgeries.md, and refused as it says.

A row says what is tried, what comes of it, and whether it leaves an entry.
"""

from __future__ import annotations

import re

import pytest

from tests.browser import forged_addresses, forged_messages, forged_requests
from tests.browser.conftest import ROOT, Served
from tests.browser.forger import TRIED, Forger

DOCS = ROOT / "docs" / "forgeries.md"
ROWS = (forged_requests, forged_addresses, forged_messages)
"""Where the rows stand."""


@pytest.fixture(scope="module")
def forger(served: Served) -> Forger:
    return Forger(served)


@pytest.mark.parametrize("what", TRIED)
def test_it_gets_nothing_and_whoever_tries_it_leaves_an_entry(forger: Forger, what: str) -> None:
    _, entry, how = TRIED[what]
    for user in (entry, "ana", "mo", "ito", "adi"):
        if user:
            forger.cookie(user)
    before = forger.size()
    how(forger)
    assert forger.tried(before) == ({entry} if entry else set())


def test_the_table_says_what_was_tried() -> None:
    rows = re.findall(r"^\| (.*?) \| (.*?) \| (.*?) \|$", DOCS.read_text("utf-8"), re.MULTILINE)[1:]
    assert sorted(rows) == sorted((what, comes, "yes" if entry else "no") for what, (comes, entry, _) in TRIED.items())
    assert {how.__module__ for _, _, how in TRIED.values()} == {room.__name__ for room in ROWS}
