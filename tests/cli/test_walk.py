"""A trial walked through from the command line alone, verb by verb, as a newcomer would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.stockroom import KIT, LEDGER, SITE
from tests.ward import write_study
from tests.ward_study import STUDY
from trialkit.cli import app

WORDS = "plum harbour violet anchor"
Walk = Callable[..., Result]


def ward_with_a_stockroom(folder: Path) -> Path:
    return write_study(folder, study=STUDY + SITE, kit=KIT, ledger=LEDGER)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Run one command as somebody; it must succeed unless the test says that it fails.

    The ward is open for business: Ana, Mo and Dee at site 01, study published, consent in force. Each test enrols a
    subject of its own, since every command signs in at full strength and a ward for each test would take a minute.
    """
    folder = tmp_path_factory.mktemp("walk")
    env = {
        "TRIALKIT_STORE": str(folder / "ward.db"),
        "TRIALKIT_KEYS": str(folder / "ward.keys"),
        "TRIALKIT_PASSPHRASE": WORDS,
        "TRIALKIT_PASSWORD": WORDS,
    }

    def run(user: str, *words: str, fails: bool = False, **more: str) -> Result:
        told = CliRunner().invoke(app, list(words), env={**env, "TRIALKIT_USER": user, **more})
        assert (told.exit_code != 0) == fails, (words, told.output, told.exception)
        return told

    study = str(ward_with_a_stockroom(folder / "ward"))
    run("adi", "init", "--study", study, "--training", "--administrator", "Adi Okafor")
    run("adi", "site", "add", "01", "Clinic North", "--zone", "Europe/London", "--country", "GBR")
    for user, name, role, site in (
        ("ana", "Ana Souza", "coordinator", "01"),
        ("mo", "Mo Haddad", "monitor", "01"),
        ("dee", "Dee Larsen", "datamanager", "*"),
    ):
        temporary = "granite lantern orbit"
        run("adi", "person", "add", user, name, "Clinic North", TRIALKIT_NEW_PASSWORD=temporary)
        run("adi", "person", "grant", user, role, "--site", site)
        run(user, "person", "password", TRIALKIT_PASSWORD=temporary, TRIALKIT_NEW_PASSWORD=WORDS)
    run("dee", "study", "publish", study, "--site", "01")
    run("dee", "site", "consent", "01", "1.0", "--approved", "2025-12-01", "--from", "2026-01-01")
    return run


def test_a_form_is_entered_corrected_asked_about_answered_and_closed(walk: Walk) -> None:
    walk("ana", "subject", "enrol", "01-0001", "--site", "01")
    first = walk(
        "ana", "record", "save", "01-0001/V1/VS", "SYSBP=152", "DIABP=88", "WEIGHT=70.0", "--missing", "VSDAT=ND"
    )
    assert "query    G02 at SYSBP: Unusual value" in first.output
    walk("ana", "record", "save", "01-0001/V1/VS", "WEIGHT=71.0", fails=True)
    walk("ana", "record", "save", "01-0001/V1/VS", "WEIGHT=71.0", "--reason", "SOURCE", "--because", "Scale says 71.0.")
    shown = walk("ana", "record", "show", "01-0001/V1/VS").output
    assert "71.0 kg" in shown
    assert "missing (ND): Not done" in shown
    told = walk("mo", "record", "history", "01-0001/V1/VS").output
    assert "WEIGHT: 70.0 -> 71.0\n        because: Source corrected: Scale says 71.0.  [SOURCE]" in told
    assert "@reason" not in told
    again = ("--reason", "SOURCE", "--because", "Scale says 70.5.")
    walk("ana", "record", "save", "01-0001/V1/VS", "WEIGHT=", *again)
    walk("ana", "record", "save", "01-0001/V1/VS", "WEIGHT=70.5", *again)
    told = walk("mo", "record", "history", "01-0001/V1/VS").output
    assert "WEIGHT: 71.0 -> (cleared)" in told
    assert "WEIGHT: (blank) -> 70.5" in told
    asked = (
        walk("mo", "query", "ask", "01-0001/V1/VS", "WEIGHT", "With or without shoes?")
        .output.removeprefix("Asked: ")
        .strip()
    )
    walk("ana", "query", "answer", asked, "Without.")
    walk("ana", "query", "close", asked, "Settled.", fails=True)
    walk("mo", "query", "close", asked, "Settled.")
    listed = walk("mo", "query", "list", "--open").output
    assert asked not in listed
    assert "V1.1/VS.1/G02/SYSBP/1  OPEN  query" in listed
    assert "1 open query" in walk("ana", "subject", "show", "01-0001").output


