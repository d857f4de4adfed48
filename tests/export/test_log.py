"""The change log as a PDF: exactly what was selected, what it is on the first page, and bound by the ledger."""

from __future__ import annotations

import datetime as dt
from hashlib import sha256
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.access.staff import acting
from tests.ward import SUBJECT, Ward
from trialkit.conduct.handed import handed
from trialkit.conduct.reason import Reason
from trialkit.conduct.trail_review import selected
from trialkit.errors import Refused, WrongValue
from trialkit.export import log
from trialkit.export.log import take_log
from trialkit.export.pdf.check import check_pdf
from trialkit.ledger.tree import root
from trialkit.store.log import Wanted

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])
WHY = "the chart of the ward says: 128 → not 120, " + "see the sheet of the day. " * 12


@pytest.fixture
def corrected(ward: Ward) -> Ward:
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-03-01"}, who=ward.ito)
    ward.save("V1", "VS", {"VSDAT": "2026-03-01", "SYSBP": "120", "DIABP": "80"})
    ward.save("V1", "VS", {"SYSBP": "128"}, reason=Reason("SOURCE", WHY))
    ward.save("V2", "DOSE", {"DOSEDTM": "2026-03-02T07:30", "DOSEMG": "35.5"}, who=acting("system"))
    return ward


def text(path: Path) -> list[str]:
    return [" ".join((page.extract_text() or "").split()) for page in PdfReader(path).pages]


def test_it_holds_exactly_what_was_selected_and_the_first_page_says_what_that_is(
    corrected: Ward, tmp_path: Path
) -> None:
    wanted = Wanted(subject=SUBJECT, acts=("record.save", "record.correct"))
    size, head = corrected.store.size, root(corrected.store.leaves(0, corrected.store.size)).hex()
    made = take_log(corrected.trial, corrected.ito, wanted, tmp_path)
    first, *rest = text(tmp_path / made.name)
    chosen = list(selected(corrected.trial.reader(corrected.ito), wanted))
    assert made.entries == len(chosen) > 1
    assert made.as_of == size
    for said in (f"first {size:,} entries", head, SUBJECT, "record.save, record.correct", "Dr Kenji Ito", "masked"):
        assert said in first, said
    body = " ".join(rest)
    assert body.count("Ana Souza (ana)") == sum(entry.actor.id == "ana" for entry in chosen)
    assert {str(entry.seq) for entry in chosen} <= set(body.split())
    assert "120 mmHg → 128 mmHg" in body
    assert "the chart of the ward says: 128 → not 120" in body
    assert body.count("see the sheet of the day.") == WHY.count("see the sheet of the day."), "it wraps, and is not cut"
    assert "enrolled" not in body
    assert check_pdf(tmp_path / made.name) == []


def test_a_long_one_has_its_days_as_bookmarks_and_in_its_contents(corrected: Ward, tmp_path: Path) -> None:
    for number in range(30):
        corrected.clock.moment += dt.timedelta(hours=12)
        corrected.save("V1", "VS", {"SYSBP": str(100 + number)}, reason=Reason("SOURCE", WHY))
    made = take_log(corrected.trial, corrected.ines, Wanted(), tmp_path)
    assert made.pages > 5
    pages = text(tmp_path / made.name)
    assert len(pages) == made.pages
    assert "03-Mar-2026 (UTC)" in pages[1]
    assert f"Page {made.pages} of {made.pages}" in pages[-1]
    assert check_pdf(tmp_path / made.name) == []


def test_who_is_blinded_takes_no_masked_value_and_who_is_not_does(corrected: Ward, tmp_path: Path) -> None:
    for who, there in ((corrected.ito, False), (corrected.uma, True)):
        folder = tmp_path / who.person
        folder.mkdir()
        made = take_log(corrected.trial, who, Wanted(subject=SUBJECT), folder)
        assert ("35.5" in " ".join(text(folder / made.name))) == there
        assert ("DOSEMG" in " ".join(text(folder / made.name))) == there


def test_taking_it_is_an_entry_that_binds_the_file(corrected: Ward, tmp_path: Path) -> None:
    made = take_log(corrected.trial, corrected.ines, Wanted(), tmp_path)
    [one] = handed(corrected.trial.reader(corrected.ines))
    assert (one.entry.seq, one.as_of) == (made.entry, str(made.as_of))
    assert one.files == {made.name: sha256((tmp_path / made.name).read_bytes()).hexdigest()}


def test_the_hash_of_one_that_holds_masked_values_is_withheld_from_who_is_blinded(
    corrected: Ward, tmp_path: Path
) -> None:
    made = take_log(corrected.trial, corrected.uma, Wanted(site="01"), tmp_path)
    assert [(one.entry.seq, dict(one.files)) for one in handed(corrected.trial.reader(corrected.ito))] == [
        (made.entry, {})
    ]
    [own] = handed(corrected.trial.reader(corrected.uma))
    assert list(own.files) == [made.name]


def test_a_selection_of_nothing_or_of_too_much_is_refused_and_leaves_no_entry(
    corrected: Ward, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = corrected.store.size
    with pytest.raises(WrongValue, match="no entry fits"):
        take_log(corrected.trial, corrected.ines, Wanted(subject="01-9999"), tmp_path)
    monkeypatch.setattr(log, "MOST", 3)
    with pytest.raises(WrongValue, match="more than 3 entries"):
        take_log(corrected.trial, corrected.ines, Wanted(), tmp_path)
    assert corrected.store.size == size
    assert list(tmp_path.glob("*.pdf")) == []


@pytest.mark.parametrize("role", ["nurse", "rater", "administrator"])
def test_who_may_take_nothing_out_takes_no_log(corrected: Ward, tmp_path: Path, role: str) -> None:
    with pytest.raises(Refused):
        take_log(corrected.trial, acting(role), Wanted(), tmp_path)
