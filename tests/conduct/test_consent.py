"""Consent: the right version on the right day, re-consent, and what a dose without it meets (ICH E6(R3) 2.8)."""

from __future__ import annotations

import pytest

from tests.access.staff import acting
from tests.ward import SUBJECT, Ward
from trialkit.conduct import consent
from trialkit.conduct.capture import inactivate
from trialkit.conduct.reason import Reason
from trialkit.errors import NotFound, OutOfOrder, Refused, WrongValue

SOURCE = Reason("SOURCE", "the chart says otherwise")


def test_the_version_valid_on_the_day_of_signing_is_the_one_to_sign(ward: Ward) -> None:
    consent.push_version(ward.trial, ward.dee, "01", "2.0", "2026-02-01", "2026-02-20")
    place = ward.place("LOG", "IC")
    with pytest.raises(OutOfOrder, match=r"version 1\.0 was in force"):
        consent.obtain(ward.trial, ward.ana, place, {"ICVER": "2.0", "ICDAT": "2026-02-10"})
    consent.obtain(ward.trial, ward.ana, place, {"ICVER": "1.0", "ICDAT": "2026-02-10"})
    consent.obtain(ward.trial, ward.ana, ward.place("LOG", "IC", 2), {"ICVER": "2.0", "ICDAT": "2026-02-25"})
    assert [v.version for v in consent.versions(ward.trial, "01")] == ["1.0", "2.0"]
    assert consent.consented(ward.trial, "01", SUBJECT)


def test_before_any_version_is_in_force_nobody_can_sign(ward: Ward) -> None:
    with pytest.raises(OutOfOrder, match="no version"):
        consent.obtain(ward.trial, ward.ana, ward.place("LOG", "IC"), {"ICVER": "1.0", "ICDAT": "2025-12-24"})
    assert not consent.consented(ward.trial, "01", SUBJECT)


def test_a_consent_without_version_or_date_is_none(ward: Ward) -> None:
    with pytest.raises(WrongValue, match=r"^Version and Signed on are missing"):
        consent.obtain(ward.trial, ward.ana, ward.place("LOG", "IC"), {"ICBIO": "Y"})


@pytest.mark.parametrize(
    ("typed", "path", "label"),
    [({"ICVER": "1.0"}, "ICDAT", "Signed on"), ({"ICDAT": "2026-02-10"}, "ICVER", "Version")],
)
def test_only_what_a_consent_misses_is_named_by_its_label(
    ward: Ward, typed: dict[str, str], path: str, label: str
) -> None:
    with pytest.raises(WrongValue) as refused:
        consent.obtain(ward.trial, ward.ana, ward.place("LOG", "IC"), typed)
    assert (refused.value.sentence, refused.value.hint) == (f"{label} is missing", f"Fill in {label}")
    assert refused.value.facts["missing"] == [path]


def test_a_monitor_obtains_no_consent(ward: Ward) -> None:
    with pytest.raises(Refused):
        consent.obtain(ward.trial, ward.mo, ward.place("LOG", "IC"), {"ICVER": "1.0", "ICDAT": "2026-02-10"})


def test_a_version_is_pushed_once(ward: Ward) -> None:
    with pytest.raises(OutOfOrder, match="already"):
        consent.push_version(ward.trial, ward.dee, "01", "1.0", "2026-02-01", "2026-02-20")


def test_a_consent_is_corrected_only_to_the_version_that_was_valid_and_only_by_who_may_obtain_it(ward: Ward) -> None:
    consent.push_version(ward.trial, ward.dee, "01", "2.0", "2026-02-01", "2026-02-20")
    consent.obtain(ward.trial, ward.ana, ward.place("LOG", "IC"), {"ICVER": "1.0", "ICDAT": "2026-02-10"})
    with pytest.raises(OutOfOrder, match=r"version 1\.0 was in force"):
        ward.save("LOG", "IC", {"ICVER": "2.0"}, reason=SOURCE)
    with pytest.raises(OutOfOrder, match=r"version 2\.0 was in force"):
        ward.save("LOG", "IC", {"ICDAT": "2026-02-25"}, reason=SOURCE)
    with pytest.raises(Refused):
        ward.save("LOG", "IC", {"ICDAT": "2026-02-11"}, reason=SOURCE, who=acting("nurse"))
    place = ward.place("LOG", "IC")
    with pytest.raises(Refused):
        inactivate(ward.trial, acting("nurse"), place, reason=SOURCE, based_on=ward.version(place))
    inactivate(ward.trial, ward.ana, place, reason=SOURCE, based_on=ward.version(place))


def test_consent_stands_in_the_consent_form(ward: Ward) -> None:
    with pytest.raises(NotFound):
        consent.obtain(ward.trial, ward.ana, ward.place("V1", "VS"), {"ICVER": "1.0", "ICDAT": "2026-02-10"})
