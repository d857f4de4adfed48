"""Consent, eligibility, history, strata and disposition of the reference study, by hand and by plain Python.

The second computation of each is written here without the study: 10,000 random records each, seeded.
"""

import datetime as dt
import random
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from tests.study.ket.second_computation import (
    CONSENT,
    CONSENTED,
    TIMES,
    Elsewhere,
    agreed,
    blurred,
    calculated,
    code,
    given,
    some_day,
    whole_months,
    worked,
)  # fmt: skip
from trialkit.expressions import row_for
from trialkit.study.compiled import CompiledStudy


@pytest.mark.parametrize(
    ("born", "age"), [("1980-03-03", 45), ("1980-03-02", 46), ("1980-04", 45), ("1980-02", 46), ("1980-03", None)]
)
def test_a_birth_date_without_its_day_still_gives_the_age_unless_both_answers_are_possible(
    study: CompiledStudy, born: str, age: int | None
) -> None:
    consents = [{"ICTYPE": "RE-CONSENT", "ICSTDAT": "2026-05-02"}, {"ICTYPE": "MAIN", "ICSTDAT": "2026-03-02"}]
    assert calculated(study, "DM", {"BRTHDAT": born, "IC": consents}).get("AGE") == age


def test_ages_agree_with_a_second_computation(study: CompiledStudy) -> None:
    dice = random.Random(301)
    for _ in range(TIMES):
        born, possible = blurred(dice, some_day(dice, dt.date(1945, 1, 1), 25_000))
        age = agreed(
            CONSENT.year - day.year - ((CONSENT.month, CONSENT.day) < (day.month, day.day)) for day in possible
        )
        row = worked(study, "DM", given({"BRTHDAT": born}), Elsewhere(records=CONSENTED))
        assert row.get("AGE") == age, born


def test_the_months_of_the_episode_agree_with_a_second_computation(study: CompiledStudy) -> None:
    assert calculated(study, "PH", {"PHEPSDT": "2025-03-02", "IC": [_main("2026-03-02")]})["PHEPMO"] == 12
    assert calculated(study, "PH", {"PHEPSDT": "2025-03-03", "IC": [_main("2026-03-02")]})["PHEPMO"] == 11
    assert "PHEPMO" not in calculated(study, "PH", {"PHEPSDT": "2025-03", "IC": [_main("2026-03-02")]})
    dice = random.Random(302)
    for _ in range(TIMES):
        start, possible = blurred(dice, some_day(dice, dt.date(2016, 1, 1), 3_700))
        months = agreed(whole_months(day, CONSENT) for day in possible)
        row = worked(study, "PH", given({"PHEPSDT": start}), Elsewhere(records=CONSENTED))
        assert row.get("PHEPMO") == months, start


def _main(day: str) -> dict[str, str]:
    return {"ICTYPE": "MAIN", "ICSTDAT": day}


def test_study_days_and_windows_agree_with_a_second_computation(study: CompiledStudy) -> None:
    dice = random.Random(303)
    dose = dt.datetime(2026, 3, 17, 10)
    for _ in range(TIMES):
        event = dice.choice(("V4", "V11", "UNS"))
        day = some_day(dice, dt.date(2026, 2, 1), 120)
        last = dice.choice((None, day - dt.timedelta(days=dice.randrange(6))))
        window = dice.choice((True, False, None))
        items = {"V10:EC.ECENDAT": last} if last else {}
        row = worked(study, "SV", given({"SVDAT": day}, event), Elsewhere(event, items=items, dose=dose, window=window))
        days = day.toordinal() - dt.date(2026, 3, 17).toordinal()
        assert row["SVDY"] == (days + 1 if days >= 0 else days)
        soon = event == "V11" and last is not None and day.toordinal() - last.toordinal() < 3
        assert row.get("SVWIN") == ("N" if soon else code(window))


def test_comprehension_and_first_consent_agree_with_a_second_computation(study: CompiledStudy) -> None:
    dice = random.Random(304)
    for _ in range(TIMES):
        score, tries = dice.choice((None, *range(11))), dice.choice((None, 1, 2))
        kind = dice.choice(("MAIN", "RE-CONSENT"))
        signed = dt.datetime(2026, 3, dice.randint(1, 9), 9)
        other = given({"ICTYPE": dice.choice(("MAIN", "RE-CONSENT")), "ICSTDTM": dt.datetime(2026, 3, 5, 9)})
        typed = {"ICTYPE": kind, "ICSTDAT": signed.date(), "ICSTTIM": signed.time()}
        row = given({**typed, "ICQSCORE": score, "ICQTRY": tries})
        worked(study, "IC", row, Elsewhere("LOG", records={"IC": [other, row]}))
        passed = False if score is not None and score < 8 else None if score is None or tries is None else True
        assert row.get("ICQPASS") == code(passed)
        earlier = other["ICTYPE"] == "MAIN" and dt.datetime(2026, 3, 5, 9) < signed
        assert row["ICFIRST"] == code(kind == "MAIN" and not earlier)


# Prior treatments. The minimum effective doses of the reference study, once more as they are meant.
MINIMUM = {"SERTRALINE": 50, "ESCITALOPRAM": 10, "VENLAFAXINE": 150, "BUPROPION": 300, "LITHIUM": 600}
KINDS = ("ANTIDEPRESSANT", "AUGMENTATION", "ECT", "TMS", "PSYCHOTHERAPY")


