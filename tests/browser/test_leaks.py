"""Every page, view, opened row, form, guessed address and export of every role of the demo: nothing in it that the role
must not see.

What is searched is what the server sends, tables and lists of choices included: more than a browser shows. The
controls: the same search over what an unblinded pharmacist, or somebody of another site, rightly gets.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.browser.conftest import ROOT, Served
from tests.browser.line import Line, line, session_of
from tests.browser.secrets import EYES, Eyes, Said, Search, caught, everything, is_number, secrets
from tests.browser.walking import walk
from trialkit.access.authentication import sign_in
from trialkit.access.identity import Identity
from trialkit.access.table import ROLES
from trialkit.cli.demo import PASSPHRASE, PASSWORD
from trialkit.cli.opening import clock, opened
from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound, Refused
from trialkit.export.bundle import hand_over
from trialkit.export.declared import load_deliverables
from trialkit.export.source import Scope
from trialkit.ledger.entry import Place
from trialkit.ledger.proof import NAME
from trialkit.study.compiled import CompiledStudy

LOOKS = 5
"""Looks at a page, at most."""
DIALOGS = 8
"""Looks at the first form of each kind, at most: its signs, and of its tables a row, a column and what there is."""
SUBJECTS = {"01": "01-0001", "02": "02-0001"}
PAGES = (
    "",
    "subjects",
    "infusion",
    "queries",
    "review",
    "sign",
    "safety",
    "study",
    "log",
    "exports",
    "people",
    "subject",
    "questionnaire",
    "entry",
)
SCREENED = [eyes for eyes in EYES if eyes.role not in ("irt", "laboratory")]
EXPORTING = [one for one in EYES if one.user in ("ana", "uma", "mo", "dee", "ines")]
MAY_EXPORT = ("ana", "lea", "hale", "ito", "uma", "mo", "dee", "mia", "sol", "ines")
WHOLE = ("ana", "uma", "dee", "ines")
"""Those whose tables of all that is in sight are looked at too, not only the files of one subject."""


@dataclass(frozen=True)
class Known:
    """A copy of the demo's trial, and every string in it."""

    trial: Trial
    study: CompiledStudy
    every: list[Said]
    forms: dict[str, list[Place]]
    kept: dict[Eyes, list[str]] = field(default_factory=dict)

    def secrets(self, eyes: Eyes) -> list[str]:
        """What these eyes must not see."""
        if eyes not in self.kept:
            self.kept[eyes] = secrets(eyes, self.every, self.study)
        return self.kept[eyes]


