"""The study as people read it: versions in force per site, the definition without what is masked, what changed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.access.staff import acting
from tests.conduct.pharmacy import PHARMACY, MakeWard
from tests.ward import Ward, write_study
from tests.ward_study import FORMS, STUDY
from trialkit.conduct import amend, site
from trialkit.conduct.definition import changes, definition, publications
from trialkit.errors import NotFound
from trialkit.study.loading import load_study
from trialkit.study.model import Study


def _second(tmp_path: Path, study: str = STUDY, **forms: str) -> Study:
    return load_study(write_study(tmp_path / "second", study=study.replace("version: '1'", "version: '2'"), **forms))


def test_the_version_in_force_is_told_for_each_site_with_its_moment(ward: Ward, tmp_path: Path) -> None:
    later = ward.clock.moment + dt.timedelta(days=1)
    new = _second(tmp_path)
    amend.publish(ward.trial, ward.dee, new, "01", later)
    assert [(one.version, one.in_force) for one in publications(ward.trial, ward.ana)] == [("1", True), ("2", False)]
    ward.clock.moment = later + dt.timedelta(minutes=1)
    found = publications(ward.trial, ward.ana)
    assert [(one.version, one.in_force) for one in found] == [("1", False), ("2", True)]
    assert found[1].since == later.isoformat()[:19]


def test_a_site_sees_the_versions_of_its_own_alone(ward: Ward, tmp_path: Path) -> None:
    site.add_site(ward.trial, acting("administrator"), "02", "Clinic South", "Europe/London", "GBR")
    new = _second(tmp_path)
    amend.publish(ward.trial, ward.dee, new, "02")
    assert {one.site for one in publications(ward.trial, ward.ana)} == {"01"}
    assert {one.site for one in publications(ward.trial, ward.dee)} == {"01", "02"}
    with pytest.raises(NotFound, match="not published where you work"):
        definition(ward.trial, ward.ana, new.hash)


def test_masked_items_and_their_checks_are_in_no_blinded_definition(make_ward: MakeWard) -> None:
    ward = make_ward(**PHARMACY)
    version = ward.study.hash
    blinded, whole = definition(ward.trial, ward.ana, version), definition(ward.trial, ward.uma, version)
    assert {"DOSEMG", "MGKG"}.isdisjoint(blinded.forms["DOSE"].items)
    assert "D01" not in blinded.checks
    assert "DOSEMG" in whole.forms["DOSE"].items
    assert "D01" in whole.checks


def test_a_change_of_something_masked_is_told_to_who_may_know_of_it_alone(make_ward: MakeWard, tmp_path: Path) -> None:
    ward = make_ward(**PHARMACY)
    dose = PHARMACY["dose"].replace("DOSEMG > 60", "DOSEMG > 70").replace("DOSEMG: '60'", "DOSEMG: '70'")
    vs = FORMS["vs"].replace("label: Weight", "label: Body weight")
    new = _second(tmp_path, PHARMACY["study"], dose=dose.replace("DOSEMG: '61'", "DOSEMG: '71'"), vs=vs)
    amend.publish(ward.trial, ward.dee, new, "01")
    told = {who.role: " ".join(map(str, changes(ward.trial, who, ward.study.hash, new.hash)))
            for who in (ward.ana, ward.uma)}  # fmt: skip
    assert "Body weight" in told["coordinator"]
    assert "D01" not in told["coordinator"]
    assert "70" not in told["coordinator"]
    assert "D01" in told["pharmacist"]
