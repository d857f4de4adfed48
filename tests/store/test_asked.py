"""The board of queries lists the oldest of those in sight, however many others there are."""

from __future__ import annotations

from dataclasses import replace

from tests.cast import MO
from tests.fixtures_store import Made
from tests.store.drafts import EVERYTHING, VITALS
from trialkit.ledger.entry import Change, Draft, Visibility
from trialkit.store.asked import MOST
from trialkit.store.sight import Sight


def _question(number: int, site: str, check: str = "MANUAL", visibility: Visibility = "open") -> Draft:
    place = replace(VITALS, site=site, subject=f"{site}-001")
    changes = (
        Change("@status", None, "OPEN"), Change("item", None, "PULSE"), Change("check", None, check),
        Change("text", None, "Is this right?", visibility),
    )  # fmt: skip
    stream = f"query/{place.record.removeprefix('record/')}/{check}/PULSE/{number}"
    return Draft("query.open", MO, stream, changes, place, expected=0)


def test_what_is_out_of_sight_takes_no_place_among_the_most_that_are_listed(made: Made) -> None:
    half = MOST // 2
    made.store.append([_question(n, "02") for n in range(half)])
    made.store.append([_question(n, "01", "D07") for n in range(half)])
    made.store.append([_question(1, "01", "K06", "unblinded"), _question(1, "01"), _question(half, "02")])
    assert len(made.store.read(EVERYTHING).asked()) == MOST
    north = Sight(frozenset({"01"}), frozenset({"open"}), untold=frozenset({"D07"}))
    [one] = made.store.read(north).asked()
    assert (one.check, one.place.site) == ("MANUAL", "01")
    [stream] = [stream for stream, _, _ in made.store.read(north).open_queries(["01-001", "02-001"])]
    assert one.query.stream == stream
    assert made.store.read(replace(north, forms=frozenset({"AE"}))).asked() == []
    assert made.store.read(replace(north, subjects=frozenset({"02-001"}))).asked() == []
