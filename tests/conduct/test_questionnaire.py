"""A participant at a tablet: what waits for the number that is typed, written once, and nothing of anybody read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.access.staff import acting
from tests.fixtures_store import Made
from tests.ward import SUBJECT, Clock, Ward, write_study
from tests.ward_study import STUDY
from trialkit.access.identity import Identity
from trialkit.conduct.capture import save_form
from trialkit.conduct.preview import preview
from trialkit.conduct.questionnaire import known, waiting
from trialkit.conduct.reason import Reason
from trialkit.errors import NotFound, Refused, StaleRecord

DIARY = """\
oid: DIA
title: How was your week?
entered_by: [subject, coordinator]
groups:
  MAIN:
    title: Your week
    items:
      SLEEP:
        label: Sleep
        type: integer
        hard: {low: '0', high: '10'}
      MOOD:
        label: Mood
        type: integer
      NOTE:
        label: Noted by the team
        entered_by: coordinator
        optional: yes
"""
SET = """\
oid: SET
title: Set and setting
entered_by: [nurse]
groups:
  MAIN:
    title: Before the dose
    items:
      HOPE:
        label: Hope
        entered_by: subject
      ROOM:
        label: Room
"""
ROLES = "".join(f"  {role}:\n    title: {role}\n" for role in ("coordinator", "nurse", "subject", "datamanager"))
SCHEDULE = STUDY.replace("    - VS\n", "    - VS\n    - DIA\n    - SET\n") + "roles:\n" + ROLES
SAM = acting("subject")


@pytest.fixture
def ward(make_store: Callable[..., Made], tmp_path: Path) -> Ward:
    clock = Clock()
    made = make_store(study_oid="WARD-1", clock=clock)
    return Ward.open(made.store, clock, write_study(tmp_path / "ward", SCHEDULE, dia=DIARY, set=SET))


pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


def titles(ward: Ward, who: Identity = SAM) -> list[str]:
    return [f"{one.place.event} {one.title}" for one in waiting(ward.trial, who, SUBJECT)]


def test_what_waits_are_the_forms_of_the_participant_at_the_visit_that_was_begun_last(ward: Ward) -> None:
    assert titles(ward) == []
    ward.save("V1", "VS", {"SYSBP": "120"})
    assert titles(ward) == ["V1 How was your week?", "V1 Set and setting"]
    ward.save("V2", "VS", {"SYSBP": "120"})
    assert titles(ward) == ["V2 How was your week?", "V2 Set and setting"]


def test_what_was_handed_in_waits_no_longer_and_takes_nothing_more(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120"})
    diary = ward.place("V1", "DIA")
    save_form(ward.trial, SAM, diary, {"SLEEP": "4"}, based_on=0, submit=True)
    assert titles(ward) == ["V1 Set and setting"]
    for typed in ({"SLEEP": "9"}, {"MOOD": "3"}):
        with pytest.raises(Refused, match=r"may not do record\.correct"):
            save_form(ward.trial, SAM, diary, typed, based_on=ward.version(diary),
                      reason=Reason("OTHER", "I slept better than that"))  # fmt: skip
    assert ward.values("V1", "DIA")["SLEEP"] == "4"


def test_answers_are_not_read_back_by_any_way_that_a_tablet_has(ward: Ward) -> None:
    ward.save("V1", "VS", {"SYSBP": "120"})
    diary, other = ward.place("V1", "DIA"), ward.place("V1", "SET")
    save_form(ward.trial, SAM, diary, {"SLEEP": "4"}, based_on=0)
    ward.save("V1", "SET", {"ROOM": "the green one"}, who=acting("nurse"))
    reader = ward.trial.reader(SAM)
    assert reader.record(diary) is None
    assert not [*reader.records(), *reader.subjects(), *reader.queries(), *reader.history(subject=SUBJECT)]
    assert "SLEEP" not in preview(ward.trial, SAM, diary, {}).values
    assert "ROOM" not in preview(ward.trial, SAM, other, {"HOPE": "a good day"}).values
    with pytest.raises(StaleRecord) as stale:
        save_form(ward.trial, SAM, other, {"HOPE": "a good day"}, based_on=0)
    assert stale.value.facts["theirs"] == {}


def test_in_a_form_that_the_team_began_the_participant_answers_what_is_asked_of_them_and_only_that(ward: Ward) -> None:
    ward.save("V1", "SET", {"ROOM": "the green one"}, who=acting("nurse"))
    form = next(one for one in waiting(ward.trial, SAM, SUBJECT) if one.place.form == "SET")
    assert (form.items, form.version) == (("HOPE",), 1)
    with pytest.raises(Refused):
        save_form(ward.trial, SAM, form.place, {"ROOM": "another"}, based_on=form.version)
    save_form(ward.trial, SAM, form.place, {"HOPE": "a good day"}, based_on=form.version)
    assert titles(ward) == ["V1 How was your week?"]
    with pytest.raises(Refused, match=r"may not do record\.correct"):
        save_form(ward.trial, SAM, form.place, {"HOPE": "a better one"}, based_on=2)


def test_what_a_participant_answered_the_team_corrects_with_a_reason_and_what_they_did_not_nobody_answers_for_them(
    ward: Ward,
) -> None:
    noor = acting("nurse")
    ward.save("V1", "SET", {"ROOM": "the green one"}, who=noor)
    place = ward.place("V1", "SET")
    with pytest.raises(Refused):
        ward.save("V1", "SET", {"HOPE": "a good day"}, who=noor)
    save_form(ward.trial, SAM, place, {"HOPE": "a goood day"}, based_on=1)
    for who in (ward.mo, acting("rater")):
        with pytest.raises(Refused):
            save_form(ward.trial, who, place, {"HOPE": "another"}, based_on=2, reason=Reason("OTHER", "as I heard it"))
    save_form(ward.trial, noor, place, {"HOPE": "a good day"}, based_on=2, reason=Reason("OTHER", "as they said it"))
    assert ward.values("V1", "SET")["HOPE"] == "a good day"


def test_a_number_of_another_site_and_one_that_nobody_has_look_the_same_and_the_attempt_is_an_entry(ward: Ward) -> None:
    elsewhere = acting("subject", sites=frozenset({"02"}))
    before = ward.store.size
    told = set()
    for number in (SUBJECT, "99-9999", "", "x" * 500, "@01"):
        with pytest.raises(NotFound) as missing:
            waiting(ward.trial, elsewhere, number)
        told.add(str(missing.value))
    assert len(told) == 1
    tried = list(ward.trial.everything().entries(act="attempt.refused", after_seq=before - 1))
    assert [one.actor.id for one in tried] == ["sam"]


def test_who_reads_forms_is_not_asked_as_a_participant(ward: Ward) -> None:
    with pytest.raises(NotFound):
        waiting(ward.trial, ward.ana, SUBJECT)


def test_the_day_is_not_asked_but_known_by_the_clock_of_the_site(
    make_store: Callable[..., Made], tmp_path: Path
) -> None:
    clock = Clock()
    dated = DIARY.replace("groups:", "dated_by: DIADAT\ngroups:").replace(
        "    items:\n", "    items:\n      DIADAT:\n        label: Date\n        type: date\n"
    )
    made = make_store(study_oid="WARD-1", clock=clock)
    ward = Ward.open(made.store, clock, write_study(tmp_path / "dated", SCHEDULE, dia=dated, set=SET))
    clock.moment = dt.datetime(2026, 7, 1, 23, 30, tzinfo=dt.UTC)  # half past midnight at the site
    study = ward.trial.study_at("01")
    place = ward.place("V1", "DIA")
    assert known(ward.trial, place, study.forms["DIA"]) == {"DIADAT": "2026-07-02"}
    assert known(ward.trial, ward.place("V1", "SET"), study.forms["SET"]) == {}
