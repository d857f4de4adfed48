"""The nightly run: what changes without a save is asked again, for everybody, and nothing twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from tests.access.staff import acting
from tests.fixtures_store import Made
from tests.stockroom import shelf, stock, stockroom
from tests.ward import SUBJECT, Clock, Ward, write_study
from tests.ward_study import FORMS, STUDY
from trialkit.conduct import consent, enrol, query
from trialkit.conduct.nightly import nightly
from trialkit.conduct.reason import Reason
from trialkit.ledger.entry import Place

SOURCE = Reason("SOURCE", "the chart says otherwise")
LATE = """\
  A09:
    finding: AESER == 'Y' and days(AESTDAT, date(now)) > 3
    message: The report is overdue.
    item: AESER
"""
DATED = STUDY.replace("first_dose:", "date_item: VS.VSDAT\noverdue_days: '5'\nfirst_dose:")


def days_pass(ward: Ward, days: int) -> None:
    ward.clock.moment += dt.timedelta(days=days)


def asked(ward: Ward, check: str) -> list[str]:
    """The states of the queries of a check, in order."""
    found = ward.trial.everything().queries()
    return [one.status for one in found if one.values["check"] == check]


def test_an_expiry_that_passes_in_the_file_of_a_site_is_asked_about_once(make_ward: Callable[..., Ward]) -> None:
    ward = stockroom(make_ward)
    stock(ward, shelf("KIT"), {"KITNO": "A7", "KITOK": "Y", "KITEXP": "2026-03-10"})
    assert nightly(ward.trial).opened == 0
    days_pass(ward, 10)
    told: list[tuple[int, int]] = []
    night = nightly(ward.trial, lambda done, total: told.append((done, total)))
    assert (night.subjects, night.files, night.opened, night.closed, night.busy) == (1, 1, 1, 0, ())
    assert told == [(1, 2), (2, 2)]
    size = ward.store.size
    assert nightly(ward.trial).opened == 0
    assert ward.store.size == size
    stock(ward, shelf("KIT"), {"KITEXP": "2027-03-10"}, reason=SOURCE)
    assert asked(ward, "K05") == ["CLOSED"]


def test_a_subject_whose_kit_was_recalled_is_asked_about_and_let_go_again(make_ward: Callable[..., Ward]) -> None:
    ward = stockroom(make_ward)
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-01"})
    stock(ward, shelf("KIT"), {"KITNO": "A7", "KITOK": "Y"})
    ward.save("V2", "DOSE", {"DOSEKIT": "A7"})
    stock(ward, shelf("KIT"), {"KITOK": "N"}, reason=SOURCE)
    assert ward.queries() == []
    assert nightly(ward.trial).opened == 1
    assert ward.queries() == ["P13"]
    stock(ward, shelf("KIT"), {"KITOK": "Y"}, reason=SOURCE)
    assert nightly(ward.trial).closed == 1
    assert ward.queries() == []
    entry = list(ward.trial.everything().entries(act="query.open"))[-1]
    assert entry.actor.id == "system"


def test_what_a_person_closed_is_asked_again_only_after_the_record_changed(make_ward: Callable[..., Ward]) -> None:
    ward = stockroom(make_ward)
    stock(ward, shelf("KIT"), {"KITNO": "A7", "KITOK": "Y", "KITEXP": "2026-03-03"})
    days_pass(ward, 10)
    nightly(ward.trial)
    stands = next(ward.trial.everything().queries(subject="@01"))
    query.close(ward.trial, ward.dee, stands.stream, "Destroyed, the certificate is filed.")
    assert nightly(ward.trial).opened == 0
    stock(ward, shelf("KIT"), {"KITOK": "N"}, reason=SOURCE)
    assert asked(ward, "K05") == ["CLOSED"]
    assert nightly(ward.trial).opened == 1
    assert asked(ward, "K05") == ["CLOSED", "OPEN"]


def test_a_check_that_newly_fires_at_night_opens_its_record(make_ward: Callable[..., Ward]) -> None:
    opens = "    opens:\n      form: DV\n      values:\n        DVTERM: \"'Late report'\"\n"
    ward = make_ward(ae=FORMS["ae"] + LATE + opens)
    ward.save("LOG", "AE", {"AETERM": "Fall", "AESTDAT": "2026-03-01", "AESER": "Y"})
    days_pass(ward, 7)
    night = nightly(ward.trial)
    assert (night.opened, night.records) == (1, 1)
    assert ward.values("LOG", "DV")["DVTERM"] == "Late report"
    assert nightly(ward.trial).records == 0


def test_people_who_look_like_one_are_found_across_sites_and_a_save_settles_nothing(
    make_ward: Callable[..., Ward],
) -> None:
    twin = "checks:\n  G99:\n    finding: others(DM, BRTHDAT == here.BRTHDAT and SEX == here.SEX) > 0\n"
    ward = stockroom(make_ward, dm=FORMS["dm"] + twin + "    message: Enrolled twice?\n    item: BRTHDAT\n")
    enrol.enrol(ward.trial, acting("coordinator", sites=frozenset({"02"})), "02", "02-0001")
    other = Place("02", "02-0001", "V1", 1, "DM")
    ward.save("V1", "DM", {"BRTHDAT": "1980-05-01", "SEX": "F"})
    assert nightly(ward.trial).opened == 0
    stock(ward, other, {"BRTHDAT": "1980-05-01", "SEX": "F"})
    assert nightly(ward.trial).opened == 2
    ward.save("V1", "DM", {"SEX": "M"}, reason=SOURCE)
    assert asked(ward, "G99") == ["OPEN", "OPEN"]
    assert nightly(ward.trial).closed == 2


def test_a_form_that_was_not_started_in_time_is_asked_for_at_its_place(make_ward: Callable[..., Ward]) -> None:
    ward = make_ward(study=DATED)
    ward.save("V1", "VS", {"VSDAT": "2026-03-01"})
    days_pass(ward, 3)
    assert nightly(ward.trial).opened == 0
    days_pass(ward, 1)
    assert nightly(ward.trial).opened == 1
    missing = next(ward.trial.everything().queries(subject=SUBJECT, status="OPEN"))
    assert (missing.place.record, missing.values["check"]) == ("record/01-0001/V1.1/DM.1", "G06")
    assert missing.values["text"] == "Expected form overdue: Demographics."
    assert nightly(ward.trial).opened == 0
    ward.save("V1", "DM", {"SEX": "F"})
    assert asked(ward, "G06") == ["CLOSED"]
    assert nightly(ward.trial).opened == 0


def test_a_visit_that_did_not_take_place_is_owed_nothing(make_ward: Callable[..., Ward]) -> None:
    ward = make_ward(study=DATED)
    ward.save("V1", "VS", {"VSDAT": "2026-03-01"})
    days_pass(ward, 9)
    nightly(ward.trial)
    ward.save("V1", "VS", {"VSDAT": ""}, reason=SOURCE)
    assert asked(ward, "G06") == ["CLOSED"]
    assert nightly(ward.trial).opened == 0


def test_a_visit_that_was_dated_later_after_all_is_settled_by_the_next_run(make_ward: Callable[..., Ward]) -> None:
    ward = make_ward(study=DATED)
    ward.save("V1", "VS", {"VSDAT": "2026-03-01"})
    days_pass(ward, 5)
    nightly(ward.trial)
    ward.save("V1", "VS", {"VSDAT": "2026-03-05"}, reason=SOURCE)
    assert asked(ward, "G06") == ["OPEN"]
    assert nightly(ward.trial).closed == 1


def test_a_form_of_which_nothing_is_asked_is_not_overdue(make_ward: Callable[..., Ward]) -> None:
    only = FORMS["dm"].replace("    title: Person\n", "    title: Person\n    when: VS.SICK == 'Y'\n")
    ward = make_ward(study=DATED, dm=only)
    ward.save("V1", "VS", {"VSDAT": "2026-03-01", "SICK": "N"})
    days_pass(ward, 9)
    assert nightly(ward.trial).opened == 0
    ward.save("V1", "VS", {"SICK": "Y", "SICKTXT": "cough"}, reason=SOURCE)
    assert nightly(ward.trial).opened == 1


def test_a_study_that_names_no_days_has_no_overdue_forms(make_ward: Callable[..., Ward]) -> None:
    ward = make_ward(study=DATED.replace("overdue_days: '5'\n", ""))
    ward.save("V1", "VS", {"VSDAT": "2026-03-01"})
    days_pass(ward, 99)
    assert nightly(ward.trial).opened == 0


class Restless(Clock):
    """A clock at which somebody saves: whoever looks at it finds that something happened in between."""

    def __init__(self) -> None:
        super().__init__()
        self.acts: list[Callable[[], object]] = []
        self.acting = False

    def __call__(self) -> dt.datetime:
        if self.acts and not self.acting:
            self.acting = True
            self.acts.pop()()
            self.acting = False
        return super().__call__()


def restless(make_store: Callable[..., Made], folder: Path) -> tuple[Ward, Restless]:
    clock = Restless()
    ward = Ward.open(make_store(study_oid="WARD-1", clock=clock).store, clock, write_study(folder, study=DATED))
    ward.save("V1", "VS", {"VSDAT": "2026-03-01"})
    days_pass(ward, 9)
    return ward, clock


def test_somebody_who_saves_meanwhile_makes_the_run_judge_anew(make_store: Callable[..., Made], tmp_path: Path) -> None:
    ward, clock = restless(make_store, tmp_path / "ward")
    clock.acts = [lambda: ward.save("V1", "DM", {"SEX": "F"})]
    night = nightly(ward.trial)
    assert (night.opened, night.busy, clock.acts) == (0, (), [])
    assert asked(ward, "G06") == []


def test_a_subject_that_is_saved_without_a_pause_is_left_for_the_next_run(
    make_store: Callable[..., Made], tmp_path: Path
) -> None:
    ward, clock = restless(make_store, tmp_path / "ward")
    clock.acts = [
        lambda n=n: ward.save("V1", "VS", {"SYSBP": str(100 + n % 2)}, reason=SOURCE)  # type: ignore[misc]
        for n in range(99)
    ]
    assert nightly(ward.trial).busy == (SUBJECT,)
    clock.acts = []
    assert nightly(ward.trial).opened == 1


def test_how_many_queries_are_open_is_asked_of_the_store(make_ward: Callable[..., Ward]) -> None:
    lock = "checks:\n  Z01:\n    finding: SEX == 'F' and open_queries('query') > 0\n    message: Not clean yet.\n"
    ward = make_ward(dm=FORMS["dm"] + lock)
    ward.save("V1", "VS", {"SYSBP": "150"})
    assert [f.check for f in ward.save("V1", "DM", {"SEX": "F"}).findings] == ["Z01"]
    nightly(ward.trial)
    assert asked(ward, "Z01") == ["OPEN"]
    ward.save("V1", "VS", {"SYSBP": "120"}, reason=SOURCE)
    nightly(ward.trial)
    assert asked(ward, "Z01") == ["CLOSED"]  # its own query does not count, or it would stay open for ever


def test_the_consent_text_of_a_day_is_the_sites(make_ward: Callable[..., Ward]) -> None:
    check = "checks:\n  C99:\n    finding: consent_version(ICDAT) != ICVER\n    message: Not the text of that day.\n"
    ward = make_ward(study=STUDY.split("consent:")[0] + STUDY[STUDY.index("deviation:") :], ic=FORMS["ic"] + check)
    consent.push_version(ward.trial, ward.dee, "01", "2.0", "2026-02-01", "2026-02-15")
    assert not ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-01"}).findings
    assert ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-20"}, repeat=2).findings
    assert not ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2025-12-20"}, repeat=3).findings
