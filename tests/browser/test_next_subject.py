"""From a subject of which nothing waits any more to the next one: a tap, on the pages that go through many subjects."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from apps.request import MOVED
from tests.browser.conftest import settled
from tests.browser.hands import search


def test_the_next_subject_where_something_waits_is_one_tap_away_on_review_and_sign(
    signed_in: Callable[..., Page],
) -> None:
    for name, page, said in (
        ("Mo Haddad", "/review", "Complete, no value verified yet"),
        ("Dr Kenji Ito", "/sign", "Waiting for your signature"),
    ):  # fmt: skip
        who = signed_in(name, at=f"{page}?subject=01-0011")
        told = who.get_by_text(re.compile(rf"^{said}: \d+ forms? of \d+ subjects?\.$"))
        expect(told).to_be_visible()
        stood = who.get_by_role("combobox", name="Subject").input_value()
        assert stood == "01-0011"
        seen = [stood]
        for _ in range(2):
            way = who.get_by_role("button", name=re.compile(r"Next: \d\d-\d{4}, \d+ forms?$"))
            [to] = re.findall(r"\d\d-\d{4}", way.inner_text())
            who.wait_for_timeout(1000 * MOVED)
            way.dblclick()
            expect(who.get_by_role("combobox", name="Subject")).to_have_value(to)
            settled(who)
            seen.append(to)
        assert len(set(seen)) == 3
        who.reload()  # the address names the one that is shown
        settled(who)
        expect(who.get_by_role("combobox", name="Subject")).to_have_value(seen[-1])
        search(who, "Subject", "01-0012")  # who is chosen by hand is shown, too
        expect(who.get_by_role("combobox", name="Subject")).to_have_value("01-0012")