def test_wrong_answers_are_refused_one_by_one_and_the_rest_is_saved(walk: Walk) -> None:
    walk("ana", "subject", "enrol", "01-0002", "--site", "01")
    told = walk("ana", "record", "save", "01-0002/V1/VS", "SYSBP=1200", "DIABP=80", fails=True)
    assert "Saved as version 1." in told.output
    assert "refused  SYSBP" in told.output
    assert "DIABP" in walk("ana", "record", "show", "01-0002/V1/VS").output


def test_a_line_is_struck_and_a_second_consent_needs_the_version_in_force(walk: Walk) -> None:
    walk("ana", "subject", "enrol", "01-0003", "--site", "01")
    walk("ana", "record", "save", "01-0003/LOG/AE", "AETERM=Headache", "AESTDAT=2026-03", "AESER=N")
    walk("ana", "record", "strike", "01-0003/LOG/AE", "--reason", "OTHER", "--because", "Belongs to subject 01-0099.")
    assert "struck: it counts nowhere" in walk("ana", "record", "show", "01-0003/LOG/AE").output
    late = walk("ana", "record", "save", "01-0003/LOG/IC", "ICVER=2.0", "ICDAT=2026-03-01", fails=True)
    assert "version 1.0 was in force" in str(late.exception)
    walk("ana", "record", "save", "01-0003/LOG/IC", "ICVER=1.0", "ICDAT=2026-03-01")


def test_places_and_pairs_that_are_none_are_refused_with_an_example(walk: Walk) -> None:
    walk("ana", "subject", "enrol", "01-0004", "--site", "01")
    for words, told in (
        (("record", "show", "01-0004"), "is no place"),
        (("record", "show", "01-0009/V1/VS"), "there is no subject 01-0009"),
        (("record", "show", "01-0004/V1/XX"), "there is no form XX"),
        (("record", "show", "01-0004/V1/VS"), "nothing has been entered"),
        (("record", "show", "01-0004/V99/VS"), "there is no event V99"),
        (("record", "show", "01-0004/V1/DOSE"), "form DOSE is not filled in at V1"),
        (("record", "save", "01-0004/V1/VS", "SYSBP"), "is no ITEM=VALUE"),
        (("subject", "show", "01-0009"), "there is no subject 01-0009"),
    ):
        assert told in str(walk("ana", *words, fails=True).exception), words


def test_a_dry_run_of_publishing_tells_and_changes_nothing(walk: Walk, tmp_path: Path) -> None:
    walk("ana", "subject", "enrol", "01-0005", "--site", "01")
    folder = ward_with_a_stockroom(tmp_path / "ward")
    (folder / "vs.yaml").write_text((folder / "vs.yaml").read_text().replace("label: Weight\n", "label: Body weight\n"))
    told = walk("dee", "study", "publish", str(folder), "--site", "01", "--dry-run").output
    assert "VS.WEIGHT.label: Weight → Body weight" in told
    assert "site 01: differences 1, effects on entered data" in told
    walk("dee", "study", "publish", str(folder), "--site", "01")
    walk("dee", "study", "publish", str(folder), "--site", "01", fails=True)
    assert "1.0 from 2026-01-01" in walk("ana", "site", "list").output
    assert "01-0005  site 01  enrolled  0 forms  0 open queries" in walk("ana", "subject", "list").output


