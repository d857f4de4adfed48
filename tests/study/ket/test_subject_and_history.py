"""Consent, eligibility, history, strata and disposition of the reference study, by hand and by plain Python.

The second computation of each is written here without the study: 10,000 random records each, seeded.
"""

import datetime as dt
import random
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from trialkit.expressions import Row, row_for
from trialkit.study.building import compile_study
from trialkit.study.case import CaseFacts
from trialkit.study.compiled import CompiledStudy, recompute
from trialkit.study.loading import load_study
from trialkit.study.model import Check
from trialkit.values import PartialDate

FOLDER = Path(__file__).parents[3] / "forms" / "ket_trd_301"
NO_RULE = Check(require="1 == 1", message="none")
TIMES = 10_000
CONSENT = dt.date(2026, 3, 2)
SUBSTANCES = (
    "ALCOHOL", "TOBACCO", "CANNABIS", "KETAMINE", "PCP", "CLASSIC_PSYCHEDELIC", "MDMA", "COCAINE", "AMPHETAMINE",
    "OPIOID", "SEDATIVE_NOT_PRESCRIBED",
)  # fmt: skip


class Elsewhere:
    """What the record at hand can read beside itself: items by FORM.ITEM or EVENT:FORM.ITEM, and records by form."""

    def __init__(self, event: str = "V1", **stated: Any) -> None:
        self.event, self.event_repeat, self.site = event, 1, "01"
        self.now = dt.datetime.fromisoformat("2026-06-01T12:00")
        self.items: Mapping[str, Any] = stated.get("items", {})
        self.records: Mapping[str, Sequence[Row]] = stated.get("records", {})
        self.dose: dt.datetime | None = stated.get("dose")
        self.window: bool | None = stated.get("window")

    def value(self, form: str, item: str, event: str | None) -> Any:
        return self.items.get(f"{event}:{form}.{item}" if event else f"{form}.{item}")

    def rows(self, form: str, group: str | None, event: str | None) -> Sequence[Row]:
        return self.records.get(f"{form}.{group}" if group else form, ())

    def first_dose(self) -> dt.datetime | None:
        return self.dose

    def in_window(self, day: dt.date) -> bool | None:
        return self.window


CONSENTED = {"IC": [Row({"ICTYPE": "MAIN", "ICSTDAT": CONSENT})]}


@pytest.fixture(scope="module")
def study() -> CompiledStudy:
    return compile_study(load_study(FOLDER))


def calculated(study: CompiledStudy, form: str, case: dict[str, object]) -> Row:
    """The record of a case with everything calculated that can be."""
    return CaseFacts(study, form, NO_RULE, case).record


def worked(study: CompiledStudy, form: str, row: Row, facts: Elsewhere) -> Row:
    """The row of a record with everything calculated that can be."""
    recompute(study.forms[form], row, facts)
    return row


def given(values: Mapping[str, Any], event: str = "V1") -> Row:
    return Row({item: value for item, value in values.items() if value is not None}, event=event)


def some_day(dice: random.Random, first: dt.date, days: int) -> dt.date:
    return first + dt.timedelta(days=dice.randrange(days))


def blurred(dice: random.Random, day: dt.date) -> tuple[PartialDate, list[dt.date]]:
    """The day as it may be remembered, and every day that it could then be."""
    kind = dice.choice(("day", "day", "month", "year"))
    if kind == "day":
        return PartialDate.of(day.isoformat()), [day]
    if kind == "month":
        start = day.replace(day=1)
        within = [start + dt.timedelta(days=n) for n in range(31)]
        return PartialDate.of(day.isoformat()[:7]), [d for d in within if d.month == day.month]
    return PartialDate.of(str(day.year)), [dt.date(day.year, 1, 1), dt.date(day.year, 12, 31)]


def agreed(answers: Iterable[int]) -> int | None:
    found = set(answers)
    return found.pop() if len(found) == 1 else None


def whole_months(since: dt.date, until: dt.date) -> int:
    """Completed months, counted one by one."""
    if until < since:
        return -whole_months(until, since)
    count, year, month = -1, since.year, since.month
    while (year, month, since.day) <= (until.year, until.month, until.day):
        count += 1
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return count


