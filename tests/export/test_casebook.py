"""The subject casebook, read back as a reader's program reads it (regulatory 16.0, 16.3; PDF-01 to PDF-18)."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from tests.cast import DEE, ITO
from tests.export.ketamine import plan, stopped_infusion
from tests.export.memory import MemorySource, MemoryTrial
from trialkit.export.pdf.casebook import write_casebook
from trialkit.export.pdf.check import check_pdf
from trialkit.export.wording import read_value, split_path
from trialkit.ledger.entry import Place

DM = Place("01", "01-0001", "V1", 1, "DM")
UNBLINDED = ("ketamine hydrochloride", "14.48", "ECDOSE", "Dose preparation", "Actual dose")


def casebook(source: MemorySource, folder: Path, name: str = "casebook-01-01-0001.pdf") -> Path:
    path = folder / name
    write_casebook(source, path, next(iter(source.subjects())), plan())
    return path


def pages(path: Path) -> list[str]:
    """The text of each page, as a reader's search finds it."""
    document = pypdfium2.PdfDocument(path)
    texts = [page.get_textpage().get_text_bounded() for page in document]
    document.close()
    return texts


def flat(text: str) -> str:
    """Without white space: a line break inside a value does not count."""
    return "".join(text.split())


def test_every_current_and_every_superseded_value_is_in_the_text(tmp_path: Path) -> None:
    """PDF-08, P11-02, regulatory 16.3."""
    source = stopped_infusion().source()
    text = flat("".join(pages(casebook(source, tmp_path))))
    looked = 0
    for act in source.acts("01-0001"):
        form = source.study.forms.get(act.place.form)
        if form is None or form.visibility == "unblinded":
            continue
        for change in act.changes:
            item = form.items.get(split_path(change.item)[2])
            for value in (change.old, change.new):
                if value is None or (change.item.startswith("@") and change.item != "@reason"):
                    continue
                if change.item == "check" and value == "MANUAL":
                    value = "asked by a person"
                words = read_value(source, source.study, item, value, "America/New_York", unit=False)
                for line in words.split("\n"):
                    assert flat(line) in text, (change.item, line)
                    looked += 1
    assert looked > 90


def test_a_changed_value_leads_to_its_history_with_old_new_who_when_and_why(tmp_path: Path) -> None:
    """21 CFR 11.10(e), regulatory 16.3."""
    texts = pages(casebook(stopped_infusion().source(), tmp_path))
    assert "1948 [1]" in texts[3]
    history = flat(texts[-1])
    for words in (
        "1984",
        "1948",
        "Ana Souza (coordinator, Clinic North)",
        "12-Jan-2026 10:10 EST (15:10:00 UTC)",
        "Transcription error: digits were swapped, passport seen",
        "by screen",
        "entry 10",
    ):
        assert flat(words) in history, words


def test_a_value_that_was_calculated_once_has_no_mark_and_one_calculated_anew_has(tmp_path: Path) -> None:
    trial = stopped_infusion()
    ec = Place("01", "01-0001", "V4", 1, "EC")
    trial.save(ec, {"ECSTDAT": "2026-01-19", "ECSTTIM": "10:00"})
    trial.save(ec, {"ECVOLT": "50.0"}, act="record.compute", origin={"kind": "calculation"})
    text = "".join(pages(casebook(trial.source(), tmp_path)))
    assert "50.0 mL\r\n" in text
    trial.save(ec, {"ECVOLT": "49.9"}, act="record.compute", origin={"kind": "calculation"})
    text = "".join(pages(casebook(trial.source(), tmp_path)))
    assert "49.9 mL [" in text
    assert "by calculation" in text
    assert "Values recalculated after first entry 1" in text


def test_a_physician_can_tell_why_the_infusion_was_stopped(tmp_path: Path) -> None:
    """Steps and readings stand side by side in time order on the page of the visit."""
    page = pages(casebook(stopped_infusion().source(), tmp_path))[4]
    assert "Bold rows: Action is Pause or Stopped for good or Rate reduced." in page
    told = flat(page[page.index("Time Minute Step") : page.index("Infusion record (EC)")])
    order = [
        "09:40",
        "Start,75mL/h",
        "10:07",
        "Ratereduced,37.5mL/h",
        "Bloodpressureabovelimit",
        "166/97",
        "10:17",
        "176/104",
        "10:21",
        "Stoppedforgood",
        "184/112",
        "Headache,Nausea",
        "11:21",
    ]
    places = [told.find(words) for words in order]
    assert -1 not in places
    assert places == sorted(places)


def test_blank_declared_missing_and_cleared_values_can_be_told_apart(tmp_path: Path) -> None:
    """Regulatory 16.0: missing is shown as not done, unknown or blank, distinctly."""
    trial = stopped_infusion()
    trial.save(DM, {"SEX": None}, reason="NEWINFO", text="to be asked again")
    text = "".join(pages(casebook(trial.source(), tmp_path)))
    assert "MISSING: Not done" in text
    assert "Sex (SEX) blank [" in text
    assert "Note (NOTE) blank [" in text


