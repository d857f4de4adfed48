"""What was handed over before: who sees whose exports, with their files and hashes."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from tests.access.staff import acting
from tests.ward import SUBJECT, Ward
from trialkit.access.identity import Identity
from trialkit.conduct.handed import handed
from trialkit.export.bundle import hand_over
from trialkit.export.declared import Declaration, load_deliverables
from trialkit.export.source import Scope

DECLARED = "title: All items\nkind: csv-items\n"


@pytest.fixture
def declared(ward: Ward, tmp_path: Path) -> list[Declaration]:
    """One deliverable of the ward."""
    folder = tmp_path / "deliverables"
    folder.mkdir()
    (folder / "items.yaml").write_text(DECLARED)
    ward.save("V1", "VS", {"SYSBP": "120"})
    return load_deliverables(folder, ward.study)


def _of(ward: Ward, who: Identity) -> list[str]:
    return [one.entry.actor.id for one in handed(ward.trial.reader(who))]


def test_an_export_is_listed_with_its_moment_its_subject_and_the_hashes_of_its_files(
    ward: Ward, declared: list[Declaration], tmp_path: Path
) -> None:
    made = hand_over(ward.trial, ward.ana, declared, tmp_path / "out", scope=Scope(SUBJECT, "01"))
    [one] = handed(ward.trial.reader(ward.ana))
    assert (one.entry.seq, one.as_of, one.subject) == (made.entry, str(made.as_of), SUBJECT)
    [csv] = [name for name in one.files if name.endswith(".csv")]
    assert one.files[csv] == sha256((made.folder / csv).read_bytes()).hexdigest()


def test_newest_first(ward: Ward, declared: list[Declaration], tmp_path: Path) -> None:
    hand_over(ward.trial, ward.dee, declared, tmp_path / "one")
    hand_over(ward.trial, ward.dee, declared, tmp_path / "two")
    first, second = handed(ward.trial.reader(ward.dee))
    assert first.entry.seq > second.entry.seq


def test_who_works_at_one_site_sees_its_exports_and_not_those_of_the_whole_study(
    ward: Ward, declared: list[Declaration], tmp_path: Path
) -> None:
    hand_over(ward.trial, ward.dee, declared, tmp_path / "study")
    hand_over(ward.trial, ward.ito, declared, tmp_path / "site", scope=Scope(site="01"))
    assert _of(ward, ward.ines) == ["ito", "dee"]  # the control: she audits all sites
    assert _of(ward, ward.ana) == ["ito"]
    assert _of(ward, acting("coordinator", sites=frozenset({"02"}))) == []