def code(truth: bool | None) -> str | None:
    return None if truth is None else "Y" if truth else "N"


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


def medication(dice: random.Random) -> dict[str, Any]:
    if dice.random() < 0.2:
        return {"CMYN": "N"}
    stopped = dice.random() < 0.5
    return {
        "CMYN": "Y", "CMCLAS": dice.choice(("ANTIDEPRESSANT", "ANTIDEPRESSANT", "ANTIEMETIC")),
        "CMROUTE": dice.choice(("ORAL", "ORAL", "NASAL")),
        "CMSTDAT": PartialDate.of(some_day(dice, dt.date(2026, 3, 1), 20).isoformat()),
        "CMONGO": "N" if stopped else "Y",
        "CMENDAT": PartialDate.of(some_day(dice, dt.date(2026, 3, 8), 20).isoformat()) if stopped else None,
    }  # fmt: skip


def test_the_eight_strata_agree_with_a_second_computation(study: CompiledStudy) -> None:
    dice = random.Random(307)
    day = dt.date(2026, 3, 14)
    met = set()
    for _ in range(TIMES):
        country, failures = dice.choice(("USA", "CAN", "GBR", "AUS")), dice.randint(2, 6)
        taken = [medication(dice) for _ in range(dice.randint(0, 3))]
        row = given({"RANDCTRY": country, "RANDDTM": dt.datetime(2026, 3, 14, 15)}, "V2")
        records = {"CM": [given(values) for values in taken]}
        worked(study, "RAND", row, Elsewhere("V2", items={"AT.ATNFAIL": failures}, records=records))
        open_now = any(
            m["CMYN"] == "Y" and m["CMCLAS"] == "ANTIDEPRESSANT" and m["CMROUTE"] == "ORAL"
            and m["CMSTDAT"].low <= day and (m["CMENDAT"] is None or m["CMENDAT"].low >= day)
            for m in taken
        )  # fmt: skip
        order = [(r, f, a) for r in ("US", "NON-US") for f in ("2", "3 OR MORE") for a in ("Y", "N")]
        wanted = ("US" if country == "USA" else "NON-US", "2" if failures == 2 else "3 OR MORE", code(open_now))
        assert (row["STRREG"], row["STRFAIL"], row["STRAD"]) == wanted
        assert row["RANDSTR"] == order.index(wanted) + 1
        met.add(row["RANDSTR"])
    assert met == set(range(1, 9))


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ([("COCAINE", "NEGATIVE", None, None)], "N"),
        ([("COCAINE", "POSITIVE", "N", None)], "Y"),
        ([("COCAINE", "POSITIVE", None, None)], "Y"),
        ([("COCAINE", "POSITIVE", "NA", "POSITIVE")], "Y"),
        ([("OPIATE", "POSITIVE", "Y", None)], "N"),
        ([("COCAINE", "POSITIVE", "N", "NEGATIVE")], "N"),
        ([("COCAINE", "POSITIVE", "N", None), ("COCAINE", "NEGATIVE", None, None)], "N"),
        ([("COCAINE", "NEGATIVE", None, None), ("COCAINE", "POSITIVE", "N", None)], "Y"),
        ([("COCAINE", "POSITIVE", "N", None), ("OPIATE", "NEGATIVE", None, None)], "Y"),
    ],
)
def test_a_positive_drug_screen_is_explained_confirmed_or_repeated(
    study: CompiledStudy, rows: list[tuple[str | None, ...]], left: str
) -> None:
    items = ("UDTEST", "UDRES", "UDRX", "UDCONF")
    told = [{item: v for item, v in zip(items, row, strict=True) if v is not None} for row in rows]
    assert calculated(study, "RAND", {"UD.ANALYTES": told})["RANDSCRN"] == left