def test_an_inactivated_line_is_struck_with_its_reason_and_still_legible(tmp_path: Path) -> None:
    texts = pages(casebook(stopped_infusion().source(), tmp_path))
    page = next(text for text in texts if "INACTIVATED" in text)
    assert "Adverse event 2 (AE) - INACTIVATED" in page
    assert f"inactivated by {DEE.name}" in page.replace("\r\n", " ")
    assert "part of event 1, entered twice" in page.replace("\r\n", " ")
    assert "Headache" in page


def test_queries_stand_under_their_form_with_state_and_thread(tmp_path: Path) -> None:
    text = flat("".join(pages(casebook(stopped_infusion().source(), tmp_path))))
    for words in (
        "Less than 90 % was given",
        "Yes: stopped for blood pressure, see steps.",
        "Thank you.",
        "EC-007 query",
        "asked by a person",
        "asked: Less than",
        "answered: Yes",
        "closed: Thank you.",
        "Source says 1948. Please look again.",
    ):
        assert flat(words) in text


def test_the_cover_states_consent_before_the_first_infusion_counts_and_signatures(tmp_path: Path) -> None:
    cover = pages(casebook(stopped_infusion().source(), tmp_path))[0]
    for words in (
        "12-Jan-2026 09:10 EST - before first infusion by 3 d 0 h 52 min",
        "Queries not closed 1",
        "Forms entered 5",
        ITO.name,
        "I reviewed this record",
        "Values declared missing, with a reason 1",
        "Values changed by people after first entry 3",
        "Values recalculated after first entry 0",
        "Enrolment Enrolled",
    ):
        assert words in cover.replace("\r\n", " "), words


def test_a_consent_after_the_first_infusion_is_said_aloud(tmp_path: Path) -> None:
    trial = stopped_infusion()
    trial.save(DM, {"CONSDAT": "2026-01-16"}, reason="TRANSCRIPTION", text="date on the paper form")
    assert "AFTER first infusion" in pages(casebook(trial.source(), tmp_path))[0]


def test_header_and_footer_stand_on_every_page(tmp_path: Path) -> None:
    """Regulatory 16.0, PDF-12."""
    source = stopped_infusion().source()
    texts = pages(casebook(source, tmp_path))
    for number, text in enumerate(texts, 1):
        for words in (
            "KET-TRD-301",
            "Ketamine in depression",
            "Site 01 Clinic North",
            "Subject 01-0001",
            "Subject casebook",
            "working copy, blinded",
            f"Page {number} of {len(texts)}",
            "Data as of 12-Jan-2026 15:12:00 UTC, entry 13",
            f"head {source.snapshot.head[:12]}",
            "trialkit 0.1.0",
            "Study version 1.0",
            "TRAINING - not a real subject",
        ):
            assert words in text, (number, words)


def test_a_production_casebook_says_nothing_of_training(tmp_path: Path) -> None:
    assert "TRAINING" not in "".join(pages(casebook(stopped_infusion("production").source(), tmp_path)))


def test_a_blinded_casebook_has_none_of_the_unblinded_words_and_an_unblinded_one_has_all(tmp_path: Path) -> None:
    trial = stopped_infusion()
    blinded = "".join(pages(casebook(trial.source("open"), tmp_path)))
    whole = "".join(pages(casebook(trial.source("open", "unblinded"), tmp_path)))
    assert [word for word in UNBLINDED if word in blinded] == []
    assert [word for word in UNBLINDED if word not in whole] == []
    assert "working copy, UNBLINDED" in whole


def test_the_same_moment_gives_the_same_bytes_for_ever(tmp_path: Path) -> None:
    """PDF-18, design 3.10."""
    trial = stopped_infusion()
    then = len(trial.acts)
    first = casebook(trial.source(), tmp_path).read_bytes()
    trial.save(DM, {"BRTHYR": "1950"}, reason="NEWINFO", text="told so")
    assert casebook(trial.source(as_of=then), tmp_path).read_bytes() == first
    assert casebook(trial.source(), tmp_path).read_bytes() != first


def test_a_casebook_keeps_every_rule_for_regulatory_pdf_files(tmp_path: Path) -> None:
    """PDF-01 to PDF-17."""
    assert check_pdf(casebook(stopped_infusion().source(), tmp_path)) == []


