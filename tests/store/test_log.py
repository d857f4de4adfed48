"""One page of the change log: newest first, by any filter, page after page; never more than the sight lets through."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.cast import ANA, MO
from tests.fixtures_store import Made
from tests.store.drafts import EVERYTHING, VITALS, save
from trialkit.ledger.entry import Change, Draft, Place
from trialkit.store import log
from trialkit.store.log import Wanted
from trialkit.store.record import EntryView
from trialkit.store.sight import Sight

AWAY = Place("02", "02-001", "V1", 1, "VS", 1)
NORTH = Sight(frozenset({"01"}), frozenset({"open", "identifier"}), person="ana")


def _look(made: Made, sight: Sight = EVERYTHING, **wanted: object) -> list[EntryView]:
    return list(made.store.read(sight).look(Wanted(**wanted)).entries)  # type: ignore[arg-type]


@pytest.fixture
def day(made: Made) -> Made:
    """A save at each of two sites, a query that Mo asks, and a correction with its reason."""
    made.store.append([save({"PULSE": "61", "TEMP": "36"})])
    made.store.append([save({"PULSE": "90"}, place=AWAY)])
    asked = (Change("@status", None, "OPEN"), Change("item", None, "PULSE"), Change("text", None, "Really 61?"))
    made.store.append([Draft("query.open", MO, "query/01-001/V1.1/VS.1/MANUAL/PULSE/1", asked, VITALS)])
    why = Change("@reason", None, "The chart says 62")
    again = Draft(
        "record.correct", ANA, VITALS.record, (Change("PULSE", "61", "62"), why), VITALS, reason="SOURCE",
    )  # fmt: skip
    made.store.append([again])
    return made


def test_newest_first(day: Made) -> None:
    acts = [one.act for one in _look(day)]
    assert acts[:4] == ["record.correct", "query.open", "record.save", "record.save"]


@pytest.mark.parametrize(
    ("wanted", "acts"),
    [
        ({"person": "mo"}, ["query.open"]),
        ({"role": "monitor"}, ["query.open"]),
        ({"site": "02"}, ["record.save"]),
        ({"subject": "01-001"}, ["record.correct", "query.open", "record.save"]),
        ({"acts": ("query.",)}, ["query.open"]),
        ({"acts": ("record.save",), "site": "01"}, ["record.save"]),
        ({"item": "TEMP"}, ["record.save"]),
        ({"item": "PULSE", "subject": "01-001"}, ["record.correct", "record.save"]),
        ({"reason": "SOURCE"}, ["record.correct"]),
        ({"reason": "CHART SAYS"}, ["record.correct"]),
        ({"reason": "nobody said this"}, []),
        ({"form": "VS", "person": "nobody"}, []),
        ({"item": "PULS"}, []),
    ],
)
def test_every_filter_leaves_what_fits_and_nothing_else(day: Made, wanted: dict[str, object], acts: list[str]) -> None:
    assert [one.act for one in _look(day, **wanted) if one.place.subject] == acts


def test_pages_follow_each_other_without_a_gap_or_a_double(day: Made) -> None:
    for number in range(30):
        day.store.append([save({"PULSE": str(60 + number)}, place=replace(VITALS, event="V2", form_repeat=number + 1))])
    reader, before, seen = day.store.read(EVERYTHING), None, list[int]()
    while True:
        look = reader.look(Wanted(before=before, most=7))
        seen += [one.seq for one in look.entries]
        before = look.next
        if before is None:
            break
    assert seen == sorted(set(seen), reverse=True)
    assert seen == [one.seq for one in _look(day, most=500)]


def test_a_look_stops_after_so_many_headers_and_says_where_to_go_on(day: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "MOST", 2)
    reader = day.store.read(EVERYTHING)
    look = reader.look(Wanted(site="02"))
    assert (look.entries, look.passed) == ((), 2)
    assert look.next is not None
    found = reader.look(Wanted(site="02", before=look.next))
    assert [one.place.site for one in found.entries] == ["02"]


def test_acts_that_are_left_out_are_not_there(day: Made) -> None:
    assert {one.act for one in _look(day, but=("query.", "record.correct"))} == {one.act for one in _look(day)} - {
        "query.open", "record.correct",
    }  # fmt: skip


def test_moments_bound_it_and_how_many_entries_there_were_is_told(day: Made) -> None:
    every = _look(day)
    middle = every[2].recorded_at
    assert [one.seq for one in _look(day, since=middle)] == [one.seq for one in every[:3]]
    assert [one.seq for one in _look(day, until=middle)] == [one.seq for one in every[2:]]
    reader = day.store.read(EVERYTHING)
    assert reader.size_at(middle) == every[2].seq + 1
    assert reader.size_at("2000-01-01T00:00:00.000000Z") == 0
    assert reader.size_at("2999-01-01T00:00:00.000000Z") == day.store.size


def test_another_site_is_not_in_the_log(day: Made) -> None:
    assert {one.place.site for one in _look(day) if one.place.site} == {"01", "02"}  # the control
    assert {one.place.site for one in _look(day, NORTH) if one.place.site} == {"01"}
    assert _look(day, NORTH, subject="02-001") == []


def test_an_entry_that_says_nothing_but_what_is_masked_is_not_there(made: Made) -> None:
    open_too = Change("PULSE", None, "61")
    masked = Change("DOSEMG", None, "40.5", "unblinded")
    made.store.append([Draft("record.save", ANA, VITALS.record, (masked,), VITALS)])
    both = replace(VITALS, event="V2")
    made.store.append([Draft("record.save", ANA, both.record, (open_too, masked), both)])
    assert len(_look(made, acts=("record.save",))) == 2  # the control
    [one] = _look(made, NORTH, acts=("record.save",))
    assert [part.change.item for part in one.changes] == ["PULSE"]
    assert _look(made, NORTH, item="DOSEMG") == []


def test_a_query_whose_words_are_masked_is_not_there_in_any_of_its_acts(made: Made) -> None:
    stream = "query/01-001/V1.1/VS.1/D01/DOSEMG/1"
    asked = (Change("@status", None, "OPEN"), Change("text", None, "Really 40.5 mg?", "unblinded"))
    made.store.append([Draft("query.open", MO, stream, asked, VITALS)])
    said = (Change("@status", "OPEN", "CLOSED"), Change("thread[1]", None, "It conforms", "unblinded"))
    made.store.append([Draft("query.close", MO, stream, said, VITALS)])
    assert len(_look(made, acts=("query.",))) == 2  # the control
    assert _look(made, NORTH, acts=("query.",)) == []
    assert list(made.store.read(NORTH).queries()) == []
    assert len(list(made.store.read(EVERYTHING).queries())) == 1


def test_after_an_entry_only_newer_ones_are_looked_at(day: Made) -> None:
    asked = next(one for one in _look(day) if one.act == "query.open")
    assert [one.act for one in _look(day, after=asked.seq)] == ["record.correct"]
    assert [one.act for one in _look(day, after=asked.seq - 1, before=asked.seq + 1)] == ["query.open"]