@pytest.mark.parametrize(
    ("severity", "since", "excludes"),
    [
        ("MODERATE", None, "Y"),
        ("SEVERE", "2025-03-03", "Y"),
        ("SEVERE", "2025-03-02", "N"),
        ("MILD", None, "N"),
        ("NONE", None, "N"),
        ("MODERATE", "2025-03", None),
    ],
)
def test_a_use_disorder_excludes_until_twelve_months_of_remission(
    study: CompiledStudy, severity: str, since: str | None, excludes: str | None
) -> None:
    row = {"ROW": "ALCOHOL", "SUNCF": "FORMER", "SUDSEV": severity, **({"SURMDT": since} if since else {})}
    rows = [row, {"ROW": "PCP", "SUNCF": "NEVER"}]
    assert calculated(study, "IE", {"IEDAT": "2026-03-02", "V1:SU.SUBSTANCES": rows}).get("IESUD") == excludes


@pytest.mark.parametrize(("sex", "limit"), [("M", 450), ("F", 470), ("INTERSEX", 470), (None, None)])
def test_men_and_women_have_their_own_qtcf_limit(study: CompiledStudy, sex: str | None, limit: int | None) -> None:
    known = {"DM.SEX": sex} if sex else {}
    assert calculated(study, "IE", dict(known)).get("IEQTLIM") == limit


def test_the_classes_that_are_prohibited_during_treatment_are_those_of_the_protocol(study: CompiledStudy) -> None:
    prohibited = {"MAOI", "OPIOID", "MEMANTINE", "KETAMINE OR ESKETAMINE", "HIGH-DOSE BENZODIAZEPINE"}
    classes = study.study.codelists["CMCLAS"].codes
    assert {c for c in classes if calculated(study, "CM", {"CMCLAS": c})["CMPROH"] == "Y"} == prohibited
    assert {c for c in classes if calculated(study, "CM", {"CMCLAS": c})["CMPROH"] == "N"} == set(classes) - prohibited
    assert "CMPROH" not in calculated(study, "CM", {"CMTRT": "not yet coded"})


def test_every_row_of_substance_use_has_the_code_of_its_substance(study: CompiledStudy) -> None:
    rows = [{"ROW": key, "SUNCF": "NEVER"} for key in (*SUBSTANCES, "OTHER.1", "OTHER.2")]
    row = calculated(study, "SU", {"SUBSTANCES": rows})
    codes = [inner["SUTRT"] for inner in row.groups["SUBSTANCES"]]
    assert codes == [*(key.replace("_", " ") for key in SUBSTANCES), "OTHER", "OTHER"]
    assert set(codes) == set(study.study.codelists["SUTRT"].codes)


def test_audit_c_sums_agree_with_a_second_computation_and_need_all_three(study: CompiledStudy) -> None:
    dice = random.Random(308)
    for _ in range(TIMES):
        answers = [dice.choice((None, 0, 1, 2, 3, 4)) for _ in range(3)]
        row = given({f"ADTC010{n}": answer for n, answer in enumerate(answers, start=1)})
        known = [answer for answer in answers if answer is not None]
        assert worked(study, "SU", row, Elsewhere()).get("ADTCTOT") == (sum(known) if len(known) == 3 else None)


def test_only_infusions_of_induction_count_for_its_completion(study: CompiledStudy) -> None:
    given_at = [{"EVENT": e, "ECOCCUR": "Y"} for e in ("V3", "V4", "V5", "V6", "V7", "V8", "V9", "M1", "M2")]
    held = [{"EVENT": "V10", "PDNGRS": "Positive drug screen"}, {"EVENT": "M3", "PDNGRS": "Flight"}]
    row = calculated(study, "DS", {"EC": [*given_at, {"EVENT": "V10", "ECOCCUR": "N"}], "PD": held})
    assert (row["DSNDOSE"], row["DSNWHY"]) == (7, 1)


def test_who_knows_the_arm_and_who_does_not(study: CompiledStudy) -> None:
    masked = {oid for form in ("RAND", "UB") for oid, i in study.forms[form].items.items() if i.visibility != "open"}
    assert masked == {"RANDARM", "UBARM"}
    mine = "SV IC ICW IE DM RP MH PH AT CM SU RAND DV DS DTH UB".split()
    assert all("rater" in study.study.forms[form].hidden_from for form in mine)
    critical = {i.oid for f in ("IC", "IE", "RAND") for i in study.forms[f].items.values() if i.item.critical}
    typed = {i.oid for f in ("IC", "IE", "RAND") for i in study.forms[f].items.values() if i.compute is None}
    assert critical - typed == set() == typed - critical
