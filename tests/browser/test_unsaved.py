"""Answers that are typed and not saved: over what stood they were typed, in which window, and in which line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served, go, labelled, settled
from tests.browser.hands import about, choose, enter, press, row, saved, search
from tests.browser.line import PRESSED, Drawn, Line, session_of
from tests.browser.line import line as line_of
from trialkit.access.identity import Identity
from trialkit.cli.demo import PASSWORD
from trialkit.conduct import review
from trialkit.conduct.capture import save_form
from trialkit.conduct.reason import Reason
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place
from trialkit.values import Missing

LATE = {"DVTERM": "A form late.", "DVCAT": "NOT IMPORTANT", "DVSTDAT": "2025-03-03"}
TRIALS = {"subject": "01-0012", "event": "LOG", "event_repeat": "1", "form": "AT", "form_repeat": "1"}
FOUND = Reason("SOURCE", "Looked up in the diary itself.")


def line(trial: Trial) -> tuple[Place, str]:
    """A line of the log that nobody has begun, and its address."""
    taken = [one.place.form_repeat for one in trial.everything().records(subject="01-0011", form="DV")]
    number = 1 + max([60, *taken])
    return Place(
        "01", "01-0011", "LOG", 1, "DV", number
    ), f"/entry?subject=01-0011&event=LOG&form=DV&form_repeat={number}"


def test_answers_that_were_kept_do_not_go_over_what_a_colleague_saved_since(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    place, address = line(trial)
    seen = save_form(trial, people("ana"), place, LATE, based_on=0).version
    ana = signed_in("Ana Souza", at=address)
    enter(ana, "What happened", "The sleep diary was late.")
    enter(ana, "Start", "4 Mar 2025")
    ana.get_by_role("link", name="Sign out").click()
    expect(ana.get_by_role("heading", name="Sign in")).to_be_visible()
    save_form(trial, people("ito"), place, {"DVTERM": "The diary came late."}, based_on=seen, reason=FOUND)
    back = signed_in("Ana Souza", at=address)
    expect(back.get_by_text(re.compile(r"Dr Kenji Ito \(.*\) saved this form since you opened it\."))).to_be_visible()
    expect(back.get_by_text("saved meanwhile: The diary came late.")).to_be_visible()
    expect(back.get_by_text("saved meanwhile: 03-Mar-2025")).to_be_hidden()
    for button in ("Save", "Save and finish", "Go on with these"):
        expect(back.get_by_role("button", name=button, exact=True)).to_be_disabled()
    go(back, address)  # asked again, however often one looks
    back.get_by_text("yours: The sleep diary was late.").click()
    settled(back)
    press(back, "Go on with these")
    expect(back.get_by_text("saved this form since")).to_be_hidden()
    press(back, "Save")
    search(back, "Reason", "Source document corrected")
    enter(back, "In your own words", "The diary says so.")
    press(back, "Save with this reason")
    saved(back)
    record = trial.everything().record(place)
    assert record is not None
    assert (record.values["DVTERM"], record.values["DVSTDAT"]) == ("The sleep diary was late.", "2025-03-04")


def test_a_choice_between_two_answers_is_still_owed_after_a_row_was_struck(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    place, address = Place("01", "01-0012", "V1", 1, "VS"), "/entry?subject=01-0012&event=V1&form=VS"
    stands = trial.everything().record(place)
    assert stands is not None
    ana = signed_in("Ana Souza", at=address)
    enter(ana, "Weight (kg)", "70.5")
    ana.get_by_role("link", name="Sign out").click()
    expect(ana.get_by_role("heading", name="Sign in")).to_be_visible()
    save_form(trial, people("ito"), place, {"WEIGHT_VSORRES": "72.0"}, based_on=stands.version, reason=FOUND)
    back = signed_in("Ana Souza", at=address)
    row(back, "2")
    press(back, "Strike the row")
    search(back, "Reason", "Source document corrected")
    dialog = back.get_by_role("dialog")
    labelled(dialog, "In your own words").fill("It is of another subject.")
    dialog.get_by_role("button", name="Strike the row").click()
    expect(back.get_by_text("Struck: row 2 of Readings.")).to_be_visible()
    expect(labelled(back, "Weight (kg)")).to_have_value("70.5")
    expect(back.get_by_text(re.compile(r"Dr Kenji Ito \(.*\) saved this form since you opened it\."))).to_be_visible()
    expect(back.get_by_role("button", name="Save", exact=True)).to_be_disabled()


def test_what_is_thrown_away_in_one_window_is_still_kept_for_another(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    place, address = line(trial)
    save_form(trial, people("ana"), place, LATE, based_on=0)
    ana = signed_in("Ana Souza")
    other = ana.context.new_page()
    go(ana, address)
    go(other, address)
    enter(ana, "What happened", "The sleep diary was late.")
    enter(other, "Start", "4 Mar 2025")
    press(other, "Discard changes")
    ana.reload()
    settled(ana)
    expect(labelled(ana, "What happened")).to_have_value("The sleep diary was late.")
    press(ana, "Discard changes")


def test_an_answer_that_was_taken_back_in_the_next_window_stays_away_in_the_one_after_it(
    signed_in: Callable[..., Page], trial: Trial
) -> None:
    _, address = line(trial)
    ana = signed_in("Ana Souza")
    go(ana, address)
    enter(ana, "What happened", "A form of somebody else.")
    enter(ana, "Start", "4 Mar 2025")
    for there in ("A form of somebody else.", ""):
        after = ana.context.new_page()
        ana.close()
        ana = after
        go(ana, address)
        expect(labelled(ana, "Start")).not_to_have_value("")
        expect(labelled(ana, "What happened")).to_have_value(there)
        enter(ana, "What happened", "")
        expect(ana.get_by_text("1 answer not saved yet")).to_be_visible()
    press(ana, "Discard changes")


def test_two_windows_that_begin_the_same_new_line_save_two_lines(signed_in: Callable[..., Page], trial: Trial) -> None:
    place, address = line(trial)
    ana = signed_in("Ana Souza")
    other = ana.context.new_page()
    go(ana, address)
    go(other, address)
    enter(ana, "What happened", "The visit began late.")
    press(ana, "Save")
    saved(ana)
    enter(other, "What happened", "A tube of blood broke.")
    press(other, "Save")
    expect(
        other.get_by_text(re.compile(rf"Ana Souza \(.*\) saved line {place.form_repeat} since you began it\."))
    ).to_be_visible()
    press(other, "Go on in a new line")
    expect(labelled(other, "What happened")).to_have_value("A tube of blood broke.")
    expect(other.get_by_text("1 answer not saved yet")).to_be_visible()
    press(other, "Save")
    saved(other)
    lines = trial.everything().records(subject="01-0011", form="DV")
    told = {str(one.values.get("DVTERM")): one.place.form_repeat for one in lines}
    assert told["The visit began late."] == place.form_repeat != told["A tube of blood broke."]


def test_a_reason_for_no_answer_that_is_taken_back_is_a_change_to_save(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    place = Place("01", "01-0012", "V3A", 1, "VS")
    before = trial.everything().record(place)
    version = before.version if before else 0
    done = save_form(trial, people("ana"), place, {"WEIGHT_VSORRES": Missing("ND")}, based_on=version, reason=FOUND)
    ana = signed_in("Ana Souza", at="/entry?subject=01-0012&event=V3A&form=VS")
    expect(ana.get_by_text("All changes saved")).to_be_visible()
    about(ana, "Weight (kg)").get_by_role("radio").first.click()
    settled(ana)
    expect(ana.get_by_text("1 answer not saved yet")).to_be_visible()
    panel = about(ana, "Weight (kg)")
    expect(panel.get_by_text("Saved: missing: Not done")).to_be_visible()
    expect(panel.get_by_text("Typed and not saved yet: cleared")).to_be_visible()
    panel.get_by_role("button", name="Close").click()
    press(ana, "Save")
    search(ana, "Reason", "Source document corrected")
    enter(ana, "In your own words", "It was weighed after all.")
    press(ana, "Save with this reason")
    saved(ana)
    record = trial.everything().record(place)
    assert record is not None
    assert record.version > done.version
    assert "WEIGHT_VSORRES" not in record.values


def test_each_answer_can_have_a_reason_of_its_own(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    place, address = line(trial)
    save_form(trial, people("ana"), place, LATE, based_on=0)
    ana = signed_in("Ana Souza", at=address)
    enter(ana, "What happened", "The sleep diary was late.")
    enter(ana, "Start", "4 Mar 2025")
    press(ana, "Save")
    ana.get_by_text("A reason of its own for each answer").click()
    settled(ana)
    for number, (label, why) in enumerate((("What happened", "which form"), ("Start", "a slip of the pen"))):
        search(ana, label, "Source document corrected")
        words = labelled(ana, "In your own words").nth(number)
        words.fill(why)
        words.press("Tab")
        settled(ana)
    press(ana, "Save with this reason")
    saved(ana)
    told = [{seen.change.item: seen.change.new for seen in one.changes}
            for one in trial.everything().history(stream=place.record) if one.reason]  # fmt: skip
    late = {"@reason": "which form", "DVTERM": "The sleep diary was late."}
    assert told == [late, {"@reason": "a slip of the pen", "DVSTDAT": "2025-03-04"}]


def test_an_answer_whose_question_goes_away_by_a_slip_is_there_when_the_slip_is_mended(
    signed_in: Callable[..., Page], trial: Trial
) -> None:
    ana = signed_in("Ana Souza", at=line(trial)[1])
    choose(ana, "Importance", "Important")
    enter(ana, "Corrective action", "The nurses were told of the new form.")
    choose(ana, "Importance", "Not important")
    expect(ana.get_by_text("this answer is not expected").first).to_be_visible()  # nothing typed goes out of sight
    expect(labelled(ana, "Corrective action")).to_have_value("The nurses were told of the new form.")
    choose(ana, "Importance", "Important")
    expect(ana.get_by_text("this answer is not expected")).to_have_count(0)
    expect(labelled(ana, "Corrective action")).to_have_value("The nurses were told of the new form.")
    go(ana, "/")
    expect(ana.get_by_role("heading", name="Typed and not saved")).to_be_visible()
    ana.get_by_role("link", name=re.compile("Protocol deviation.*: 2 answers")).first.click()
    settled(ana)
    expect(ana.get_by_text("2 answers not saved yet")).to_be_visible()
    press(ana, "Discard changes")


def test_a_form_that_was_frozen_shows_what_the_record_holds_and_what_was_typed_beside_it(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    place, address = line(trial)
    done = save_form(trial, people("ana"), place, LATE, based_on=0)
    ana = signed_in("Ana Souza", at=address)
    enter(ana, "What happened", "The sleep diary was late.")
    review.freeze(trial, people("dee"), [review.Shown(place, done.version)])
    go(ana, address)
    expect(labelled(ana, "What happened")).to_have_value("A form late.")
    expect(ana.get_by_text("What happened: The sleep diary was late.")).to_be_visible()
    frozen = trial.everything().record(place)
    assert frozen is not None
    review.thaw(trial, people("dee"), [review.Shown(place, frozen.version)])
    go(ana, address)
    expect(labelled(ana, "What happened")).to_have_value("The sleep diary was late.")
    press(ana, "Discard changes")


def test_the_words_of_one_reason_do_not_come_back_into_the_next_one(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    place, address = line(trial)
    save_form(trial, people("ana"), place, LATE, based_on=0)
    ana = signed_in("Ana Souza", at=address)
    for day in ("4 Mar 2025", "5 Mar 2025"):
        enter(ana, "Start", day)
        press(ana, "Save")
        expect(ana.get_by_label("In your own words")).to_have_value("")
        search(ana, "Reason", "Source document corrected")
        enter(ana, "In your own words", "The diary says so.")
        press(ana, "Save with this reason")
        saved(ana)
        ana.wait_for_timeout(4000)  # a breath: whoever goes on within it may find the words once more
        ana.reload()
        settled(ana)


def _row_typed_by_ana(at: Line, added: dict[str, str]) -> tuple[Drawn, dict[str, str]]:
    """The form with a row that she added to its table, and the table as her browser sends it."""
    drawn = at.open("entry", None, **TRIALS)
    table = next(one.dataframe.id for one in drawn.elements if one.WhichOneof("type") == "dataframe")
    sent = {table: json.dumps({"edited_rows": {}, "added_rows": [added], "deleted_rows": []})}
    return at.open("entry", sent, **TRIALS), sent


@pytest.mark.parametrize("left", [False, True], ids=["at once", "after signing in again"])
def test_of_two_people_who_each_add_a_row_each_has_a_row_of_their_own(
    served: Served, trial: Trial, people: Callable[[str], Identity], left: bool
) -> None:
    place = Place("01", "01-0012", "LOG", 1, "AT", 1)
    before = trial.everything().record(place)
    assert before is not None
    rows = {int(path[7:].partition("]")[0]) for path in before.values if path.startswith("TRIALS[")}
    theirs, hers = f"TRIALS[{max(rows) + 1}]", f"TRIALS[{max(rows) + 2}]"
    with line_of(served.url, session_of(served.url, "ana", PASSWORD, "coordinator")) as at:
        drawn, sent = _row_typed_by_ana(at, {"ATSTDAT": "2019-03", "ATDOSMX": "450"})
        saved_now = {f"{theirs}.ATTYPE": "ANTIDEPRESSANT", f"{theirs}.ATTRT": "SERTRALINE"}
        save_form(trial, people("pia"), place, saved_now, based_on=before.version)
        if not left:
            at.open("entry", {**sent, drawn.named("Save"): PRESSED}, **TRIALS)
            drawn = at.open("entry", sent, **TRIALS)
            assert f"Row {max(rows) + 1} is theirs." in drawn.words
            at.open("entry", {drawn.named("Go on with these"): PRESSED}, **TRIALS)
            drawn = at.open("entry", None, **TRIALS)
            at.open("entry", {drawn.named("Save"): PRESSED}, **TRIALS)
    if left:
        with line_of(served.url, session_of(served.url, "ana", PASSWORD, "coordinator")) as at:
            drawn = at.open("entry", None, **TRIALS)
            assert f"yours is row {max(rows) + 2} now" in drawn.words
            at.open("entry", {drawn.named("Save"): PRESSED}, **TRIALS)
    record = trial.everything().record(place)
    assert record is not None
    stood = {path: record.values.get(path) for path in [*saved_now, f"{theirs}.ATSTDAT", f"{theirs}.ATDOSMX"]}
    assert stood == {**saved_now, f"{theirs}.ATSTDAT": None, f"{theirs}.ATDOSMX": None}
    assert (record.values[f"{hers}.ATSTDAT"], record.values[f"{hers}.ATDOSMX"]) == ("2019-03", "450")


def test_the_reason_that_was_being_written_when_the_session_ended_is_there_again(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    place, address = line(trial)
    save_form(trial, people("ana"), place, LATE, based_on=0)
    ana = signed_in("Ana Souza", at=address)
    enter(ana, "Start", "4 Mar 2025")
    press(ana, "Save")
    search(ana, "Reason", "Source document corrected")
    enter(ana, "In your own words", "The diary says the fourth.")
    settled(ana)
    ana.get_by_role("link", name="Sign out").click()
    expect(ana.get_by_role("heading", name="Sign in")).to_be_visible()
    back = signed_in("Ana Souza", at=address)
    press(back, "Save")
    expect(back.get_by_label("In your own words")).to_have_value("The diary says the fourth.")
    press(back, "Save with this reason")
    saved(back)
    record = trial.everything().record(place)
    assert record is not None
    assert record.values["DVSTDAT"] == "2025-03-04"
