"""Several people at once: nobody's typing is lost, conflicts are told, what the system causes is never in the way."""

from __future__ import annotations

import threading
from functools import partial

from tests.ward import Ward
from trialkit.conduct.reason import Reason
from trialkit.errors import StaleRecord

SOURCE = Reason("SOURCE", "source was read again")


def _at_once(*acts: object) -> list[object]:
    gate = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(n: int) -> None:
        gate.wait()
        try:
            results[n] = acts[n]()  # type: ignore[operator]
        except BaseException as error:
            results[n] = error

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_two_who_save_the_same_record_at_once_one_is_told_with_both_versions(ward: Ward) -> None:
    for turn in range(10):
        version = ward.version(ward.place("V1", "VS"))
        results = _at_once(
            *(
                partial(ward.save, "V1", "VS", {"SYSBP": str(start + turn)}, based_on=version, reason=SOURCE)
                for start in (100, 120)
            )
        )
        stale = [r for r in results if isinstance(r, StaleRecord)]
        assert len(stale) == 1, results
        assert set(stale[0].facts) >= {"mine", "theirs"}


def test_saves_of_different_records_that_move_the_same_query_or_computed_item_all_succeed(ward: Ward) -> None:
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-02-20"})
    for n in range(1, 9):
        results = _at_once(
            lambda n=n: ward.save("LOG", "AE", {"AETERM": f"e{n}", "AESTDAT": "2026-01", "AESER": "N"}, repeat=n),
            lambda n=n: ward.save("LOG", "IC", {"ICDAT": f"2026-02-{10 + n}"}, reason=SOURCE),
            lambda n=n: ward.save("V2", "VS", {"WEIGHT": f"{60 + n}.0"}, reason=SOURCE),
            lambda n=n: ward.save("V2", "DOSE", {f"STEPS[{n}].STEPVOL": "5.0"}),
        )
        assert not [r for r in results if isinstance(r, BaseException)], results
    assert ward.values("V2", "DOSE")["TOTAL"] == "40.0"
    assert len(ward.queries()) == 8


def test_two_explained_deviations_at_once_become_two_lines(ward: Ward) -> None:
    results = _at_once(
        lambda: ward.save(
            "V2",
            "DOSE",
            {"DOSEDTM": "2026-03-02T07:30"},
            explanations={"C02": "Consent was signed after the infusion."},
        ),
        lambda: ward.save("V1", "VS", {"SYSBP": "120"}),
    )
    assert not [r for r in results if isinstance(r, BaseException)], results
    assert ward.values("LOG", "DV")["DVRULE"] == "C02"
