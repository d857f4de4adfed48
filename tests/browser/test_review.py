"""Review in steps: what Mo has not finished stays open, and no press reaches values that were not on the screen."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import Served
from tests.browser.line import PRESSED, Drawn, Line, Touched, session_of
from tests.browser.line import line as socket
from trialkit.access.identity import Identity
from trialkit.cli.demo import PASSWORD
from trialkit.conduct import query
from trialkit.conduct.capture import save_form
from trialkit.conduct.reason import Reason
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place

WHERE = {"subject": "01-0012"}
VOID = "Nothing was done: what was shown has changed meanwhile."
TYPED = {"DVTERM": "A blood sample late.", "DVDECOD": "PROCEDURE MISSED", "DVCAT": "NOT IMPORTANT",
         "DVSTDAT": "2025-03-03"}  # fmt: skip


def _late(trial: Trial, ana: Identity, number: int) -> Place:
    """A line of Ana's log of deviations."""
    place = Place("01", WHERE["subject"], "LOG", 1, "DV", number)
    save_form(trial, ana, place, TYPED, based_on=0, submit=True)
    return place


def _at(trial: Trial, drawn: Drawn, place: Place) -> int:
    """Where this form stands in the table of forms."""
    title = trial.study_at("01").forms[place.form].form.title
    rows = [row for row in drawn.rows if "Critical verified" in row]
    return next(n for n, row in enumerate(rows) if (row["Form"], row["No."]) == (title, str(place.form_repeat)))


def _open(at: Line, trial: Trial, *places: Place) -> tuple[Drawn, Touched]:
    """Lay these forms open."""
    drawn = at.open("review", None, **WHERE)
    ticked: Touched = {drawn.table("Forms to review"): [_at(trial, drawn, place) for place in places]}
    return at.open("review", ticked, **WHERE), ticked


def _values(trial: Trial, place: Place) -> str:
    return f"Values of {trial.study_at('01').forms[place.form].form.title} {place.form_repeat}"


def _tables(drawn: Drawn) -> set[str]:
    return {one.dataframe.alt for one in drawn.elements if one.WhichOneof("type") == "dataframe"}


def _marks(trial: Trial, place: Place) -> set[str]:
    record = trial.everything().record(place)
    return {path for path in record.values if path.startswith(("@verified[", "@frozen"))} if record else set()


def test_forms_that_hold_unverified_values_stay_open_after_a_press_and_those_that_are_done_go(
    served: Served, trial: Trial, people: Callable[[str], Identity]
) -> None:
    first, second = _late(trial, people("ana"), 91), _late(trial, people("ana"), 92)
    one, two = _values(trial, first), _values(trial, second)
    with socket(served.url, session_of(served.url, "mo", PASSWORD, "monitor")) as at:
        drawn, ticked = _open(at, trial, first, second)
        values = {drawn.table(one): [0, 1], drawn.table(two): [0]}
        drawn = at.open("review", {**ticked, **values}, **WHERE)
        at.open("review", {**ticked, **values, drawn.named("Verify 3 ticked"): PRESSED}, **WHERE)
        assert [len(_marks(trial, place)) for place in (first, second)] == [2, 1]
        drawn = at.open("review", {**ticked, **values}, **WHERE)  # the ticks of before are on tables that are gone
        assert {one, two} <= _tables(drawn)
        assert "Verify 0 ticked" in drawn.labels
        row = [row for row in drawn.rows if "Critical verified" in row][_at(trial, drawn, first)]
        of = sum(1 for row in drawn.rows if "Source verified" in row) // 2
        assert row["All verified"] == f"2 of {of}"

        values = {drawn.table(one): list(range(of))}
        drawn = at.open("review", {**ticked, **values}, **WHERE)
        at.open("review", {**ticked, **values, drawn.named(f"Verify {of} ticked"): PRESSED}, **WHERE)
        drawn = at.open("review", None, **WHERE)
        assert two in _tables(drawn)
        assert one not in _tables(drawn)


def test_a_press_reaches_no_form_that_was_changed_since_it_was_laid_open_and_lays_it_open_anew(
    served: Served, trial: Trial, people: Callable[[str], Identity]
) -> None:
    place = _late(trial, people("ana"), 93)
    record = trial.everything().record(place)
    assert record is not None
    with socket(served.url, session_of(served.url, "dee", PASSWORD, "datamanager")) as at:
        drawn, ticked = _open(at, trial, place)
        later = {"DVTERM": "A blood sample a day late."}
        save_form(trial, people("ana"), place, later, based_on=record.version, reason=Reason("SOURCE", "So it says."))
        drawn = at.open("review", {**ticked, drawn.named("Freeze 1 form"): PRESSED}, **WHERE)
        assert not _marks(trial, place)
        assert "A blood sample a day late." in drawn.text
        assert VOID in drawn.text
        drawn = at.open("review", {**ticked, drawn.named("Freeze 1 form"): PRESSED}, **WHERE)
        assert _marks(trial, place) == {"@frozen"}  # the control: what is on the screen is frozen
        assert VOID not in drawn.text


def test_a_row_that_is_ticked_opens_though_another_came_above_it_before_the_tick(
    served: Served, trial: Trial, people: Callable[[str], Identity]
) -> None:
    place, other = _late(trial, people("ana"), 95), _late(trial, people("ana"), 96)
    query.ask(trial, people("mo"), place, "DVTERM", "Which sample?")
    asked = {"subject": WHERE["subject"], "form": "DV", "check": "MANUAL"}
    board = "Queries: state, age in days, place, question, whose turn it is, check"
    with socket(served.url, session_of(served.url, "mo", PASSWORD, "monitor")) as at:
        drawn = at.open("queries", None, **asked)
        row = next(n for n, row in enumerate(drawn.rows) if row.get("Question") == "Which sample?")
        query.ask(trial, people("mo"), other, "DVTERM", "And this one?")
        drawn = at.open("queries", {drawn.table(board): [row]}, **asked)
        assert "> Which sample?" in drawn.words  # opened below the table
        assert "> And this one?" not in drawn.words


def test_after_freezing_nothing_is_ticked_so_that_a_second_click_does_not_thaw(
    served: Served, trial: Trial, people: Callable[[str], Identity]
) -> None:
    place = _late(trial, people("ana"), 94)
    with socket(served.url, session_of(served.url, "mo", PASSWORD, "monitor")) as at:
        drawn, ticked = _open(at, trial, place)
        at.open("review", {**ticked, drawn.named("Freeze 1 form"): PRESSED}, **WHERE)
        assert "@frozen" in _marks(trial, place)
        drawn = at.open("review", None, **WHERE)
        assert not [label for label in drawn.labels if label.startswith("Thaw")]


def test_newer_shows_the_newest_page_of_the_change_log_though_a_row_of_an_older_one_is_ticked(served: Served) -> None:
    with socket(served.url, session_of(served.url, "ines", PASSWORD, "auditor")) as at:
        drawn = at.open("log", None, **WHERE)
        newest = [row["Entry"] for row in drawn.rows]
        drawn = at.open("log", {drawn.named("Older"): PRESSED}, **WHERE)
        assert next(row["Entry"] for row in drawn.rows) < newest[-1]
        older: Touched = {drawn.table("Entries of the ledger, newest first"): [3]}
        drawn = at.open("log", older, **WHERE)
        drawn = at.open("log", {**older, drawn.named("Newer"): PRESSED}, **WHERE)
        assert [row["Entry"] for row in drawn.rows] == newest
