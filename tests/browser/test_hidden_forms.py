"""A save that a form speaks against which the person does not see: told in other words, explained, and then saved."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, labelled, serving, settled
from tests.browser.hands import enter, press, saved
from trialkit.access.authentication import sign_in
from trialkit.cli.demo import PASSPHRASE, PASSWORD
from trialkit.conduct.amend import publish
from trialkit.conduct.trial import Trial
from trialkit.ledger.keys import KeyFolder
from trialkit.store.database import open_store
from trialkit.study.loading import load_study

SECRET = "Not for somebody of this sex"
"""What the check would say, with the value that Uma does not see."""
CHECK = f"""\
checks:
  P99:
    title: Right subject
    finding: DM.SEX == '{{sex}}'
    severity: hard
    deviation: yes
    item: DPVIALN
    message: "{SECRET}: {{{{DM.SEX}}}}."
    cases:
      fires:
      - DM.SEX: {{sex}}
      passes: []
"""


@pytest.fixture
def amended(played: Path, tmp_path: Path) -> Path:
    """The demo with a second version of the study: a check of the pharmacy reads the demography, hidden from it."""
    folder, forms = tmp_path / "demo", tmp_path / "forms"
    shutil.copytree(played, folder)
    shutil.copytree(ROOT / "forms" / "ket_trd_301", forms)
    with open_store(str(folder / "demo.db"), KeyFolder.open(folder / "demo.keys", PASSPHRASE),
                    clock=lambda: datetime.now(UTC)) as store:  # fmt: skip
        trial = Trial(store)
        record = trial.everything().record("record/01-0012/V1.1/DM.1")
        assert record is not None
        check = CHECK.format(sex=record.values["SEX"])
        for name, old, new in (("dp", "checks:\n", check), ("study", 'version: "1.0"', 'version: "1.1"')):
            path = forms / f"{name}.yaml"
            path.write_text(path.read_text().replace(f"\n{old}", f"\n{new}", 1))
        publish(trial, sign_in(store, "dee", PASSWORD, store.clock), load_study(forms), "01")
    return folder


def test_what_speaks_against_a_save_from_a_hidden_form_is_asked_about_until_it_is_explained(
    amended: Path, signed_in: Callable[..., Page]
) -> None:
    with serving(amended) as server:
        page = signed_in("Uma Rao", server, at="/entry?subject=01-0012&event=V8&form=DP")
        enter(page, "Vials opened", "1")
        press(page, "Save")
        why = page.get_by_text("✕ P99: What stands in a form that you do not see speaks against it.")
        expect(why).to_be_visible()
        enter(page, "Vials opened", "2")  # no look of hers can tell that it is gone: it is asked about still
        expect(why).to_be_visible()
        labelled(page, "What happened").fill("The vial was opened before the call came.")
        press(page, "Save with this explanation")
        saved(page)
        expect(why).to_be_hidden()
        assert SECRET not in page.content()
        settled(page)
