"""Whole forms without a mouse: once the page is open, nothing but keys, in the order of the paper, up to the save."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import go, settled
from tests.browser.hands import saved
from trialkit.conduct.trial import Trial

KEY = 40
"""Milliseconds that a quick typist needs for a key; a cell of a table opens its box with the first."""
FREE = count(44)
"""Numbers of forms that nobody else enters; each attempt takes its own."""
_FOCUS = """() => {
  const at = document.activeElement, name = e => e?.getAttribute("aria-label") ?? "";
  const around = at.closest("[role=radiogroup], [role=toolbar], [role=region]");
  const cell = around?.querySelector("td[aria-selected=true]")?.getAttribute("aria-colindex");
  const head = cell && around.querySelector(`th[aria-colindex="${cell}"]`);
  return [name(at), name(around), at.innerText ?? "", head?.innerText ?? ""];
}"""


class Keys:
    """A keyboard, and eyes that see what has the focus. Forward only, as the paper goes."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            settled(self.page)

    def skip(self) -> None:
        """On to the next; what is typed is sent when it is left."""
        typed = self.page.evaluate("!document.activeElement.matches('a, button')")
        self.page.keyboard.press("Tab")
        if typed:
            settled(self.page)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text, delay=KEY)

    def at(self, name: str) -> bool:
        """Whether the focus is on what has this name: a box, a button, a cell below this head, or answers to it."""
        return name in self.page.evaluate(_FOCUS)

    def at_tools(self) -> bool:
        """Whether the focus is on the button beside an answer, which says whose it is to who cannot see it."""
        for _ in range(50):  # out of a dialog the focus comes back when the dialog is gone
            if any(
                one.startswith("⋯\u2003") and "history, queries, missing" in one for one in self.page.evaluate(_FOCUS)
            ):
                return True
            self.page.wait_for_timeout(100)
        return False

    def reach(self, name: str, most: int = 3) -> None:
        """Go on with Tab until there; to whoever needs more, the form is not in the order of the paper."""
        settled(self.page)  # what an answer brings along is there before the next key, also on a busy machine
        for _ in range(most):
            if self.at(name):
                return
            self.skip()
        assert self.at(name), f"{name} is not reached by {most} tabs, but {self.page.evaluate(_FOCUS)}"

    def write(self, label: str, text: str) -> None:
        """Into a box, or into a cell of a table."""
        self.reach(label)
        self.type(text)

    def choose(self, label: str, *answers: str) -> None:
        """One answer or several of those that lie side by side."""
        self.reach(label)
        for answer in answers:
            for _ in range(12):
                if self.at(answer):
                    break
                self.press("ArrowRight")
            assert self.at(answer), f"{label} has no answer {answer}"
            self.press("Space")

    def search(self, label: str, text: str) -> None:
        """The answer in a long list that these letters find."""
        self.reach(label)
        self.type(text)
        self.press("ArrowDown", "Enter")

    def miss(self, label: str, reason: str) -> None:
        """Say why there is no answer, in the dialog that F2 opens; the focus comes to the sign beside the box."""
        self.reach(label)
        self.page.keyboard.press("F2")
        expect(self.page.get_by_role("dialog")).to_be_focused()
        self.choose("No answer because", reason)
        expect(self.page.get_by_role("dialog")).to_be_hidden()
        expect(self.page.get_by_text("missing: ")).to_be_visible()
        settled(self.page)
        assert self.at_tools()


@pytest.fixture
def keys(signed_in: Callable[..., Page]) -> Keys:
    return Keys(signed_in("Ana Souza"))


def _open(keys: Keys, address: str) -> None:
    """By its address, and past the menu by the link that is there for it."""
    go(keys.page, f"/entry?subject=01-0012&{address}")
    keys.reach("Skip to main content", 2)
    keys.press("Enter")


def _finish(keys: Keys) -> None:
    keys.reach("Save and finish", 10)
    keys.page.keyboard.press("Enter")
    saved(keys.page)
    expect(keys.page.get_by_text("· complete ·")).to_be_visible()


def _held(trial: Trial, record: str) -> Mapping[str, object]:
    """What the store holds of a form, without marks and without what is worked out."""
    found = trial.everything().record(f"record/01-0012/{record}")
    assert found is not None
    rules = trial.compiled(found.study).forms[found.place.form].items
    typed = {item for item, rule in rules.items() if rule.compute is None}
    return {path: value for path, value in found.values.items() if path.rpartition(".")[2] in typed}


