"""What is withheld from a person neither moves what they signed, saved or reviewed, nor counts with them (0021)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest

from tests.access.staff import acting
from tests.conduct.pharmacy import PHARMACY, SOURCE, MakeWard, dosed, give
from tests.fixtures_office import CHEAP, WORDS, Office
from tests.ward import SUBJECT, Ward
from trialkit.access import authentication, granting
from trialkit.access.identity import Identity
from trialkit.access.people import person
from trialkit.conduct.review import Shown, review, verify
from trialkit.conduct.roll import roll
from trialkit.conduct.sign import prepare, sign, signatures
from trialkit.conduct.worklist import works
from trialkit.errors import StaleRecord
from trialkit.ledger.entry import Change, Draft

DOSE: Final = f"{SUBJECT}/V2.1/DOSE.1"


def _signer(ward: Ward, user: str, role: str) -> Identity:
    """Somebody with an account, who has signed the dose form as it stands."""
    authentication.open_accounts(ward.store, "adi", "Adi Okafor", "CRO", WORDS, ward.clock, policy=CHEAP)
    office = Office(ward.store, ward.clock)  # type: ignore[arg-type]
    office.hire(user)
    second = acting("sponsor") if role == "pharmacist" else None
    grant = granting.grant(office.sign_in("adi"), person(ward.store, user), role, ["01"], ward.clock(), approver=second)
    ward.store.append([grant])
    who = office.sign_in(user)
    sign(ward.trial, who, prepare(ward.trial, who, [ward.place("V2", "DOSE")], "APPROVAL"), user, WORDS, policy=CHEAP)
    return who


def _told(ward: Ward, *readers: Identity) -> Sequence[tuple[str, dict[str, tuple[str, ...]]]]:
    return [(one.state, dict(one.changed)) for who in readers for one in signatures(ward.trial, who, SUBJECT)]


def test_the_signature_of_dr_ito_stands_when_only_values_moved_that_he_was_not_shown(make_ward: MakeWard) -> None:
    ward = make_ward(**PHARMACY)
    dosed(ward)
    ito = _signer(ward, "ito", "investigator")
    give(ward, "41.0", reason=SOURCE)
    unblinded = acting("monitor", unblinded=True)
    assert _told(ward, ito, ward.ana, acting("sponsor"), unblinded) == [("valid", {})] * 4
    assert [line.superseded for line in roll(ward.trial, ito)] == [0]
    ward.save("V2", "DOSE", {"DOSEDTM": "2026-03-02T07:31"}, reason=SOURCE)  # the control: this he was shown
    assert [state for state, _ in _told(ward, ito, ward.ana, unblinded)] == ["superseded"] * 3
    [(_, changed)] = _told(ward, ito)
    assert "DOSEDTM" in changed[DOSE]
    assert not {"withheld", "DOSEMG", "MGKG"} & set(changed[DOSE])


def test_what_dr_ito_reads_of_a_change_is_the_same_whether_or_not_a_masked_value_moved_with_it(
    make_ward: MakeWard,
) -> None:
    told = []
    for dose in ("66.5", "0.0"):  # mg/kg moves with the weight, or stays 0.00
        ward = make_ward(**PHARMACY)
        dosed(ward, dose)
        ito = _signer(ward, "ito", "investigator")
        ward.save("V2", "VS", {"WEIGHT": "81.0"}, reason=SOURCE)
        told.append((_told(ward, ito), [line.superseded for line in roll(ward.trial, ito)]))
    assert told[0] == told[1] == ([("valid", {})], [0])


def test_the_signature_of_uma_falls_with_a_masked_value_for_her_and_for_nobody_who_does_not_see_it(
    make_ward: MakeWard,
) -> None:
    signed = PHARMACY["dose"].replace("title: Dose\n", "title: Dose\nsigned_by: pharmacist\n", 1)
    ward = make_ward(study=PHARMACY["study"], dose=signed)
    dosed(ward)
    uma = _signer(ward, "uma", "pharmacist")
    give(ward, "41.0", reason=SOURCE)
    assert _told(ward, uma)[0][0] == "superseded"
    assert {"DOSEMG", "MGKG"} <= set(_told(ward, uma)[0][1][DOSE])
    assert _told(ward, ward.ana, ward.ito) == [("valid", {})] * 2


def test_a_signature_of_before_that_does_not_say_what_was_shown_falls_for_who_sees_what_moved(
    make_ward: MakeWard,
) -> None:
    ward = make_ward(**PHARMACY)
    dosed(ward)
    ito = _signer(ward, "ito", "investigator")
    stands = next(ward.trial.everything().signatures(subject=SUBJECT))
    old = tuple(Change(item, None, value) for item, value in stands.values.items() if item != "sees")
    ward.store.append([Draft("record.sign", ito.actor, f"signature/{SUBJECT}/2", old, stands.place)])
    give(ward, "41.0", reason=SOURCE)
    assert [state for state, _ in _told(ward, ito)] == ["valid", "valid"]
    assert [state for state, _ in _told(ward, acting("monitor", unblinded=True))] == ["valid", "superseded"]


def test_ana_has_nothing_to_choose_from_when_only_masked_values_were_saved_meanwhile(make_ward: MakeWard) -> None:
    ward = make_ward(**PHARMACY)
    dosed(ward)
    opened = ward.version(ward.place("V2", "DOSE"))
    give(ward, "41.0", reason=SOURCE)
    assert ward.version(ward.place("V2", "DOSE")) > opened
    saved = ward.save("V2", "DOSE", {"STEPS[1].STEPVOL": "2.0"}, based_on=opened)
    assert (saved.unchanged, ward.values("V2", "DOSE")["DOSEMG"]) == (False, "41.0")
    with pytest.raises(StaleRecord):  # the control: Uma saw another dose than the one that stands, and sees this one
        ward.save("V2", "DOSE", {"DOSEMG": "42.0"}, based_on=opened, who=ward.uma, reason=SOURCE)
    with pytest.raises(StaleRecord):  # and Ana the steps
        ward.save("V2", "DOSE", {"DOSEDTM": "2026-03-02T07:32"}, based_on=opened, reason=SOURCE)


def test_a_review_falls_with_what_its_role_is_shown_and_with_nothing_else(make_ward: MakeWard) -> None:
    ward = make_ward(**PHARMACY)
    dosed(ward)
    place = ward.place("V2", "DOSE")
    review(ward.trial, ward.dee, [Shown(place, ward.version(place))])
    give(ward, "41.0", reason=SOURCE)
    assert ward.values("V2", "DOSE")["@reviewed[datamanager]"] == "Y"
    ward.save("V2", "DOSE", {"DOSEDTM": "2026-03-02T07:31"}, reason=SOURCE)
    assert ward.values("V2", "DOSE")["@reviewed[datamanager]"] == "DROPPED"


_WASTE: Final = """\
oid: WASTE
title: Waste
visibility: unblinded
entered_by: [pharmacist]
hidden_from: [coordinator, investigator, sponsor]
groups:
  MAIN:
    title: Waste
    items:
      LEFT:
        label: Left over
        type: decimal
        digits: 1
        unit: mg
        optional: yes
      GIVEN:
        label: Given per kg
        type: decimal
        digits: 2
        compute: at(V2, DOSE.MGKG)