def test_bookmarks_and_contents_have_two_branches_title_for_title(tmp_path: Path) -> None:
    """PDF-09, regulatory 16.3."""
    path = casebook(stopped_infusion().source(), tmp_path)
    with pikepdf.open(path) as pdf, pdf.open_outline() as outline:
        top = [entry.title for entry in outline.root]
        by_visit = next(entry for entry in outline.root if entry.title == "By visit")
        visits = {entry.title: [child.title for child in entry.children] for entry in by_visit.children}
        titles: list[str] = []
        waiting = list(outline.root)
        while waiting:
            entry = waiting.pop(0)
            titles.append(entry.title)
            waiting = [*entry.children, *waiting]
    assert top == ["Cover", "Contents", "Visit matrix", "By visit", "By form", "History of changed values"]
    assert visits["V3 Infusion 1"] == ["Infusion record", "Monitoring"]
    lines = pages(path)[1].split("\r\n")
    lines = lines[next(n for n, line in enumerate(lines) if line.startswith("Cover ")) : -2]
    told = [line.rpartition(" ")[0] for line in lines]
    assert told == titles


@pytest.mark.parametrize("length", [4_000, 40_000])
def test_a_text_longer_than_a_page_is_broken_across_pages_and_loses_nothing(tmp_path: Path, length: int) -> None:
    words = " ".join(f"word{number}" for number in range(length // 9))
    trial = stopped_infusion()
    trial.save(DM, {"NOTE": words}, reason="NEWINFO", text="a long story")
    path = casebook(trial.source(), tmp_path)
    assert check_pdf(path) == []
    found = flat("".join(pages(path)))
    missing = [word for word in words.split() if word not in found]
    assert missing == []


def test_a_word_without_spaces_is_broken_and_stays_inside_the_margins(tmp_path: Path) -> None:
    trial = stopped_infusion()
    trial.save(DM, {"NOTE": "x" * 900}, reason="NEWINFO", text="y" * 500)
    path = casebook(trial.source(), tmp_path)
    assert check_pdf(path) == []
    assert flat("".join(pages(path))).count("x" * 50) >= 1


def test_a_table_that_goes_on_repeats_its_header(tmp_path: Path) -> None:
    trial = stopped_infusion()
    for number in range(60):
        trial.save(DM, {"BRTHYR": str(1900 + number)}, reason="NEWINFO", text=f"change {number}")
    texts = [text for text in pages(casebook(trial.source(), tmp_path)) if "History of changed values" in text[:200]]
    assert len(texts) > 2
    assert all("Old value" in text for text in texts)


@pytest.mark.parametrize(
    "words", ["Ångström ≥ 5 µg", "Καλημέρα", "Привет", "line one\nline two", "a (b) \\ c", "naïve – “quoted”"]
)
def test_letters_of_many_languages_signs_and_line_breaks_can_be_found(tmp_path: Path, words: str) -> None:
    trial = stopped_infusion()
    trial.save(DM, {"NOTE": words}, reason="NEWINFO", text="as written")
    assert flat(words) in flat("".join(pages(casebook(trial.source(), tmp_path))))


def test_a_character_without_a_glyph_is_spelled_out_and_lost_nowhere(tmp_path: Path) -> None:
    trial = stopped_infusion()
    trial.save(DM, {"NOTE": "見本\u0007 end"}, reason="NEWINFO", text="as written")
    path = casebook(trial.source(), tmp_path)
    assert check_pdf(path) == []
    with pikepdf.open(path) as pdf:
        drawn = b"".join(page.Contents.read_bytes() for page in pdf.pages)
    assert b"<U+898B>" in drawn
    assert b"/ActualText <FEFF898B>" in drawn
    assert b"<U+0007>" in drawn


def test_a_character_beyond_the_first_plane_is_spelled_out_even_where_the_font_has_it(tmp_path: Path) -> None:
    """Its map to Unicode would be odd hexadecimal, which no reader takes."""
    trial = stopped_infusion()
    trial.save(DM, {"NOTE": "felt great \U0001f600"}, reason="NEWINFO", text="as written")
    path = casebook(trial.source(), tmp_path)
    assert check_pdf(path) == []
    with pikepdf.open(path) as pdf:
        drawn = b"".join(page.Contents.read_bytes() for page in pdf.pages)
    assert b"<U+1F600>" in drawn
    assert b"/ActualText <FEFFD83DDE00>" in drawn


def test_markup_in_a_value_is_text_and_opens_nothing(tmp_path: Path) -> None:
    """Security 3.5."""
    trial = stopped_infusion()
    trial.save(DM, {"NOTE": '<img src="/etc/hostname"/> </b> &amp; ) Tj ET'}, reason="NEWINFO", text="hostile")
    path = casebook(trial.source(), tmp_path)
    assert '<imgsrc="/etc/hostname"/></b>&amp;)TjET' in flat("".join(pages(path)))
    assert check_pdf(path) == []


def test_a_subject_with_no_form_has_a_casebook_that_says_so(tmp_path: Path) -> None:
    trial = MemoryTrial(stopped_infusion().all_versions[0])
    place = Place("01", "01-0001")
    trial.save(place, {"enrolled": "2026-01-12"}, act="subject.enrol", status="ENROLLED", stream="subject/01-0001")
    path = casebook(trial.source(), tmp_path)
    text = "".join(pages(path))
    assert "Forms entered 0" in text
    assert "No value was changed" in text
    assert check_pdf(path) == []
