"""Moments in lists: where order matters, to the second and with the zone."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from apps import here
from apps.when import Zones

AT = "2026-03-05T13:02:31.250000Z"


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Europe/Vienna", "05-Mar-2026 14:02:31 CET"),
        ("UTC", "05-Mar-2026 13:02:31 UTC"),
        ("America/Sao_Paulo", "05-Mar-2026 10:02:31 UTC-03"),
        ("Asia/Kathmandu", "05-Mar-2026 18:47:31 UTC+0545"),
    ],
)
def test_a_moment_whose_order_matters_names_its_second_and_its_zone(
    zone: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(here, "trial", lambda: SimpleNamespace(zone=lambda _: ZoneInfo(zone)))
    assert Zones().stamp(AT, "01") == said


def test_no_moment_has_no_stamp() -> None:
    assert Zones().stamp("") == ""


def test_days_are_those_of_the_sites_where_these_have_one_clock_and_of_utc_where_they_have_several(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = {"01": "Europe/London", "02": "Australia/Sydney", "03": "Australia/Sydney"}
    monkeypatch.setattr(here, "trial", lambda: SimpleNamespace(zone=lambda site: ZoneInfo(at[site])))
    assert Zones().common(["02", "03"]) == ZoneInfo("Australia/Sydney")
    assert Zones().common(["01", "02"]) is dt.UTC
