"""What Mo, Dr Ito, Dee, Ines and Sol do with what Ana entered: ask, verify, sign, lock, look up, take away."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from tests.browser.conftest import Served, filmed, go, labelled, settled
from tests.browser.hands import ROW, WRAPS, about, enter, press, saved, search, tick, to_the_door
from trialkit.access.identity import Identity
from trialkit.cli.demo import PASSWORD
from trialkit.conduct import query
from trialkit.conduct.capture import save_form
from trialkit.conduct.reason import Reason
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place

VITALS = "/entry?subject=01-0011&event=V1&form=VS"
CONSENT = "/entry?subject=01-0011&event=LOG&form=IC"


def test_a_query_asked_by_mo_is_answered_by_ana_and_closed_by_mo(signed_in: Callable[..., Page]) -> None:
    mo, ana = signed_in("Mo Haddad"), signed_in("Ana Souza")
    go(mo, VITALS)
    asking = about(mo, "Weight (kg)")
    asking.get_by_label("Ask about this answer").fill("Was she weighed with her shoes on?")
    asking.get_by_role("button", name="Open a query").click()
    expect(mo.get_by_text("? Weight: Was she weighed with her shoes on?")).to_be_visible()

    go(ana, VITALS)
    expect(ana.get_by_text("? Weight: Was she weighed with her shoes on?")).to_be_visible()
    answering = about(ana, "Weight (kg)")
    answering.get_by_placeholder("Answer with these words").fill("No, without; the sheet says so.")
    answering.get_by_role("button", name="Answer", exact=True).click()
    expect(ana.get_by_role("dialog")).to_be_hidden()

    go(mo, VITALS)
    closing = about(mo, "Weight (kg)")
    expect(closing.get_by_text("No, without; the sheet says so.")).to_be_visible()
    closing.get_by_placeholder("Close with these words").fill("Agrees with the source.")
    closing.get_by_role("button", name="Close", exact=True).last.click()
    expect(mo.get_by_role("dialog")).to_be_hidden()
    settled(mo)
    expect(mo.get_by_text("? Weight:")).to_be_hidden()


def test_mo_takes_back_a_question_and_sees_whose_turn_the_others_are(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    text = "Was it *after* the $meal$ of $noon$?"
    query.ask(trial, people("mo"), Place("01", "01-0011", "V1", 1, "VS"), "WEIGHT_VSORRES", text)
    page = signed_in("Mo Haddad", at="/queries?subject=01-0011&check=MANUAL")
    board = page.get_by_role("region", name=re.compile("^Queries: state"))
    expect(board.get_by_text(text)).to_be_attached()
    search(page, "Next to act", "site")
    tick(page, "Queries: state, age in days, place, question, whose turn it is, check", 0)
    expect(page.get_by_role("heading", name=text, exact=True)).to_be_visible()  # as it was typed
    enter(page, "Your words", "The sheet says so; I overlooked it.")
    press(page, "Cancel the query")
    go(page, "/queries?subject=01-0011&state=CANCELLED")
    expect(_cells(page).get_by_text("⊘ cancelled").first).to_be_attached()
    go(page, VITALS)
    expect(about(page, "Weight (kg)").get_by_text("cancelled", exact=True)).to_be_visible()


def _sign(page: Page, state: str, score: str) -> None:
    go(page, "/sign?subject=01-0011")
    tick(page, "Forms to sign", 0)
    _look(page, score)
    to_the_door(page)
    page.get_by_label("Your user id").wait_for()
    _look(page, score)
    page.get_by_label("Your user id").fill("ito")
    page.get_by_label("Your password").fill("not it")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_label("Your user id")).to_have_value("ito")  # what was typed is still there
    page.get_by_label("Your password").fill(PASSWORD)
    filmed(page)
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("heading", name="Signatures")).to_be_visible()
    settled(page)
    expect(page.get_by_text("You signed 1 form on")).to_be_visible()
    expect(page.get_by_role("region", name="Signatures").get_by_text(state).first).to_be_visible()


def _look(page: Page, score: str) -> None:
    """The form that will be signed opens to its values, on the screen and at the door."""
    page.locator("summary", has_text="Informed consent 1: version").click()
    row = page.get_by_role("row").filter(has_text="Last comprehension score, of 10")
    expect(row.get_by_text(score, exact=True)).to_be_visible()


def _cells(page: Page) -> Locator:
    return page.locator("td[role=gridcell]")


def test_what_mo_verified_and_dr_ito_signed_falls_when_ana_changes_it_and_is_signed_again(
    signed_in: Callable[..., Page],
) -> None:
    mo, ito, ana = signed_in("Mo Haddad"), signed_in("Dr Kenji Ito"), signed_in("Ana Souza")
    go(mo, "/review?subject=01-0011")
    tick(mo, "Forms to review", 0)
    mo.get_by_role("region", name="Values of Informed consent 1").click(position={"x": 18, "y": ROW // 2})
    mo.get_by_role("button", name=re.compile(r"Verify \d+ ticked")).click()
    expect(mo.get_by_text(re.compile(r"\d+ values verified"))).to_be_visible()
    _sign(ito, "✓ valid", "9")

    go(ana, CONSENT)
    expect(ana.get_by_text(re.compile("✓ Signed by Dr Kenji Ito, .*: I have reviewed these data"))).to_be_visible()
    enter(ana, "Last comprehension score, of 10", "10")
    press(ana, "Save")
    expect(ana.get_by_text("Why is this answer changed?")).to_be_visible()
    expect(ana.get_by_text("After the change the signature no longer holds")).to_be_visible()
    search(ana, "Reason", "Source document corrected")
    enter(ana, "In your own words", "The sheet says 10 of 10.")
    press(ana, "Save with this reason")
    saved(ana)
    expect(ana.get_by_text(re.compile("↺ Signed by Dr Kenji Ito, .* changed since"))).to_be_visible()
    # what was told of the last save is not told of the next one, which has to ask first
    enter(ana, "Last comprehension score, of 10", "8")
    press(ana, "Save")
    expect(ana.get_by_text("Why is this answer changed?")).to_be_visible()
    expect(ana.get_by_text("Saved as version")).to_have_count(0)
    press(ana, "Discard changes")

    go(ito, "/sign?subject=01-0011")
    expect(_cells(ito).get_by_text("↺ changed since it was signed")).to_be_attached()
    signed = ito.get_by_role("region", name="Signatures")
    expect(signed.get_by_text("Last comprehension score, of 10").first).to_be_visible()
    go(mo, "/review")
    mo.get_by_role("radio", name="Dropped by changes").click()
    expect(_cells(mo).get_by_text("Last comprehension score, of 10").first).to_be_attached()
    _sign(ito, "✓ valid", "10")
    expect(signed.get_by_text("↺ superseded")).to_be_visible()


def test_two_people_who_save_one_form_choose_answer_by_answer_and_nothing_is_lost(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    place = Place("01", "01-0011", "LOG", 1, "DV", 52)
    first = {"DVTERM": "A form late.", "DVCAT": "NOT IMPORTANT", "DVSTDAT": "2025-03-03"}
    save_form(trial, people("ana"), place, first, based_on=0)
    address = "/entry?subject=01-0011&event=LOG&form=DV&form_repeat=52"
    ana, ito = signed_in("Ana Souza"), signed_in("Dr Kenji Ito")
    for page, text in ((ana, "The sleep diary was late."), (ito, "The diary was handed in late.")):
        go(page, address)
        enter(page, "What happened", text)
    enter(ana, "Start", "4 Mar 2025")
    for page in (ito, ana):
        if page is ana:
            press(ana, "Save")
            expect(
                ana.get_by_text(re.compile(r"Dr Kenji Ito \(.*\) saved this form since you opened it\."))
            ).to_be_visible()
            expect(ana.get_by_text("saved meanwhile: The diary was handed in late.")).to_be_visible()
            expect(ana.get_by_text("saved meanwhile: 03-Mar-2025")).to_be_hidden()  # they did not touch it
            ana.get_by_text("saved meanwhile: The diary was handed in late.").click()
            settled(ana)
            press(ana, "Go on with these")
            expect(ana.get_by_text("saved this form since")).to_be_hidden()
            expect(labelled(ana, "What happened")).to_have_value("The diary was handed in late.")
            expect(labelled(ana, "Start")).to_have_value("4 Mar 2025")
        press(page, "Save")
        search(page, "Reason", "Source document corrected")
        enter(page, "In your own words", "Looked up in the diary itself.")
        press(page, "Save with this reason")
        saved(page)
    record = trial.everything().record(place)
    assert record is not None
    assert (record.values["DVTERM"], record.values["DVSTDAT"]) == ("The diary was handed in late.", "2025-03-04")


def test_ines_is_three_clicks_from_home_to_the_history_of_a_value(
    signed_in: Callable[..., Page], trial: Trial, people: Callable[[str], Identity]
) -> None:
    place, first = Place("01", "01-0011", "LOG", 1, "DV", 53), {"DVTERM": "A form late.", "DVSTDAT": "2025-03-03"}
    version = save_form(trial, people("ana"), place, first, based_on=0).version
    reason = Reason("SOURCE", "It was a day late.")
    save_form(trial, people("ana"), place, {"DVTERM": "A form a day late."}, based_on=version, reason=reason)
    page = signed_in("Ines Duarte")
    page.get_by_role("link", name="Change log").click()
    expect(page.get_by_role("region", name="Entries of the ledger, newest first")).to_be_visible()
    settled(page)
    row = page.locator("td[role=gridcell]").filter(has_text=re.compile(r"^changed$|correct")).first
    at = int(row.locator("xpath=..").get_attribute("aria-rowindex") or 0) - 2
    # an entry that comes before the click opens no other one, and takes no tick away
    query.ask(trial, people("mo"), place, "DVTERM", "Whose watch?")
    page.get_by_role("region", name="Entries of the ledger, newest first").click(
        position={"x": 18, "y": ROW + WRAPS * at + WRAPS // 2}
    )
    changed = page.get_by_role("region", name="What the entry changed: item, old, new")
    expect(changed).to_be_visible()
    settled(page)
    changed.click(position={"x": 18, "y": ROW + ROW // 2})
    expect(page.get_by_role("heading", name=re.compile("^History of "))).to_be_visible()
    expect(page.get_by_role("region", name=re.compile("^History of "))).to_be_visible()
    settled(page)
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(page.get_by_text("The list stands still while a row is ticked;", exact=False)).to_be_visible()


def test_ines_says_what_she_reviewed_sees_what_came_since_and_takes_it_as_pdf(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Ines Duarte", at="/log?subject=01-0011")
    log = page.get_by_role("region", name="Entries of the ledger, newest first")
    expect(log).to_be_visible()
    press(page, "Mark as reviewed")
    enter(page, "What you found", "Nothing out of the *ordinary*.")
    page.get_by_role("button", name="Mark as reviewed").last.click()
    expect(page.get_by_text(re.compile(r"reviewed by Ines Duarte on .* entries [\d,]+ to [\d,]+"))).to_be_visible()
    expect(page.get_by_text("Not reviewed with these filters: entries 0 to")).to_be_visible()
    press(page, "Take as PDF")
    link = page.get_by_role("link", name="Download the PDF")
    expect(link).to_be_visible(timeout=60_000)
    with page.expect_download() as coming:
        link.click()
    first = PdfReader(coming.value.path()).pages[0].extract_text()
    assert "Merkle root" in first
    assert "01-0011" in first
    page.get_by_text("Since the last review").click()
    settled(page)
    expect(page.get_by_text("No entry fits.")).to_be_visible()
    expect(link).to_be_hidden()  # it is of other filters
    press(page, "Reviews")
    reviews = page.get_by_role("region", name="Reviews of the change log")
    expect(reviews.get_by_text("Nothing out of the *ordinary*.")).to_be_visible()


def test_what_ines_marks_or_takes_is_never_of_other_days_than_she_typed(signed_in: Callable[..., Page]) -> None:
    page = signed_in("Ines Duarte", at="/log?subject=01-0011")
    enter(page, "From", "last tuesday")
    settled(page)
    expect(page.get_by_text("Type it like 12-Jan-2026.")).to_be_visible()
    for button in ("Mark as reviewed", "Take as PDF"):
        expect(page.get_by_role("button", name=button)).to_have_count(0)
    enter(page, "From", "2 Jan 2020")
    expect(page.get_by_role("button", name="Take as PDF")).to_be_visible()


def test_sol_takes_nothing_as_of_a_day_that_is_no_day_that_is_missing_or_still_to_come(
    signed_in: Callable[..., Page],
) -> None:
    page = signed_in("Sol Weber", at="/exports?only=items")
    making = page.get_by_role("button", name="Make the export")
    page.get_by_role("radio", name="A date and time").click()
    expect(page.get_by_text("As it stood after the first")).to_be_visible()
    for typed, told in (("the 32nd", "Type it like 12-Jan-2026."), ("", "Type the day, like 12-Jan-2026."),
                        ("12-Jan-2124", "This moment is still to come.")):  # fmt: skip
        enter(page, "Date", typed)
        expect(page.get_by_text(told)).to_be_visible()
        expect(making).to_be_disabled()
    enter(page, "Date", "1 Jan 2026")
    expect(page.get_by_text("As it stood after the first")).to_be_visible()
    expect(making).to_be_enabled()


def test_the_export_that_sol_takes_through_the_door_is_verified_by_the_verifier_alone(
    signed_in: Callable[..., Page], trial: Trial, served: Served, tmp_path: Path
) -> None:
    page = signed_in("Sol Weber", at="/exports?only=items")
    press(page, "Make the export")
    link = page.get_by_role("link", name=re.compile(r"^Download .*\.zip"))
    expect(link).to_be_visible(timeout=60_000)
    with page.expect_download() as coming:
        link.click()
    file = tmp_path / "export.zip"
    coming.value.save_as(file)
    with zipfile.ZipFile(file) as packed:
        packed.extractall(tmp_path)
    [folder] = [one for one in tmp_path.iterdir() if one.is_dir()]
    command = [sys.executable, "-I", str(served.folder / "verify_export.py"), str(folder)]
    done = subprocess.run([*command, "--key", trial.store.keys.vkey], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("PASS"), done.stdout + done.stderr
    page.locator("input[type=file]").set_input_files(file)
    passed = r"PASS\. \d+ files of the study are as they were handed over to Sol Weber"
    expect(page.get_by_text(re.compile(passed))).to_be_visible()
    [table] = folder.glob("*items*.csv")
    table.write_bytes(table.read_bytes().replace(b"2025", b"2024", 1))
    done = subprocess.run([*command, "--key", trial.store.keys.vkey], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout


def test_sol_takes_the_trial_as_of_a_moment_of_the_past_and_a_changed_copy_of_it_fails(
    signed_in: Callable[..., Page], tmp_path: Path
) -> None:
    page = signed_in("Sol Weber", at="/exports?only=items")
    page.get_by_role("radio", name="A number of entries").click()
    settled(page)
    enter(page, "Number of entries", "900")
    expect(page.get_by_text("As it stood after the first 900 entries")).to_be_visible()
    press(page, "Make the export")
    link = page.get_by_role("link", name=re.compile(r"^Download ket-trd-301-900\.zip"))
    expect(link).to_be_visible(timeout=60_000)
    with page.expect_download() as coming:
        link.click()
    with zipfile.ZipFile(coming.value.path()) as taken, zipfile.ZipFile(tmp_path / "copy.zip", "w") as copy:
        for name in taken.namelist():
            copy.writestr(name, taken.read(name).replace(b"2025", b"2024", 1))
    chosen = page.locator("input[type=file]")
    chosen.set_input_files(tmp_path / "copy.zip")
    expect(page.get_by_text("copy.zip is not what was handed over.")).to_be_visible()
    (tmp_path / "holiday.zip").write_bytes(b"a picture")
    chosen.set_input_files(tmp_path / "holiday.zip")
    expect(page.get_by_text("This is no zip file: choose the one that was downloaded.")).to_be_visible()
    expect(page.get_by_text("is not what was handed over")).to_be_hidden()


def test_who_only_reads_sees_the_session_without_buttons_and_a_rater_sees_none(
    signed_in: Callable[..., Page],
) -> None:
    page = signed_in("Mo Haddad", at="/infusion?subject=02-0001&event=V3")
    expect(page.get_by_role("cell", name="Stopped for good")).to_be_visible()
    expect(page.get_by_text("Day of this infusion")).to_be_visible()  # and not today's clock
    page.get_by_text("All forms of this visit").scroll_into_view_if_needed()
    expect(
        page.get_by_role("heading", name="Infusion session 02-0001 · V3 Infusion 1 · 24-Feb-2025")
    ).to_be_in_viewport()
    expect(page.get_by_role("button", name="Undo the last tap")).to_have_count(0)
    expect(page.get_by_role("button", name="Save reading")).to_have_count(0)
    expect(page.get_by_text("Actual total dose")).to_have_count(0)
    unblinded = signed_in("Wen Zhao")  # the control: who may see it does
    go(unblinded, "/infusion?subject=02-0001&event=V3")
    expect(unblinded.get_by_text("Actual total dose")).to_be_visible()
    expect(unblinded.get_by_text("20.50 mg")).to_be_visible()
    rater = signed_in("Ravi Menon", at="/infusion?subject=02-0001&event=V3")
    expect(rater.get_by_text("Stopped for good")).to_have_count(0)
    expect(rater.get_by_text("Your role has no page at this address.")).to_be_visible()
    expect(rater.get_by_role("dialog")).to_have_count(0)
