"""The history of a form on the command line: every act in sight, and no trace of what is withheld."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tests.conduct.pharmacy import PHARMACY, SOURCE, MakeWard, dosed, give
from tests.ward import Ward
from trialkit.access.identity import Identity
from trialkit.cli.shown import Telling


def _told(ward: Ward, who: Identity) -> list[str]:
    telling = Telling(ZoneInfo("Europe/London"), {})
    stream = ward.place("V2", "DOSE").record
    return [line for entry in ward.trial.reader(who).history(stream=stream) for line in telling.lines(entry)]


def test_ana_cannot_count_what_was_withheld_from_her(make_ward: MakeWard) -> None:
    ward = make_ward(**PHARMACY)
    dosed(ward)
    before, whole = _told(ward, ward.ana), _told(ward, ward.uma)
    give(ward, "41.0", reason=SOURCE)
    assert _told(ward, ward.ana) == before
    assert not any("may not see" in line or "Uma" in line for line in before)
    assert len(_told(ward, ward.uma)) > len(whole)  # the control
