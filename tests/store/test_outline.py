"""How many forms stand, at a glance: states without values, and no count of what is out of sight."""

from __future__ import annotations

from tests.access.staff import acting
from tests.conduct.pharmacy import PHARMACY, SOURCE, MakeWard, dosed, give
from tests.ward import SUBJECT, Ward
from trialkit.conduct.query import answer, ask
from trialkit.conduct.review import Shown, freeze, lock, review, verify
from trialkit.store.log import Wanted
from trialkit.store.outline import Outline

_ALL = Wanted(most=500)


def _outlines(ward: Ward) -> dict[str, Outline]:
    found = ward.trial.reader(ward.ana).outlines([SUBJECT])
    return {f"{one.place.event}.{one.place.form}": one for one in found}


def _shown(ward: Ward, event: str, form: str, *items: str) -> list[Shown]:
    place = ward.place(event, form)
    return [Shown(place, ward.version(place), items)]


def test_each_form_tells_its_state_and_no_value(ward: Ward) -> None:
    ward.save("V1", "DM", {"SEX": "F", "BRTHDAT": "1980"}, submit=True)
    ward.save("V1", "VS", {"SYSBP": "120"})
    lock(ward.trial, ward.dee, _shown(ward, "V1", "DM"))
    verify(ward.trial, ward.mo, _shown(ward, "V1", "VS"))
    found = _outlines(ward)
    assert (found["V1.DM"].locked, found["V1.DM"].status, found["V1.DM"].verified) == (True, "COMPLETE", False)
    assert (found["V1.VS"].locked, found["V1.VS"].verified, found["V1.VS"].dropped) == (False, True, False)
    assert "1980" not in repr(found)
    ward.save("V1", "VS", {"SYSBP": "121"}, reason=SOURCE)
    freeze(ward.trial, ward.mo, _shown(ward, "V1", "VS"))
    assert (_outlines(ward)["V1.VS"].dropped, _outlines(ward)["V1.VS"].frozen) == (True, True)


def test_a_value_that_reads_like_a_mark_is_none(ward: Ward) -> None:
    for term in ("DROPPED", "@verified[AETERM]", '"@verified[', '"@reviewed[x]":"DROPPED"', '{"@locked":"Y"}'):
        version = ward.version(ward.place("LOG", "AE"))
        ward.save("LOG", "AE", {"AETERM": term}, reason=SOURCE if version else None)
        found = _outlines(ward)["LOG.AE"]
        assert (found.dropped, found.verified, found.locked, found.frozen, found.inactive) == (False,) * 5, term
    review(ward.trial, ward.dee, _shown(ward, "LOG", "AE"))
    assert not _outlines(ward)["LOG.AE"].dropped
    ward.save("LOG", "AE", {"AETERM": "Headache"}, reason=SOURCE)
    assert (_outlines(ward)["LOG.AE"].dropped, _outlines(ward)["LOG.AE"].verified) == (True, False)  # the control


def test_open_queries_are_those_that_are_not_closed(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120"})
    asked = ask(ward.trial, ward.mo, ward.place("V1", "VS"), "SYSBP", "Does the chart say 120?")
    reader = ward.trial.reader(ward.ana)
    [(stream, place, status)] = reader.open_queries([SUBJECT])
    assert (place.form, status) == ("VS", "OPEN")
    answer(ward.trial, ward.ana, stream, "Yes, it does say 120.")
    assert [status for _, _, status in reader.open_queries([SUBJECT])] == ["ANSWERED"]
    assert reader.open_queries(["01-0009"]) == []
    assert asked.version == 1


def test_who_works_elsewhere_counts_nothing(ward: Ward) -> None:
    ward.save("V1", "VS", {"WEIGHT": "151.0"})
    reader = ward.trial.reader(acting("coordinator", sites=frozenset({"02"})))
    assert (reader.outlines([SUBJECT]), reader.open_queries([SUBJECT])) == ([], [])
    assert len(ward.trial.reader(ward.ana).open_queries([SUBJECT])) == 1  # the control


def test_a_masked_query_is_in_no_count_and_a_masked_mark_in_no_state_of_who_is_blinded(make_ward: MakeWard) -> None:
    ward = make_ward(**PHARMACY)
    dosed(ward)
    mona = acting("monitor", unblinded=True, person=("mona", "Mona Ek"))
    verify(ward.trial, mona, _shown(ward, "V2", "DOSE", "DOSEMG"))
    give(ward, "61.5", reason=SOURCE)
    assert len(ward.trial.reader(ward.uma).open_queries([SUBJECT])) == 1  # the control
    assert [one.check for one in ward.trial.reader(ward.uma).asked(subject=SUBJECT)] == ["D01"]
    for blinded in (ward.ana, ward.mo, ward.dee, ward.ines):
        reader = ward.trial.reader(blinded)
        assert (reader.open_queries([SUBJECT]), reader.asked(subject=SUBJECT)) == ([], [])
        assert not any(one.dropped for one in reader.outlines([SUBJECT]))
    give(ward, "50.0", reason=SOURCE)  # it conforms now
    assert [one.query.status for one in ward.trial.reader(ward.uma).asked(subject=SUBJECT)] == ["CLOSED"]
    for blinded in (ward.ana, ward.mo, ward.dee, ward.ines):
        assert not any("D01" in one.stream for one in ward.trial.reader(blinded).look(_ALL).entries)
    assert sum("D01" in one.stream for one in ward.trial.reader(ward.uma).look(_ALL).entries) == 2
