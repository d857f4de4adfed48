"""The roll of subjects: always what a fresh look would show, with what comes next, whose consent is old, who ended."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

from tests.conduct.pharmacy import PHARMACY, SOURCE, MakeWard, dosed
from tests.fixtures_office import CHEAP, WORDS, Office
from tests.ward import SUBJECT, Ward, write_study
from tests.ward_study import FORMS, STUDY
from trialkit.access import authentication
from trialkit.access.identity import Identity
from trialkit.conduct import amend, consent, enrol, query, review
from trialkit.conduct.preview import Rehearsal
from trialkit.conduct.roll import Line, consent_due, roll
from trialkit.conduct.schedule import standings
from trialkit.conduct.sign import prepare, sign
from trialkit.study.loading import load_study
from trialkit.values import Missing

WINDOWED: Final = STUDY.replace("version: '1'\n", "version: '1'\ndate_item: VS.VSDAT\n", 1).replace(
    "    title: Dosing\n",
    "    title: Dosing\n    window:\n      anchor: V1\n      day: '8'\n      early: '1'\n      late: '2'\n",
)
"""V2 is due on day 8 after V1, -1/+2."""
DISPOSITION: Final = """\
oid: DS
title: Disposition
groups:
  MAIN:
    title: End
    items:
      DSEP:
        label: Which period ends
        sdtm:
        - target: DS.DSSCAT
