"""What raised a query: the check in words and the values that it reads, as far as somebody may see them."""

from __future__ import annotations

from tests.conduct.pharmacy import PHARMACY, MakeWard, dosed
from tests.ward import SUBJECT, Ward
from trialkit.conduct.cause import Cause, cause
from trialkit.conduct.query import ask


def _why(ward: Ward, check: str) -> Cause:
    [one] = [one for one in ward.trial.reader(ward.mo).asked(subject=SUBJECT) if one.check == check]
    return cause(ward.trial, ward.mo, one.query)


def _read(why: Cause) -> dict[str, object]:
    return {f"{read.place.form}.{read.path}": read.written for read in why.reads}


def test_a_query_shows_its_rule_and_the_value_it_asks_about(ward: Ward) -> None:
    ward.save("V1", "VS", {"WEIGHT": "151.0", "SYSBP": "120"})
    why = _why(ward, "W01")
    assert (why.rule, why.severity) == ("finding: WEIGHT > 150", "query")
    assert _read(why) == {"VS.WEIGHT": "151.0"}


def test_values_of_other_forms_that_the_check_reads_are_shown_as_they_stand_now(ward: Ward) -> None:
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-01"})
    ward.save("LOG", "AE", {"AETERM": "Headache", "AESTDAT": "2026-01-15"})
    assert _read(_why(ward, "A14")) == {"AE.AESTDAT": "2026-01-15", "IC.ICDAT": "2026-02-01"}


def test_of_a_grid_the_row_that_is_asked_about_is_shown_alone(ward: Ward) -> None:
    ward.save("V2", "GRID", {"READING[PRE].RSYS": "110", "READING[T5].RSYS": "171"})
    assert _read(_why(ward, "T03")) == {"GRID.READING[T5].RSYS": "171"}


def test_a_query_by_a_person_shows_the_value_alone_and_no_rule(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120", "DIABP": "80"})
    ask(ward.trial, ward.mo, ward.place("V1", "VS"), "SYSBP", "Does the chart say 120?")
    why = _why(ward, "MANUAL")
    assert (why.title, why.rule, _read(why)) == ("Asked by a person", "", {"VS.SYSBP": "120"})


def test_a_check_that_every_form_has_is_named_in_words(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "150"})
    [one] = ward.trial.reader(ward.mo).asked(subject=SUBJECT)
    why = cause(ward.trial, ward.mo, one.query)
    assert why.title not in ("", "Asked by a person")
    assert _read(why) == {"VS.SYSBP": "150"}


def test_a_masked_value_is_no_part_of_a_cause_for_who_may_not_see_it(make_ward: MakeWard) -> None:
    ward = make_ward(**PHARMACY)
    dosed(ward)
    [query] = [one for one in ward.trial.everything().queries(subject=SUBJECT) if one.values["check"] == "D01"]
    assert _read(cause(ward.trial, ward.uma, query)) == {"DOSE.DOSEMG": "66.5"}  # the control: Uma sees it
    assert _read(cause(ward.trial, ward.ana, query)) == {}
    assert _read(cause(ward.trial, ward.mo, query)) == {}
