"""What a signer is shown: every value and open query that they may see, and nothing that is masked for them."""

from __future__ import annotations

from tests.conduct.pharmacy import PHARMACY, SECRET, MakeWard, dosed
from tests.ward import Ward
from trialkit.conduct.contents import contents
from trialkit.conduct.query import answer, ask, close


def test_each_form_shows_its_values_in_the_order_of_the_paper_with_the_queries_that_wait(ward: Ward) -> None:
    ward.save("V1", "VS", {"DIABP": "80", "SYSBP": "128", "VSDAT": "2026-02-23"})
    ward.save("V2", "VS", {"SYSBP": "119"})
    places = [ward.place("V2", "VS"), ward.place("V1", "VS")]
    settled = ask(ward.trial, ward.mo, places[1], "DIABP", "Which arm?").stream
    answer(ward.trial, ward.ana, settled, "The left one.")
    close(ward.trial, ward.mo, settled, "Agrees.")
    ask(ward.trial, ward.mo, places[1], "SYSBP", "Sitting or standing?")
    second, first = contents(ward.trial, ward.ito, places)
    assert [(line.path, line.written) for line in first.lines] == [
        ("VSDAT", "2026-02-23"), ("SYSBP", "128"), ("DIABP", "80"),
    ]  # fmt: skip
    assert [one.text for one in first.asked if one.check == "MANUAL"] == ["Sitting or standing?"]
    assert [(line.path, line.written) for line in second.lines] == [("SYSBP", "119")]


def test_a_blinded_signer_is_shown_neither_a_masked_value_nor_a_query_that_tells_it(make_ward: MakeWard) -> None:
    ward = make_ward(**PHARMACY)
    dosed(ward)
    place = ward.place("V2", "DOSE")
    assert SECRET in repr(contents(ward.trial, ward.uma, [place])), "the control"
    assert "above the highest" in repr(contents(ward.trial, ward.uma, [place])), "the control"
    seen = repr([(one.record.values, one.lines, one.asked) for one in contents(ward.trial, ward.ito, [place])])
    assert "DOSEDTM" in seen
    assert SECRET not in seen
    assert "above the highest" not in seen
