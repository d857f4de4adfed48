"""How good the checks are: fired, open, closed with or without anything moved."""

from __future__ import annotations

from tests.conduct.pharmacy import PHARMACY, SOURCE, MakeWard, dosed
from tests.ward import SUBJECT, Ward
from trialkit.access.identity import Identity
from trialkit.conduct.quality import Figures, figures, last_words
from trialkit.conduct.query import CONFORMS, answer, ask, cancel, close


def _figures(ward: Ward, who: Identity | None = None) -> dict[str, Figures]:
    reader = ward.trial.reader(who or ward.dee)
    return {one.check: one for one in figures(reader, reader.asked(subject=SUBJECT))}


def _settled(ward: Ward, check: str) -> None:
    [one] = [one for one in ward.trial.reader(ward.dee).asked(subject=SUBJECT, status="OPEN") if one.check == check]
    answer(ward.trial, ward.ana, one.query.stream, "The scale was looked at again.")
    close(ward.trial, ward.dee, one.query.stream, "Seen and settled.")


def test_a_query_that_is_open_counts_as_open_and_nothing_else(ward: Ward) -> None:
    ward.save("V1", "VS", {"WEIGHT": "151.0"})
    assert _figures(ward)["W01"] == Figures("W01", fired=1, open=1)


def test_closed_with_the_value_as_it_was_is_unchanged(ward: Ward) -> None:
    ward.save("V1", "VS", {"WEIGHT": "151.0", "SYSBP": "120"})
    ward.save("V1", "VS", {"SYSBP": "121"}, reason=SOURCE)  # another value does not count
    _settled(ward, "W01")
    found = _figures(ward)["W01"]
    assert (found.unchanged, found.changed, found.useless) == (1, 0, 100)


def test_a_value_that_was_moved_in_between_is_changed(ward: Ward) -> None:
    ward.save("V1", "VS", {"WEIGHT": "151.0"})
    ward.save("V1", "VS", {"WEIGHT": "152.0"}, reason=SOURCE)
    _settled(ward, "W01")
    found = _figures(ward)["W01"]
    assert (found.unchanged, found.changed, found.useless) == (0, 1, 0)


def test_what_closed_by_itself_because_the_data_conform_was_changed(ward: Ward) -> None:
    ward.save("V1", "VS", {"WEIGHT": "151.0"})
    ward.save("V1", "VS", {"WEIGHT": "80.0"}, reason=SOURCE)
    [one] = ward.trial.reader(ward.dee).asked(subject=SUBJECT, status="CLOSED")
    assert last_words(one) == CONFORMS
    assert _figures(ward)["W01"] == Figures("W01", fired=1, changed=1)


def test_a_query_on_the_whole_form_is_changed_by_any_value_of_it(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120"})
    ask(ward.trial, ward.dee, ward.place("V1", "VS"), "-", "Is this the right visit?")
    _settled(ward, "MANUAL")
    assert _figures(ward)["MANUAL"].unchanged == 1
    ask(ward.trial, ward.dee, ward.place("V1", "VS"), "-", "And is this the right subject?")
    ward.save("V1", "VS", {"DIABP": "80"})
    _settled(ward, "MANUAL")
    assert (_figures(ward)["MANUAL"].unchanged, _figures(ward)["MANUAL"].changed) == (1, 1)


def test_those_that_change_least_come_first(ward: Ward) -> None:
    ward.save("V1", "VS", {"WEIGHT": "151.0", "SYSBP": "150"})
    ward.save("V1", "VS", {"SYSBP": "120"}, reason=SOURCE)
    _settled(ward, "W01")
    assert next(iter(_figures(ward))) == "W01"


def test_a_check_on_masked_values_has_no_figures_for_who_may_not_see_them(make_ward: MakeWard) -> None:
    ward = make_ward(**PHARMACY)
    dosed(ward)
    assert _figures(ward, ward.uma)["D01"].fired == 1  # the control
    for blinded in (ward.ana, ward.mo, ward.dee, ward.ines):
        assert "D01" not in _figures(ward, blinded)


def test_a_question_that_was_taken_back_is_neither_changed_nor_unchanged(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120"})
    asked = ask(ward.trial, ward.mo, ward.place("V1", "VS"), "SYSBP", "Is this the first reading?")
    cancel(ward.trial, ward.mo, asked.stream, "Asked about the wrong subject.")
    assert _figures(ward)["MANUAL"] == Figures("MANUAL", fired=1)