def test_a_medication_with_texts_dates_lists_and_a_missing_reason_is_what_was_typed(keys: Keys, trial: Trial) -> None:
    number = next(FREE)
    _open(keys, f"event=LOG&form=CM&form_repeat={number}")
    keys.choose("Any medication to record", "Yes")
    keys.write("Medication or therapy", "Ondansetron")
    keys.write("Coded name, optional", "ONDANSETRON")
    keys.search("Class as the protocol uses it, optional", "antiem")
    keys.write("Indication", "Nausea, “comme en mer”")
    keys.write("Dose", "4")
    keys.search("Dose unit", "milligram")
    keys.search("Frequency", "as need")
    keys.choose("Route", "By mouth")
    keys.write("Start", "un-may-25")
    keys.choose("Ongoing", "No")
    keys.write("End", "3 june 2025")
    keys.choose("Given as rescue on a dosing day", "No")
    keys.choose("Given for an adverse event", "No")
    keys.miss("Line number of the medical history, optional", "Not applicable")
    _finish(keys)
    assert _held(trial, f"LOG.1/CM.{number}") == {
        "CMYN": "Y", "CMTRT": "Ondansetron", "CMDECOD": "ONDANSETRON", "CMCLAS": "ANTIEMETIC",
        "CMINDC": "Nausea, “comme en mer”", "CMDSTXT": "4", "CMDOSU": "mg", "CMDOSFRQ": "PRN", "CMROUTE": "ORAL",
        "CMSTDAT": "2025-05", "CMONGO": "N", "CMENDAT": "2025-06-03", "CMRESC": "N", "CMAEYN": "N",
        "CMMHSPID": {"m": "NA"},
    }  # fmt: skip


def test_a_session_with_numbers_a_person_and_several_answers_is_what_was_typed(keys: Keys, trial: Trial) -> None:
    number = next(FREE)
    _open(keys, f"event=LOG&form=INT&form_repeat={number}")
    keys.write("Date", "5-may-25")
    keys.choose("Kind of session", "Integration")
    keys.write("After infusion number", "1")
    keys.choose("Contact mode", "Telephone")
    keys.write("Length (min)", "45")
    keys.search("Therapist", "noor")
    keys.choose("Topics", "What was experienced", "Traumatic memories", "Safety plan")
    keys.write("Distress", "4")
    keys.write("Fidelity to the manual (%), optional", "90")
    keys.choose("Adverse event mentioned", "No")
    keys.choose("Suicidality mentioned", "No")
    _finish(keys)
    assert _held(trial, f"LOG.1/INT.{number}") == {
        "INTDAT": "2025-05-05", "INTTYP": "INTEGRATION", "INTIDX": "1", "INTMODE": "PHONE", "INTDUR": "45",
        "INTBY": "noor", "INTTOP": ["EXPERIENCE CONTENT", "TRAUMA MATERIAL", "SAFETY PLAN"], "INTDIST": "4",
        "INTFID": "90", "INTAE": "N", "INTSI": "N",
    }  # fmt: skip


def test_tab_goes_from_answer_to_answer_and_f2_opens_what_there_is_to_say_about_one(keys: Keys) -> None:
    _open(keys, f"event=LOG&form=INT&form_repeat={next(FREE)}")
    keys.reach("Date")
    keys.type("5-may-25")
    keys.press("Tab")
    assert keys.at("Kind of session")
    keys.press("F2")
    dialog = keys.page.get_by_role("dialog")
    expect(dialog.get_by_text("Kind of session")).to_be_visible()
    keys.press("Escape")
    expect(dialog).to_be_hidden()
    assert keys.at_tools()
    keys.press("Tab")
    assert keys.at("Contact mode")
    keys.reach("Discard changes", 30)
    keys.press("Enter")


def test_readings_in_a_table_are_what_was_typed_cell_by_cell(keys: Keys, trial: Trial) -> None:
    number = next(FREE)
    _open(keys, f"event=UNS&event_repeat={number}&form=VS")
    keys.write("Date of the readings", "6-may-25")
    keys.reach("Readings", 12)
    for head, text in {
        "Replicate": "1", "Time": "08:10", "Position": "Sit", "Systolic blood pressure (mmHg)": "128",
        "Diastolic blood pressure (mmHg)": "79", "Pulse (beats/min)": "66", "Respiratory rate (breaths/min)": "14",
        "Oxygen saturation (%)": "98", "Temperature (C)": "36.7",
    }.items():  # fmt: skip
        keys.write(head, text)
        keys.skip()
    keys.reach("Weight (kg)", 6)  # past what leads to the history of a cell
    keys.write("Weight (kg)", "70.4")
    _finish(keys)
    read = {"VSREP": "1", "VSTIM": "08:10", "VSPOS": "SITTING", "SYSBP_VSORRES": "128", "DIABP_VSORRES": "79",
            "PULSE_VSORRES": "66", "RESP_VSORRES": "14", "OXYSAT_VSORRES": "98", "TEMP_VSORRES": "36.7"}  # fmt: skip
    cells = {f"READINGS[1].{item}": value for item, value in read.items()}
    assert _held(trial, f"UNS.{number}/VS.1") == {"VSDAT": "2025-05-06", "WEIGHT_VSORRES": "70.4", **cells}