"""
PASSED: Final = {
    "study": WINDOWED.replace("  LOG:\n", "  V3:\n    title: Later\n    forms: [VS]\n  LOG:\n", 1).replace(
        "    - DV\n", "    - DV\n    - DS\n"
    ),
    "ds": DISPOSITION,
}
"""A visit after it, which has no window; and the end of participation has a form."""
ENDED: Final = STUDY.replace("    - DV\n", "    - DV\n    - DS\n")
SIGNED: Final = {
    "study": PHARMACY["study"].replace("    - DV\n", "    - DV\n    - DS\n"), "ds": DISPOSITION,
    "dm": FORMS["dm"].replace("title: Demographics\n", "title: Demographics\nsigned_by: investigator\n", 1),
}  # fmt: skip
"""Of all forms, Dr Ito is asked to sign the demographics."""


def _line(ward: Ward, who: Identity | None = None) -> Line:
    return next(line for line in roll(ward.trial, who or ward.ana) if line.subject == SUBJECT)


def _fresh(ward: Ward, who: Identity) -> list[tuple[str, dict[object, object], int]]:
    rows = [(line.subject, line.site) for line in roll(ward.trial, who)]
    return [(one.subject, dict(one.visits), sum(one.queries.values())) for one in standings(ward.trial, who, rows)]


def test_the_roll_follows_every_act_as_a_fresh_look_would(ward: Ward) -> None:
    def kept(who: Identity) -> list[tuple[str, dict[object, object], int]]:
        return [(line.subject, dict(line.visits), line.queries) for line in roll(ward.trial, who)]

    for act in (
        lambda: ward.save("V1", "VS", {"SYSBP": "150"}),
        lambda: enrol.enrol(ward.trial, ward.ana, "01", "01-0002"),
        lambda: query.answer(ward.trial, ward.ana, _asked(ward), "measured twice, it is so"),
        lambda: query.close(ward.trial, ward.mo, _asked(ward), "seen in the source"),
        lambda: ward.save("V2", "VS", {"SYSBP": "120"}),
    ):
        act()
        for who in (ward.ana, ward.mo, ward.dee):
            assert kept(who) == _fresh(ward, who)
    assert [line.subject for line in roll(ward.trial, ward.ana)] == [SUBJECT, "01-0002"]


def _asked(ward: Ward) -> str:
    return next(iter(ward.trial.everything().queries(subject=SUBJECT))).stream


def test_the_visit_after_the_last_one_begun_is_coming_with_its_window(make_ward: MakeWard) -> None:
    ward = make_ward(study=WINDOWED)
    coming = _line(ward).coming
    assert coming is not None
    assert (coming.event, coming.due) == ("V1", None)
    ward.save("V1", "VS", {"VSDAT": "2026-03-02", "SYSBP": "120"})
    coming = _line(ward).coming
    assert coming is not None
    assert coming.due is not None
    assert (coming.event, coming.due.target) == ("V2", dt.date(2026, 3, 9))
    days = {n: (coming.near(dt.date(2026, 3, n)), coming.overdue(dt.date(2026, 3, n))) for n in (1, 2, 8, 11, 12)}
    assert days == {1: (True, False), 2: (True, False), 8: (True, False), 11: (True, False), 12: (False, True)}
    assert not coming.near(dt.date(2026, 2, 28))
    ward.save("V2", "VS", {"SYSBP": "120"})
    assert _line(ward).coming is None


def test_a_visit_that_was_passed_over_is_late_until_something_of_it_is_entered(make_ward: MakeWard) -> None:
    ward = make_ward(**PASSED)
    ward.save("V1", "VS", {"VSDAT": "2026-03-02", "SYSBP": "120"})
    assert [one.event for one in _line(ward).awaited(dt.date(2026, 3, 12))] == ["V2"]
    ward.save("V3", "VS", {"SYSBP": "120"})
    days = {n: [one.event for one in _line(ward).late(dt.date(2026, 3, n))] for n in (11, 12)}
    assert days == {11: [], 12: ["V2"]}
    assert _line(ward).coming is None
    ward.save("V2", "VS", {"SYSBP": "120"})
    assert not _line(ward).awaited(dt.date(2026, 3, 12))


def test_every_visit_of_the_epoch_is_late_once_its_days_have_passed_though_the_one_before_was_not_begun(
    make_ward: MakeWard,
) -> None:
    window = "    window:\n      anchor: V1\n      day: '15'\n      early: '1'\n      late: '2'\n"
    ward = make_ward(study=PASSED["study"].replace("    title: Later\n", f"    title: Later\n{window}"), ds=DISPOSITION)
    ward.save("V1", "VS", {"VSDAT": "2026-03-02", "SYSBP": "120"})
    line = _line(ward)
    days = [dt.date(2026, 3, n) for n in (11, 12, 18, 19)]
    late = [[one.event for one in line.late(day)] for day in days]
    assert late == [[], ["V2"], ["V2"], ["V2", "V3"]]
    awaited = [[one.event for one in line.awaited(day)] for day in days]
    assert awaited == [["V2"], ["V2", "V3"], ["V2", "V3"], ["V2", "V3"]]
    assert [line.near(day) for day in days] == [True, True, True, False]


def test_a_version_that_comes_into_force_by_the_clock_moves_what_is_awaited(
    make_ward: MakeWard, tmp_path: Path
) -> None:
    ward = make_ward(study=WINDOWED)
    ward.save("V1", "VS", {"VSDAT": "2026-03-02", "SYSBP": "120"})
    later = ward.clock.moment + dt.timedelta(days=1)
    moved = WINDOWED.replace("version: '1'", "version: '2'").replace("day: '8'", "day: '30'")
    stricter = FORMS["vs"].replace("high: '280'", "high: '200'")
    new = load_study(write_study(tmp_path / "moved", study=moved, vs=stricter))
    amend.publish(ward.trial, ward.dee, new, "01", later)

    def due() -> dt.date | None:
        coming = _line(ward).coming
        return coming.due.target if coming and coming.due else None

    form = Rehearsal(ward.trial, ward.ana, ward.place("V2", "VS"))
    assert (due(), form.look({"SYSBP": "250"}).refused) == (dt.date(2026, 3, 9), {})
    ward.clock.moment = later + dt.timedelta(minutes=1)
    assert (due(), list(form.look({"SYSBP": "250"}).refused)) == (dt.date(2026, 3, 31), ["SYSBP"])


def test_who_left_an_epoch_early_owes_none_of_what_is_left_of_it(make_ward: MakeWard) -> None:
    later = PASSED["study"].replace("    title: Later\n", "    title: Later\n    epoch: FOLLOW-UP\n", 1)
    ward = make_ward(study=later, ds=DISPOSITION)
    ward.save("V1", "VS", {"VSDAT": "2026-03-02", "SYSBP": "120"})
    ward.save("V3", "VS", {"SYSBP": "120"})
    assert not _line(ward).awaited(dt.date(2026, 3, 12))


def test_who_does_not_see_the_end_is_told_of_no_visit_that_was_passed_over(make_ward: MakeWard) -> None:
    hidden = DISPOSITION.replace("title: Disposition\n", "title: Disposition\nhidden_from: [monitor]\n", 1)
    roles = PHARMACY["study"].partition("roles:\n")[2]
    ward = make_ward(study=f"{PASSED['study']}roles:\n{roles}", ds=hidden)
    ward.save("V1", "VS", {"VSDAT": "2026-03-02", "SYSBP": "120"})
    ward.save("V3", "VS", {"SYSBP": "120"})
    late = {who.role: [one.event for one in _line(ward, who).late(dt.date(2026, 3, 12))] for who in (ward.ana, ward.mo)}
    assert late == {"coordinator": ["V2"], "monitor": []}


def test_nothing_comes_after_the_end_of_participation(make_ward: MakeWard) -> None:
    ward = make_ward(study=ENDED, ds=DISPOSITION)
    ward.save("LOG", "DS", {"DSEP": "STUDY TREATMENT"})
    assert not _line(ward).ended
    assert _line(ward).coming is not None
    ward.save("LOG", "DS", {"DSEP": "STUDY PARTICIPATION"}, reason=SOURCE)
    assert _line(ward).ended
    assert _line(ward).coming is None


def test_who_is_treated_no_more_has_follow_up_next_and_no_visit_of_a_treatment(make_ward: MakeWard) -> None:
    study = (
        PASSED["study"]
        .replace("    title: Dosing\n", "    title: Dosing\n    epoch: INDUCTION TREATMENT\n")
        .replace("    title: Later\n", "    title: Later\n    epoch: POST-TREATMENT\n")
    )
    reason = "      DSDECOD:\n        label: Reason\n        sdtm:\n        - target: DS.DSDECOD\n"
    ward = make_ward(study=study, ds=DISPOSITION + reason)
    ward.save("V1", "VS", {"VSDAT": "2026-03-02", "SYSBP": "120"})

    def awaited() -> list[str]:
        return [one.event for one in _line(ward).awaited(dt.date(2026, 3, 12))]

    assert awaited() == ["V2"]
    ward.save("LOG", "DS", {"DSEP": "STUDY TREATMENT", "DSDECOD": "COMPLETED"})
    assert awaited() == ["V2"]
    ward.save("LOG", "DS", {"DSDECOD": "ADVERSE EVENT"}, reason=SOURCE)
    assert awaited() == ["V3"]
    ward.save("LOG", "DS", {"DSEP": Missing("UNK")}, reason=SOURCE)
    assert awaited() == ["V2"]


def test_whether_a_subject_ended_is_unknown_to_who_does_not_see_it(make_ward: MakeWard) -> None:
    hidden = DISPOSITION.replace("title: Disposition\n", "title: Disposition\nhidden_from: [monitor]\n", 1)
    ward = make_ward(study=PHARMACY["study"].replace("    - DV\n", "    - DV\n    - DS\n"), ds=hidden)
    assert (_line(ward).ended, _line(ward, ward.mo).ended) == (False, None)


def test_a_consent_of_before_is_due_again_once_the_new_text_is_valid(ward: Ward) -> None:
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-01"})
    consent.push_version(ward.trial, ward.dee, "01", "2.0", "2026-03-01", "2026-03-05")
    assert not list(consent_due(ward.trial, roll(ward.trial, ward.ana)))
    ward.clock.moment += dt.timedelta(days=4)
    [(line, version)] = consent_due(ward.trial, roll(ward.trial, ward.ana))
    assert (line.subject, line.consented, version) == (SUBJECT, "1.0", "2.0")
    ward.save("LOG", "IC", {"ICVER": "2.0", "ICDAT": "2026-03-06"}, repeat=2)
    assert not list(consent_due(ward.trial, roll(ward.trial, ward.ana)))


def test_a_form_is_unverified_until_a_value_of_it_is_verified_whatever_becomes_of_a_review(ward: Ward) -> None:
    first = ward.save("V1", "DM", {"BRTHDAT": "1980", "SEX": "F"}, submit=True)
    place = ward.place("V1", "DM")
    review.review(ward.trial, ward.dee, [review.Shown(place, first.version)])
    again = ward.save("V1", "DM", {"SEX": "M"}, reason=SOURCE)
    assert _line(ward, ward.mo).unverified == 1
    stands = ward.trial.everything().record(place)
    assert stands is not None
    assert stands.version >= again.version
    review.verify(ward.trial, ward.mo, [review.Shown(place, stands.version, ("SEX",))])
    assert _line(ward, ward.mo).unverified == 0


def test_a_query_about_a_masked_value_counts_for_who_may_see_it_alone(make_ward: MakeWard) -> None:
    ward = make_ward(**PHARMACY)
    dosed(ward)
    counts = {who.role: _line(ward, who).queries for who in (ward.ana, ward.uma)}
    assert counts["pharmacist"] == counts["coordinator"] + 1


def dr_ito(ward: Ward) -> Identity:
    """Dr Ito with a password."""
    authentication.open_accounts(ward.store, "adi", "Adi Okafor", "CRO", WORDS, ward.clock, policy=CHEAP)
    office = Office(ward.store, ward.clock)  # type: ignore[arg-type]
    office.hire("ito", "investigator", "01")
    return office.sign_in("ito")


def test_forms_to_sign_and_signatures_that_fell_are_counted_for_the_signer(make_ward: MakeWard) -> None:
    ward = make_ward(**SIGNED)
    ito = dr_ito(ward)
    ward.save("V1", "DM", {"SEX": "F"})
    assert (_line(ward, ito).unsigned, _line(ward, ito).superseded) == (0, 0)
    ward.save("V1", "DM", {"BRTHDAT": "1980"}, submit=True)
    assert (_line(ward, ito).unsigned, _line(ward).unsigned) == (1, 0)
    sign(ward.trial, ito, prepare(ward.trial, ito, [ward.place("V1", "DM")], "APPROVAL"), "ito", WORDS, policy=CHEAP)
    assert (_line(ward, ito).unsigned, _line(ward, ito).superseded) == (0, 0)
    ward.save("V1", "DM", {"SEX": "M"}, reason=SOURCE)
    assert (_line(ward, ito).unsigned, _line(ward, ito).superseded) == (0, 1)


def test_a_form_that_names_no_signer_is_to_be_signed_with_the_casebook_when_the_subject_has_ended(
    make_ward: MakeWard,
) -> None:
    ward = make_ward(**SIGNED)
    ward.save("V1", "DM", {"SEX": "F", "BRTHDAT": "1980"}, submit=True)
    ward.save("V1", "VS", {"VSDAT": "2026-03-02", "SYSBP": "120", "DIABP": "80", "WEIGHT": "80.0"}, submit=True)
    assert _line(ward, ward.ito).unsigned == 1
    ward.save("LOG", "DS", {"DSEP": "STUDY PARTICIPATION"}, submit=True)
    assert _line(ward, ward.ito).unsigned == 3