"""


def test_how_many_entries_and_changes_there_are_does_not_depend_on_a_masked_value(make_ward: MakeWard) -> None:
    headers = []
    for dose in ("66.5", "0.0", ""):  # mg/kg moves with the weight, stays 0.00, or is not known
        ward = make_ward(study=PHARMACY["study"].replace("    - DOSE\n", "    - DOSE\n    - WASTE\n"),
                         dose=PHARMACY["dose"], waste=_WASTE)  # fmt: skip
        dosed(ward, dose or "1.0")
        if not dose:
            give(ward, "", reason=SOURCE)
        ward.save("V2", "WASTE", {"LEFT": "1.0"}, who=ward.uma)
        size = ward.store.size
        ward.save("V2", "VS", {"WEIGHT": "81.0"}, reason=SOURCE)
        ward.save("V2", "VS", {"WEIGHT": "81.1"}, reason=SOURCE)
        written = ward.trial.everything().proven()
        headers.append([(one.seq - size, len(one.salts)) for one in written if one.seq >= size])
        assert ward.store.verify().entries == ward.store.size
        moved = ward.trial.everything().record(ward.place("V2", "WASTE"))
        assert moved is not None
        assert moved.values.get("GIVEN") == {"66.5": "0.82", "0.0": "0.00"}.get(dose)
    assert headers[0] == headers[1] == headers[2]
    assert len(headers[0]) >= 6  # each time the weight, mg/kg, and what the hidden form makes of it


def test_what_an_unblinded_colleague_reviewed_falls_with_a_masked_value_and_dee_sees_hers_stand(
    make_ward: MakeWard,
) -> None:
    sees = "  datamanager:\n    title: datamanager\n    sees: [open"
    ward = make_ward(study=PHARMACY["study"].replace(sees, f"{sees}, unblinded"), dose=PHARMACY["dose"])
    dosed(ward)
    place, una = ward.place("V2", "DOSE"), acting("datamanager", unblinded=True, person=("una", "Una Berg"))
    review(ward.trial, una, [Shown(place, ward.version(place))])
    give(ward, "41.0", reason=SOURCE)
    assert [works(ward.trial, who, SUBJECT, form="DOSE")[0].reviewed for who in (una, ward.dee)] == ["DROPPED", "Y"]
    review(ward.trial, una, [Shown(place, ward.version(place))])
    assert [works(ward.trial, who, SUBJECT, form="DOSE")[0].reviewed for who in (una, ward.dee)] == ["Y", "Y"]


def test_a_verification_of_a_masked_value_falls_when_it_moves_and_is_written_down_either_way(
    make_ward: MakeWard,
) -> None:
    written, marks = [], []
    for dose in ("66.5", "0.0"):
        ward = make_ward(**PHARMACY)
        dosed(ward, dose)
        place, mo = ward.place("V2", "DOSE"), acting("monitor", unblinded=True)
        verify(ward.trial, mo, [Shown(place, ward.version(place), ("MGKG",))])
        size = ward.store.size
        ward.save("V2", "VS", {"WEIGHT": "85.0"}, reason=SOURCE)
        ward.save("V2", "VS", {"WEIGHT": "85.1"}, reason=SOURCE)
        written.append([len(one.salts) for one in ward.trial.everything().proven() if one.seq >= size])
        marks.append(ward.values("V2", "DOSE")["@verified[MGKG]"])
    assert written[0] == written[1]
    assert marks == ["DROPPED", "Y"]