def test_a_struck_row_is_marked_where_the_form_is_shown_and_codes_are_told_in_words(walk: Walk) -> None:
    walk("ana", "subject", "enrol", "01-0006", "--site", "01")
    walk("ana", "record", "save", "01-0006/V2/DOSE", "STEPS[1].STEPVOL=10.0", "STEPS[2].STEPVOL=20.0")
    why = ("--reason", "OTHER", "--because", "The pump was started twice.")
    walk("ana", "record", "strike", "01-0006/V2/DOSE", "--row", "STEPS[1]", *why)
    shown = walk("ana", "record", "show", "01-0006/V2/DOSE").output.splitlines()
    assert [line.split()[:2] for line in shown if "10.0" in line] == [["1", "(struck)"]]
    assert "(struck)" not in next(line for line in shown if line.startswith("  2"))
    assert "  Rows marked (struck) were struck: they count nowhere." in shown
    assert "STEPS[1]: struck" in walk("mo", "record", "history", "01-0006/V2/DOSE").output
    walk("ana", "record", "save", "01-0006/V1/DM", "SEX=F")
    assert "Female (F)" in walk("ana", "record", "show", "01-0006/V1/DM").output


def test_an_item_written_in_the_wrong_way_is_told_how_it_is_written(walk: Walk) -> None:
    walk("ana", "subject", "enrol", "01-0007", "--site", "01")
    told = walk("ana", "record", "save", "01-0007/V2/DOSE", "STEPVOL=1.0", "MAIN[1].DOSEDTM=x", "DOSED=x", fails=True)
    assert "STEPVOL stands in rows of STEPS (write STEPS[1].STEPVOL)" in told.output
    assert "DOSEDTM stands once in the form, not in rows of MAIN (write DOSEDTM)" in told.output
    assert "has no item DOSED (did you mean DOSEDTM?)" in told.output


def test_sites_are_listed_with_the_study_in_force_and_need_a_country_code(walk: Walk) -> None:
    assert "study:   WARD-1 version 1 (" in walk("ana", "site", "list").output
    zone = ("--zone", "Europe/London")
    late = walk("adi", "site", "add", "02", "Clinic South", *zone, "--country", "gb", fails=True)
    assert "'gb' is no country (three capital letters" in str(late.exception)
    walk("adi", "site", "add", "02", "Clinic South", *zone, "--country", "GBR")
    assert "none in force; `trialkit study publish`" in walk("adi", "site", "list").output


def test_no_query_is_said_and_items_of_a_form_are_listed(walk: Walk, tmp_path: Path) -> None:
    walk("ana", "subject", "enrol", "01-0008", "--site", "01")
    assert walk("ana", "query", "list", "--subject", "01-0008").output == "none\n"
    folder = str(write_study(tmp_path / "ward"))
    listed = walk("ana", "study", "items", folder, "DM").output
    assert "  SEX              Sex: code F|M" in listed
    assert "Steps: write STEPS[row].ITEM, rows 1, 2, ..." in walk("ana", "study", "items", folder, "DOSE").output
    assert "there is no form XX" in str(walk("ana", "study", "items", folder, "XX", fails=True).exception)


def test_forms_of_the_site_are_kept_in_its_file_and_a_night_asks_again(walk: Walk) -> None:
    assert "Nothing is in the file" in walk("ana", "site", "show", "01").output
    walk("ana", "record", "save", "@01/SITE/KIT", "KITNO=A7", "KITOK=Y", "KITEXP=2026-01-31")
    walk("ana", "record", "save", "@01/SITE/KIT.2", "KITNO=A8", "KITOK=Y")
    assert "Expiry" in walk("ana", "record", "show", "@01/SITE/KIT").output
    assert "KITNO: A8" in walk("mo", "record", "history", "@01/SITE/KIT.2").output
    listed = walk("ana", "site", "show", "01").output
    assert "SITE  Site file\n  KIT.1  Kit " in listed
    assert "1 open query" in listed
    assert "@01" not in walk("ana", "subject", "list").output
    asked = walk("mo", "query", "ask", "@01/SITE/KIT.2", "KITNO", "Is it on the shelf?").output
    assert asked.startswith("Asked: @01/SITE.1/KIT.2/MANUAL")
    told = walk("nobody", "nightly").output
    assert "1 site files: 0 queries opened, 0 closed, 0 records opened." in told
    for words, why in (
        (("record", "show", "@77/SITE/KIT"), "there is no site 77"),
        (("record", "show", "@01/SITE/KIT.9"), "`trialkit site show`"),
        (("record", "save", "@01/V1/VS", "SYSBP=120"), "kept for subjects"),
        (("site", "show", "77"), "there is no site 77"),
    ):
        assert why in str(walk("ana", *words, fails=True).exception), words
    assert "@01/SITE/DAL.2" in walk("ana", "record", "save", "--help").output
