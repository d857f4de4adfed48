"""How a value came to be, and what differs between two moments, from the ledger itself."""

from __future__ import annotations

from tests.conduct.pharmacy import PHARMACY, SOURCE, MakeWard, dosed, give
from tests.ward import Ward
from trialkit.conduct.reason import Reason
from trialkit.conduct.review import Shown, verify
from trialkit.conduct.trail import because, differences, history


def _now(ward: Ward) -> str:
    return ward.clock().isoformat(timespec="microseconds").replace("+00:00", "Z")


def _entered(ward: Ward) -> str:
    place = ward.place("V1", "VS")
    ward.save("V1", "VS", {"SYSBP": "128", "DIABP": "80"})
    verify(ward.trial, ward.mo, [Shown(place, ward.version(place), ("SYSBP",))])
    between = _now(ward)
    ward.save("V1", "VS", {"SYSBP": "126"}, reason=SOURCE, who=ward.ito)
    return between


def test_a_value_tells_who_when_from_what_to_what_and_why_with_its_verification(ward: Ward) -> None:
    _entered(ward)
    steps = history(ward.trial.reader(ward.ines), "record/01-0001/V1.1/VS.1", "SYSBP")
    told = [(one.entry.actor.name, one.mark, one.old, one.new) for one in steps]
    assert told == [
        ("Ana Souza", False, None, "128"),
        ("Mo Haddad", True, None, "Y"),
        ("Dr Kenji Ito", False, "128", "126"),
        ("Dr Kenji Ito", True, "Y", "DROPPED"),
    ]
    assert (steps[2].entry.reason, steps[2].why) == ("SOURCE", "the chart of the ward says otherwise")
    assert steps[0].why == ""


def test_the_history_of_one_value_holds_nothing_of_another(ward: Ward) -> None:
    _entered(ward)
    [one] = history(ward.trial.reader(ward.ines), "record/01-0001/V1.1/VS.1", "DIABP")
    assert (one.new, one.mark) == ("80", False)


def test_two_moments_differ_by_what_was_moved_in_between(ward: Ward) -> None:
    between = _entered(ward)
    found, whole = differences(ward.trial.reader(ward.ines), between, _now(ward))
    assert whole
    assert [(one.path, one.old, one.new, one.times) for one in found if one.path == "SYSBP"] == [
        ("SYSBP", "128", "126", 1)
    ]
    assert not any(one.path in ("DIABP", "@verified[SYSBP]") for one in found)


def test_what_was_changed_and_changed_back_is_no_difference(ward: Ward) -> None:
    between = _entered(ward)
    ward.save("V1", "VS", {"SYSBP": "128"}, reason=Reason("SOURCE", "the first reading was right after all"))
    found, _ = differences(ward.trial.reader(ward.ines), between, _now(ward))
    assert [one.path for one in found if one.path == "SYSBP"] == []
    ward.save("V1", "VS", {"SYSBP": "127"}, reason=SOURCE)
    found, _ = differences(ward.trial.reader(ward.ines), between, _now(ward))
    assert [(one.old, one.new, one.times) for one in found if one.path == "SYSBP"] == [("128", "127", 3)]


def test_differences_keep_to_the_subject_that_is_named(ward: Ward) -> None:
    between = _entered(ward)
    reader, now = ward.trial.reader(ward.ines), _now(ward)
    assert differences(reader, between, now, subject="01-0001")[0]
    assert differences(reader, between, now, subject="01-0009")[0] == []
    assert differences(reader, between, now, site="02")[0] == []


def test_a_masked_value_differs_for_nobody_who_may_not_see_it(make_ward: MakeWard) -> None:
    ward = make_ward(**PHARMACY)
    dosed(ward)
    between = _now(ward)
    give(ward, "61.5", reason=SOURCE)
    seen, _ = differences(ward.trial.reader(ward.uma), between, _now(ward))
    assert ("DOSEMG", "66.5", "61.5") in [(one.path, one.old, one.new) for one in seen]  # the control
    for blinded in (ward.ana, ward.mo, ward.ines, ward.dee):
        assert differences(ward.trial.reader(blinded), between, _now(ward))[0] == []
        assert history(ward.trial.reader(blinded), "record/01-0001/V2.1/DOSE.1", "DOSEMG") == []


def test_why_a_masked_value_was_changed_is_as_masked_as_the_value(make_ward: MakeWard) -> None:
    ward = make_ward(**PHARMACY)
    dosed(ward)
    give(ward, "61.5", reason=Reason("SOURCE", "the syringe held 61.5 mg of it"))
    stream = "record/01-0001/V2.1/DOSE.1"
    words = [because(entry) for entry in ward.trial.reader(ward.uma).history(stream=stream)]
    assert "the syringe held 61.5 mg of it" in words  # the control
    assert [because(entry) for entry in ward.trial.reader(ward.ines).history(stream=stream)] == [""] * len(words)