def trial(dice: random.Random) -> tuple[dict[str, Any], tuple[list[dt.date], list[dt.date]]]:
    kind = dice.choice(KINDS)
    name = dice.choice((*MINIMUM, "OTHER")) if kind in KINDS[:2] else {"PSYCHOTHERAPY": "CBT"}.get(kind, kind)
    start, starts = blurred(dice, some_day(dice, dt.date(2024, 1, 1), 700))
    stop = dice.choice(("LACK OF EFFICACY", "LACK OF EFFICACY", "INTOLERANCE", "BOTH", "REMISSION", "ONGOING"))
    end, ends = blurred(dice, max(starts) + dt.timedelta(days=dice.choice((20, 41, 42, 43, 100, 300))))
    values = {
        "ATTYPE": kind, "ATTRT": name, "ATTRTO": dice.choice(("Saffron", "Inositol")) if name == "OTHER" else None,
        "ATEPIS": dice.choice("YYYN"), "ATSTDAT": start, "ATSTOP": stop, "ATENDAT": None if stop == "ONGOING" else end,
        "ATDOSMX": Decimal(dice.choice(("5.0", "10.0", "49.9", "50.0", *["600.0"] * 4))) if kind in KINDS[:2] else None,
        "ATSESN": dice.choice((6, 7, 12)) if kind == "ECT" else None, "ATADH": dice.choice((None, 74, 75, 90, 95, 100)),
        "ATIMPR": dice.choice((None, -10, 0, 20, 49, 50)),
    }  # fmt: skip
    return values, (starts, [CONSENT] if stop == "ONGOING" else ends)


def judged(values: Mapping[str, Any], days: tuple[list[dt.date], list[dt.date]]) -> tuple[Any, ...]:
    """Weeks, adequate, failed; None while it cannot be told."""
    shortest = max(0, min(days[1]).toordinal() - max(days[0]).toordinal())
    weeks = (Decimal(shortest) / 7).quantize(Decimal("0.1"), ROUND_HALF_UP)
    if values["ATTYPE"] == "ECT":
        dosed, long = values["ATSESN"] >= 7, True
    else:
        least = MINIMUM.get(values["ATTRT"])
        dosed, long = least is not None and values["ATDOSMX"] >= least, shortest >= 42
    adherent = None if values["ATADH"] is None else values["ATADH"] >= 75
    adequate = False if not (dosed and long) else adherent
    little = None if values["ATIMPR"] is None else values["ATIMPR"] < 50
    parts = (adequate, little, values["ATSTOP"] != "INTOLERANCE")
    failed = False if False in parts else None if None in parts else True
    return weeks, adequate, failed


def test_adequate_failures_of_the_episode_agree_with_a_second_computation(study: CompiledStudy) -> None:
    dice = random.Random(305)
    trials, seen = 0, set()
    while trials < TIMES:
        course = [trial(dice) for _ in range(dice.randint(0, 9))]
        row = row_for({}, {"TRIALS": [(str(n), values) for n, (values, _) in enumerate(course, start=1)]}, event="LOG")
        worked(study, "AT", row, Elsewhere("LOG", records=CONSENTED))
        names: set[str] = set()
        for (values, days), inner in zip(course, row.groups["TRIALS"], strict=True):
            weeks, adequate, failed = judged(values, days)
            assert inner["ATDURW"] == weeks, (values, weeks)
            assert (inner.get("ATADEQ"), inner.get("ATFAIL")) == (code(adequate), code(failed)), values
            assert inner.get("ATMIN") == MINIMUM.get(values["ATTRT"])
            if failed and values["ATEPIS"] == "Y":
                names.add(values["ATTRTO"] or values["ATTRT"])
            trials += 1
        assert row["ATNFAIL"] == len(names), course
        seen.add(len(names))
    assert {0, 1, 2, 3} <= seen


def test_a_treatment_of_five_weeks_is_not_adequate_and_one_of_six_is(study: CompiledStudy) -> None:
    sertraline = {"ATTYPE": "ANTIDEPRESSANT", "ATTRT": "SERTRALINE", "ATDOSMX": "100", "ATADH": "90", "ATIMPR": "20"}
    rows = [
        {**sertraline, "ATEPIS": "Y", "ATSTOP": "LACK OF EFFICACY", "ATSTDAT": "2025-06-01", "ATENDAT": end}
        for end in ("2025-07-06", "2025-07-13")
    ]
    row = calculated(study, "AT", {"TRIALS": rows})
    told = [(r["ATDURW"], r["ATADEQ"], r["ATFAIL"]) for r in row.groups["TRIALS"]]
    assert told == [(Decimal("5.0"), "N", "N"), (Decimal("6.0"), "Y", "Y")]
    assert row["ATNFAIL"] == 1


def test_childbearing_potential_is_doubted_as_a_second_computation_doubts_it(study: CompiledStudy) -> None:
    dice = random.Random(306)
    check = study.checks["E11"]
    fired = 0
    for _ in range(TIMES):
        sex, age = dice.choice(("F", "M", "INTERSEX", "U", None)), dice.choice((None, *range(18, 71)))
        potential = dice.choice(("Y", "N", "NA", None))
        known = {"DM.SEX": sex, "DM.AGE": age}
        doubted = potential is not None and (
            (sex == "M" and potential != "NA") or (sex == "F" and age is not None and age >= 60 and potential == "Y")
        )
        assert check.fires(given({"CHILDPOT": potential}), Elsewhere(items=known)) is doubted
        fired += doubted
    assert 1_000 < fired < 9_000