@pytest.fixture(scope="module")
def known(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    folder = tmp_path_factory.mktemp("leaks") / "copy"
    shutil.copytree(served.folder, folder)
    with opened(str(folder / "demo.db"), folder / "demo.keys", PASSPHRASE) as store:
        trial = Trial(store)
        study = trial.latest()
        assert study is not None
        first: dict[str, dict[str, Place]] = {}
        for site, subject in SUBJECTS.items():
            for one in trial.everything().outlines([subject]):
                first.setdefault(site, {}).setdefault(one.place.form, one.place)
        forms = {site: list(found.values()) for site, found in first.items()}
        yield Known(trial, study, everything(trial), forms)


@pytest.fixture
def at(served: Served, eyes: Eyes) -> Iterator[Line]:
    """The screens as this person has them."""
    with line(served.url, session_of(served.url, eyes.user, PASSWORD, eyes.role)) as one:
        yield one


def asked(place: Place) -> dict[str, str]:
    return {"subject": place.subject, "event": place.event, "event_repeat": str(place.event_repeat),
            "form": place.form, "form_repeat": str(place.form_repeat)}  # fmt: skip


@pytest.mark.parametrize("eyes", SCREENED, ids=lambda eyes: eyes.user)
def test_no_page_view_or_opened_row_holds_what_must_not_be_seen_by(eyes: Eyes, at: Line, known: Known) -> None:
    secret = known.secrets(eyes)
    assert len(secret) > 100
    search = Search(secret)
    leaks, looks, failures = {}, 0, set()
    for page in PAGES[:-1]:
        more = {"subject": SUBJECTS[(eyes.sites or ("01",))[0]]} if page in ("subject", "infusion") else {}
        more |= {"event": "V3"} if page == "infusion" else {}
        for where, drawn in walk(at, page, LOOKS, **more):
            looks += 1
            failures |= set(drawn.failures)
            leaks |= {text: where for text in search.caught(drawn.text) if text != more.get("subject")}
            if drawn.not_found:
                break
    assert not leaks
    assert not failures
    assert looks >= len(PAGES) - 1


@pytest.mark.parametrize("eyes", SCREENED, ids=lambda eyes: eyes.user)
def test_no_form_dialog_or_guessed_address_of_a_form_tells_what_must_not_be_seen_by(
    eyes: Eyes, at: Line, known: Known
) -> None:
    """All forms of a subject of each site, those hidden from the role and those of the other site too."""
    search, leaks, failures = Search(known.secrets(eyes)), {}, set()
    own = eyes.sites[0] if eyes.sites else "01"
    opened: set[str] = set()  # what there is to say about answers looks the same on each form of a kind
    for site, places in known.forms.items():
        for place in places if site == own else places[:3]:
            page = "questionnaire" if eyes.role == "subject" else "entry"
            for where, drawn in walk(at, page, 1 if place.form in opened else DIALOGS, **asked(place)):
                opened.add(place.form)
                failures |= set(drawn.failures)
                # what was typed into the address is nobody's secret
                leaks |= {text: where for text in search.caught(drawn.text) if text != place.subject}
    assert not leaks
    assert not failures


@pytest.mark.parametrize("eyes", [one for one in EYES if one.user in ("ana", "uma")],
                         ids=lambda eyes: eyes.user)  # fmt: skip
def test_a_subject_of_another_site_and_one_that_does_not_exist_look_the_same_to(eyes: Eyes, at: Line) -> None:
    other = next(subject for site, subject in SUBJECTS.items() if site not in eyes.sites)
    for page, more in (("subject", {}), ("entry", {"event": "V3", "form": "VS"}), ("entry", {"form": "no such"})):
        told = [at.open(page, None, subject=subject, **more).words for subject in (other, "99-9999", "'; --")]
        assert told[0] == told[1] == told[2]
        assert "There is no such subject at your sites." in told[0]


def test_roles_without_screens_are_told_so_and_nothing_else(served: Served, known: Known) -> None:
    for eyes in EYES:
        if eyes.role in ("irt", "laboratory"):
            with line(served.url, session_of(served.url, eyes.user, PASSWORD, eyes.role)) as at:
                for page in PAGES:
                    drawn = at.open(page, None, subject=SUBJECTS["01"])
                    assert "has no screens" in drawn.words
                    assert not drawn.failures
                    assert not caught(drawn.text, known.secrets(eyes))


def test_the_search_finds_what_the_pharmacist_sees_and_others_must_not(served: Served, known: Known) -> None:
    """The control: the very search that found nothing finds a masked dose, and a subject of the other site."""
    of = {eyes.user: known.secrets(eyes) for eyes in EYES}
    uma, lea = (next(eyes for eyes in EYES if eyes.user == name) for name in ("uma", "lea"))
    with line(served.url, session_of(served.url, uma.user, PASSWORD, uma.role)) as at:
        dose = next(place for place in known.forms["01"] if place.form == "DP")
        drawn = at.open("entry", None, **asked(dose)).text
        assert len(caught(drawn, of["ines"])) > 5
        assert len(caught(drawn, of["ana"])) > 5
        assert not caught(drawn, of["uma"])
    with line(served.url, session_of(served.url, lea.user, PASSWORD, lea.role)) as at:
        listed = at.open("subjects").text
        assert SUBJECTS["02"] in caught(listed, of["ana"])
        assert SUBJECTS["02"] in caught(listed, of["adi"])
        assert not caught(listed, of["lea"])
    dee = next(eyes for eyes in EYES if eyes.user == "dee")
    with line(served.url, session_of(served.url, dee.user, PASSWORD, dee.role)) as at:
        board = at.open("queries").text
        assert {text for text in caught(board, of["uma"]) if is_number(text)} >= {"I10"}
        assert not caught(board, of["dee"])


def who(known: Known, eyes: Eyes) -> Identity:
    return sign_in(known.trial.store, eyes.user, PASSWORD, clock, role=eyes.role, address="test")


def words_of(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file of an export as text."""
    for file in sorted(folder.iterdir()):
        if file.suffix == ".pdf":
            reader = PdfReader(file)
            yield file.name, "\n".join([page.extract_text() for page in reader.pages] + [str(reader.metadata)])
        else:
            yield file.name, file.read_text("utf-8-sig")


@pytest.mark.parametrize("eyes", EXPORTING, ids=lambda eyes: eyes.user)
def test_no_file_of_any_export_holds_what_must_not_be_seen_by(eyes: Eyes, known: Known, tmp_path: Path) -> None:
    declared = load_deliverables(ROOT / "exports" / "ket_trd_301", known.study.study)
    site = (eyes.sites or ("01",))[0]
    tables = [one for one in declared if one.what.kind != "casebook"]
    person, secret = who(known, eyes), known.secrets(eyes)
    made = [hand_over(known.trial, person, declared, tmp_path / "one", scope=Scope(SUBJECTS[site]))]
    if eyes.user in WHOLE:
        made.append(
            hand_over(known.trial, person, tables, tmp_path / "tables", scope=Scope(site=(*eyes.sites, None)[0]))
        )
    # the headers of all entries stand in every proof (design 3.3), with the numbers of subjects and of the checks that
    # asked about them, and nothing else
    leaks = {text: name for export in made for name, words in words_of(export.folder) for text in caught(words, secret)
             if name != NAME or not is_number(text)}  # fmt: skip
    assert not leaks
    for other in {"01", "02"} - set(eyes.sites or ("01", "02")):
        for scope in (Scope(site=other), Scope(SUBJECTS[other]), Scope()):
            with pytest.raises((Refused, NotFound)) as refused:
                hand_over(known.trial, person, tables, tmp_path / "not", scope=scope)
            told = str(refused.value)
            assert not [one for one in caught(told, secret) if one != scope.subject]
    assert not (tmp_path / "not").exists()


def test_roles_without_the_right_take_nothing_out(known: Known, tmp_path: Path) -> None:
    declared = load_deliverables(ROOT / "exports" / "ket_trd_301", known.study.study)
    for eyes in EYES:
        if eyes.user not in MAY_EXPORT:
            with pytest.raises(Refused):
                hand_over(known.trial, who(known, eyes), declared, tmp_path / eyes.user, scope=Scope(site="01"))
    assert not list(tmp_path.iterdir())


def test_the_search_finds_in_a_pharmacists_files_what_others_must_not_see(known: Known, tmp_path: Path) -> None:
    uma = next(eyes for eyes in EYES if eyes.user == "uma")
    declared = load_deliverables(ROOT / "exports" / "ket_trd_301", known.study.study)
    made = hand_over(known.trial, who(known, uma), declared, tmp_path / "one", scope=Scope(SUBJECTS["01"]))
    ana = known.secrets(next(eyes for eyes in EYES if eyes.user == "ana"))
    found = {name: caught(words, ana) for name, words in words_of(made.folder)}
    assert [name for name, leaks in found.items() if name.endswith("items.csv") and len(leaks) > 3]
    # the casebook is declared blinded, whoever takes it: a pharmacist's as if they were none of the unblinded
    blinded = known.secrets(replace(uma, classes=("open", "identifier")))
    pdf = next(words for name, words in words_of(made.folder) if name.endswith(".pdf"))
    assert not caught(pdf, blinded)


def test_every_role_of_the_table_is_looked_at() -> None:
    assert {eyes.role for eyes in EYES} == set(ROLES) - {"system"}
