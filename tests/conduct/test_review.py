"""Verified, reviewed, frozen, locked: marks stand on what was shown, fall with it, and close a form for good."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import pytest

from tests.access.staff import acting
from tests.conduct.pharmacy import PHARMACY, MakeWard, dosed
from tests.ward import Ward
from trialkit.access.identity import system
from trialkit.conduct import query
from trialkit.conduct.capture import inactivate
from trialkit.conduct.reason import Reason
from trialkit.conduct.review import Shown, freeze, lock, review, thaw, unlock, unverify, verify
from trialkit.errors import OutOfOrder, Refused, StaleRecord, WrongValue
from trialkit.ledger.entry import Draft

SOURCE = Reason("SOURCE", "the chart of the ward says otherwise")


def _shown(ward: Ward, *items: str, form: str = "VS") -> Shown:
    place = ward.place("V1", form)
    return Shown(place, ward.version(place), items)


def _entered(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "128", "DIABP": "80", "VSDAT": "2026-02-23"})


def _with_unblinded_data_managers(make_ward: MakeWard) -> Ward:
    sees = "  datamanager:\n    title: datamanager\n    sees: [open"
    return make_ward(study=PHARMACY["study"].replace(sees, f"{sees}, unblinded"), dose=PHARMACY["dose"])


def test_mo_verifies_what_was_shown_item_by_item(ward: Ward) -> None:
    _entered(ward)
    verify(ward.trial, ward.mo, [_shown(ward, "SYSBP")])
    assert ward.values("V1", "VS")["@verified[SYSBP]"] == "Y"
    assert "@verified[DIABP]" not in ward.values("V1", "VS")


def test_without_items_everything_answered_is_verified(ward: Ward) -> None:
    _entered(ward)
    verify(ward.trial, ward.mo, [_shown(ward)])
    marks = {path for path in ward.values("V1", "VS") if path.startswith("@verified[")}
    assert {"@verified[SYSBP]", "@verified[DIABP]", "@verified[VSDAT]"} <= marks
    assert not any("@status" in path for path in marks)


def test_what_holds_no_value_cannot_be_verified(ward: Ward) -> None:
    _entered(ward)
    with pytest.raises(WrongValue, match="WEIGHT"):
        verify(ward.trial, ward.mo, [_shown(ward, "WEIGHT")])


@pytest.mark.parametrize("row", ["", "STEPS[1]"], ids=["the form", "a row"])
def test_what_was_verified_falls_when_the_row_or_form_it_stands_in_is_struck(ward: Ward, row: str) -> None:
    ward.save("V2", "DOSE", {"STEPS[1].STEPVOL": "5.0", "STEPS[2].STEPVOL": "7.0"})
    place = ward.place("V2", "DOSE")
    items = ("STEPS[1].STEPVOL", "STEPS[2].STEPVOL")
    verify(ward.trial, ward.mo, [Shown(place, ward.version(place), items)])
    inactivate(ward.trial, ward.ana, place, reason=SOURCE, based_on=ward.version(place), row=row)
    stands = ward.values("V2", "DOSE")
    assert stands["@verified[STEPS[1].STEPVOL]"] == "DROPPED"
    assert stands["@verified[STEPS[2].STEPVOL]"] == ("Y" if row else "DROPPED")


def test_what_moved_since_it_was_shown_is_not_verified(ward: Ward) -> None:
    _entered(ward)
    seen = _shown(ward)
    ward.save("V1", "VS", {"SYSBP": "126"}, reason=SOURCE)
    with pytest.raises(StaleRecord, match="since it was shown"):
        verify(ward.trial, ward.mo, [seen])
    assert not any(path.startswith("@verified") for path in ward.values("V1", "VS"))


def test_a_correction_drops_the_verification_of_that_item_alone_and_the_reviews_of_the_form(ward: Ward) -> None:
    _entered(ward)
    verify(ward.trial, ward.mo, [_shown(ward, "SYSBP", "DIABP")])
    review(ward.trial, ward.dee, [_shown(ward)])
    ward.save("V1", "VS", {"SYSBP": "126"}, reason=SOURCE)
    values = ward.values("V1", "VS")
    assert (values["@verified[SYSBP]"], values["@verified[DIABP]"]) == ("DROPPED", "Y")
    assert values["@reviewed[datamanager]"] == "DROPPED"
    verify(ward.trial, ward.mo, [_shown(ward, "SYSBP")])
    assert ward.values("V1", "VS")["@verified[SYSBP]"] == "Y"


def test_a_computed_item_that_follows_loses_its_verification_too(ward: Ward) -> None:
    ward.save("V1", "VS", {"WEIGHT": "82.0", "HEIGHT": "175.0"})
    verify(ward.trial, ward.mo, [_shown(ward, "BMI")])
    ward.save("V1", "VS", {"WEIGHT": "90.0"}, reason=SOURCE)
    assert ward.values("V1", "VS")["@verified[BMI]"] == "DROPPED"


def test_a_verification_is_taken_back(ward: Ward) -> None:
    _entered(ward)
    verify(ward.trial, ward.mo, [_shown(ward, "SYSBP")])
    unverify(ward.trial, ward.mo, [_shown(ward, "SYSBP")])
    assert "@verified[SYSBP]" not in ward.values("V1", "VS")


def test_a_mark_made_meanwhile_does_not_make_ana_compare_versions(ward: Ward) -> None:
    _entered(ward)
    opened = ward.version(ward.place("V1", "VS"))
    verify(ward.trial, ward.mo, [_shown(ward, "SYSBP")])
    saved = ward.save("V1", "VS", {"WEIGHT": "70.0"}, based_on=opened)
    assert saved.version > opened
    with pytest.raises(StaleRecord):
        ward.save("V1", "VS", {"DIABP": "81"}, based_on=opened, reason=SOURCE)


def test_a_frozen_form_takes_no_changes_until_it_is_thawed(ward: Ward) -> None:
    _entered(ward)
    freeze(ward.trial, ward.mo, [_shown(ward)])
    with pytest.raises(OutOfOrder, match="frozen"):
        ward.save("V1", "VS", {"SYSBP": "126"}, reason=SOURCE)
    thaw(ward.trial, ward.mo, [_shown(ward)])
    ward.save("V1", "VS", {"SYSBP": "126"}, reason=SOURCE)
    assert ward.values("V1", "VS")["SYSBP"] == "126"


def test_only_a_complete_form_without_open_queries_is_locked(ward: Ward) -> None:
    _entered(ward)
    with pytest.raises(OutOfOrder, match="not complete"):
        lock(ward.trial, ward.dee, [_shown(ward)])


@pytest.mark.parametrize("moment", range(1, 6))
def test_a_form_is_not_locked_over_a_query_that_is_opened_while_it_is_judged(ward: Ward, moment: int) -> None:
    class Leafed(tuple[Shown, ...]):
        """Forms gone through again and again; once Mo asks about one meanwhile."""

        times = 0

        def __iter__(self) -> Iterator[Shown]:
            Leafed.times += 1
            if Leafed.times == moment:
                query.ask(ward.trial, ward.mo, ward.place("V1", "VS"), "SYSBP", "Does the chart say 128?")
            return super().__iter__()

    ward.save("V1", "VS", {"SYSBP": "128", "DIABP": "80"})
    _complete(ward)
    with suppress(OutOfOrder):
        lock(ward.trial, ward.dee, Leafed([_shown(ward)]))
    locked = ward.values("V1", "VS").get("@locked") == "Y"
    assert locked is not bool(ward.queries())
    assert locked or Leafed.times >= moment


def test_dee_cannot_tell_by_locking_a_form_that_a_masked_query_is_open_and_it_stays_open_for_uma(
    make_ward: MakeWard,
) -> None:
    ward = _with_unblinded_data_managers(make_ward)
    unblinded = acting("datamanager", unblinded=True, person=("una", "Una Berg"))
    dosed(ward)
    ward.save("V2", "DOSE", {}, submit=True)
    for stream, _, _ in ward.trial.reader(ward.dee).open_queries(["01-0001"]):
        query.close(ward.trial, ward.dee, stream, "Seen and settled.")
    assert ward.queries() == ["D01"]
    dose = ward.place("V2", "DOSE")
    with pytest.raises(OutOfOrder, match="has an open query"):  # the control: who sees it settles it first
        lock(ward.trial, unblinded, [Shown(dose, ward.version(dose))])
    lock(ward.trial, ward.dee, [Shown(dose, ward.version(dose))])
    assert ward.values("V2", "DOSE")["@locked"] == "Y"
    assert [place for _, place, _ in ward.trial.reader(ward.uma).open_queries(["01-0001"])] == [dose]


def test_a_locked_form_takes_neither_changes_nor_strikes_and_two_persons_open_it(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "128", "DIABP": "80"})
    _complete(ward)
    lock(ward.trial, ward.dee, [_shown(ward)])
    with pytest.raises(OutOfOrder, match="locked"):
        ward.save("V1", "VS", {"SYSBP": "126"}, reason=SOURCE)
    with pytest.raises(OutOfOrder, match="locked"):
        inactivate(ward.trial, ward.ana, ward.place("V1", "VS"), reason=SOURCE, based_on=_shown(ward).version)
    with pytest.raises(Refused, match="two persons"):
        unlock(ward.trial, ward.dee, None, [_shown(ward)], "the source was found again")
    with pytest.raises(Refused, match="another one"):
        unlock(ward.trial, ward.dee, ward.dee, [_shown(ward)], "the source was found again")
    other = acting("datamanager", person=("dov", "Dov Lind"))
    unlock(ward.trial, ward.dee, other, [_shown(ward)], "the source was found again")
    ward.save("V1", "VS", {"SYSBP": "126"}, reason=SOURCE)
    assert ward.values("V1", "VS")["@unlocked by"] == "dov"


def test_a_locked_form_takes_no_mark_and_no_question_until_it_is_unlocked(ward: Ward) -> None:
    """ICH E6(R3) 4.2.6: what is locked is final; what is still to be asked is asked before, or after unlocking."""
    ward.save("V1", "VS", {"SYSBP": "128", "DIABP": "80"})
    _complete(ward)
    vs, trial = ward.place("V1", "VS"), ward.trial
    stream = query.ask(trial, ward.mo, vs, "SYSBP", "Does the chart say 128?").stream
    query.answer(trial, ward.ana, stream, "It says 128.")
    query.close(trial, ward.mo, stream, "Seen.")
    lock(trial, ward.dee, [_shown(ward)])
    marks: list[Callable[[], object]] = [
        lambda: verify(trial, ward.mo, [_shown(ward, "SYSBP")]),
        lambda: review(trial, ward.dee, [_shown(ward)]),
        lambda: freeze(trial, ward.dee, [_shown(ward)]),
    ]
    questions: list[Callable[[], object]] = [
        lambda: query.ask(trial, ward.mo, vs, "DIABP", "Is this the first reading?"),
        lambda: query.ask(trial, ward.dee, vs, "-", "Is this the right visit?"),
        lambda: query.reask(trial, ward.mo, stream, "On which page?"),
    ]
    for refused, acts in (("it takes no more marks", marks), ("no question can be asked about it", questions)):
        for act in acts:
            with pytest.raises(OutOfOrder, match=rf"V1.1/VS.1 is locked: {refused}") as caught:
                act()
            assert caught.value.hint.startswith("unlock it first: Review, Unlock")
    assert not ward.queries()
    unlock(trial, ward.dee, acting("datamanager", person=("dov", "Dov Lind")), [_shown(ward)], "the source was found")
    for act in (*marks, *questions):
        act()


def test_a_frozen_form_is_still_reviewed_and_its_queries_go_on(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "128", "DIABP": "80"})
    _complete(ward)
    stream = query.ask(ward.trial, ward.mo, ward.place("V1", "VS"), "SYSBP", "Does the chart say 128?").stream
    freeze(ward.trial, ward.dee, [_shown(ward)])
    query.answer(ward.trial, ward.ana, stream, "It says 128.")
    query.reask(ward.trial, ward.mo, stream, "On which page?")
    query.answer(ward.trial, ward.ana, stream, "On page 4.")
    query.close(ward.trial, ward.mo, stream, "Seen.")
    query.ask(ward.trial, ward.mo, ward.place("V1", "VS"), "DIABP", "Is this the first reading?")
    verify(ward.trial, ward.mo, [_shown(ward, "SYSBP")])
    review(ward.trial, ward.dee, [_shown(ward)])
    record = ward.trial.everything().record(ward.place("V1", "VS"))
    assert record is not None
    assert (record.values["@frozen"], record.values["@verified[SYSBP]"]) == ("Y", "Y")
    assert record.values["@reviewed[datamanager]"] == "Y"


def test_a_masked_query_that_stayed_open_on_a_locked_form_is_answered_and_closed(make_ward: MakeWard) -> None:
    ward = _with_unblinded_data_managers(make_ward)
    dosed(ward)
    ward.save("V2", "DOSE", {}, submit=True)
    for stream, _, _ in ward.trial.reader(ward.dee).open_queries(["01-0001"]):
        query.close(ward.trial, ward.dee, stream, "Seen and settled.")
    dose = ward.place("V2", "DOSE")
    lock(ward.trial, ward.dee, [Shown(dose, ward.version(dose))])
    ((stream, _, _),) = ward.trial.reader(ward.uma).open_queries(["01-0001"])
    query.answer(ward.trial, ward.uma, stream, "It was given as ordered.")
    unblinded = acting("datamanager", unblinded=True, person=("una", "Una Berg"))
    query.close(ward.trial, unblinded, stream, "Seen in the pharmacy's log.")
    assert not ward.trial.reader(ward.uma).open_queries(["01-0001"])


@pytest.mark.parametrize("asks", ["ask", "reask"])
def test_no_question_is_asked_about_a_form_that_is_locked_at_the_same_moment(
    ward: Ward, asks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward.save("V1", "VS", {"SYSBP": "128", "DIABP": "80"})
    _complete(ward)
    vs, append = ward.place("V1", "VS"), ward.trial.append
    stream = query.ask(ward.trial, ward.mo, vs, "SYSBP", "Does the chart say 128?").stream
    query.close(ward.trial, ward.mo, stream, "Seen.")
    shown = _shown(ward)

    def meanwhile(drafts: Sequence[Draft], **more: Any) -> object:
        monkeypatch.setattr(ward.trial, "append", append)
        lock(ward.trial, ward.dee, [shown])
        return append(drafts, **more)

    act: Callable[[], object] = {
        "ask": lambda: query.ask(ward.trial, ward.mo, vs, "DIABP", "Is this the first reading?"),
        "reask": lambda: query.reask(ward.trial, ward.mo, stream, "On which page?"),
    }[asks]
    monkeypatch.setattr(ward.trial, "append", meanwhile)
    with pytest.raises(OutOfOrder, match="is locked"):
        act()
    assert not ward.queries()


def test_what_would_recompute_a_locked_form_is_refused_and_names_it(ward: Ward) -> None:
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-01"})
    ward.save("V2", "VS", {"WEIGHT": "80.0"})
    ward.save("V2", "DOSE", {"DOSEDTM": "2026-03-02T07:30", "DOSEMG": "40.0"}, who=system())
    dose = ward.place("V2", "DOSE")
    freeze(ward.trial, ward.dee, [Shown(dose, ward.version(dose))])
    with pytest.raises(OutOfOrder, match="Dose at V2 is frozen"):
        ward.save("V2", "VS", {"WEIGHT": "50.0"}, reason=SOURCE)
    assert ward.values("V2", "VS")["WEIGHT"] == "80.0"


def test_ana_marks_nothing(ward: Ward) -> None:
    _entered(ward)
    for act in (verify, review, freeze, lock):
        with pytest.raises(Refused):
            act(ward.trial, ward.ana, [_shown(ward)])


def _complete(ward: Ward) -> None:
    """Answer what the form still asks, settle its queries, finish it."""
    missing = {
        name: {"date": "2026-02-23", "decimal": "70.0", "integer": "70", "time": "09:30"}.get(item.type, "N")
        for name, item in ward.study.forms["VS"].items.items()
        if not item.compute and not item.optional and item.when is None and name not in ward.values("V1", "VS")
    }
    ward.save("V1", "VS", missing, submit=True)
    for found in list(ward.trial.everything().queries(subject="01-0001")):
        if found.status != "CLOSED":
            query.close(ward.trial, ward.dee, found.stream, "seen and settled")
