"""Scales, laboratory and safety of the reference study calculate as worked by hand, and as plain Python does.

The second computation of each score is written here without the study: 10,000 random records each, seeded.
"""

import datetime as dt
import random
from collections.abc import Mapping, Sequence
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
MINE = "LB AL MAD QID PHQ CGI CSB CSL BLD COG YMR PWC BLN SAL AE SAE PRG".split()
RATED = {"MAD", "CGI", "YMR"}


class Elsewhere:
    """What the record at hand can read beside itself: items by FORM.ITEM, baselines, records by form."""

    def __init__(self, event: str = "V11", **stated: Any) -> None:
        self.event, self.event_repeat, self.site, self.zone = event, 1, "01", None
        self.now = dt.datetime.fromisoformat("2026-06-01T12:00")
        self.items: Mapping[str, Any] = stated.get("items", {})
        self.before: Mapping[str, Any] = stated.get("before", {})
        self.records: Mapping[str, Sequence[Row]] = stated.get("records", {})

    def value(self, form: str, item: str, event: str | None) -> Any:
        return self.items.get(f"{form}.{item}")

    def rows(self, form: str, group: str | None, event: str | None) -> Sequence[Row]:
        return self.records.get(form, ())

    def earlier(self, form: str, item: str) -> Any:
        return None

    def baseline(self, form: str, item: str) -> Any:
        return self.before.get(f"{form}.{item}")

    def role(self, person: str, role: str) -> bool | None:
        return None


@pytest.fixture(scope="module")
def study() -> CompiledStudy:
    return compile_study(load_study(FOLDER))


def calculated(study: CompiledStudy, form: str, case: dict[str, object]) -> Row:
    """The record of a case with everything calculated that can be."""
    return CaseFacts(study, form, NO_RULE, case).record


def worked(study: CompiledStudy, form: str, values: Mapping[str, Any], facts: Elsewhere | None = None) -> Row:
    """The record of typed values with everything calculated that can be."""
    row = Row({item: value for item, value in values.items() if value is not None}, event="V11")
    recompute(study.forms[form], row, facts or Elsewhere())
    return row


def answered(dice: random.Random, items: Sequence[str], highest: int, gaps: float = 0.01) -> dict[str, int | None]:
    return {item: None if dice.random() < gaps else dice.randint(0, highest) for item in items}


def total(answers: Mapping[str, int | None]) -> int | None:
    known = [answer for answer in answers.values() if answer is not None]
    return sum(known) if len(known) == len(answers) else None


def yes(truth: bool | None) -> str | None:
    return None if truth is None else "Y" if truth else "N"


def numbered(stem: str, first: int, last: int) -> list[str]:
    return [f"{stem}{n:02}" for n in range(first, last + 1)]


def test_vector_5_is_a_response_without_remission(study: CompiledStudy) -> None:
    scores = dict(zip(numbered("MADRS1", 1, 10), "2222221121", strict=True))
    case = {"EVENT": "V11", **scores, "V2:MAD.MADRS111": "34", "FIRST_DOSE": "2026-03-17T10:00"}
    row = calculated(study, "MAD", case)
    assert (row["MADRS111"], row["MADCHG"], row["MADPCT"]) == (17, -17, Decimal("50.0"))
    assert (row["MADRESP"], row["MADREM"]) == ("Y", "N")


def test_vector_6_is_nine_whichever_item_of_a_pair_is_answered(study: CompiledStudy) -> None:
    for blank in ({"QIDSR107", "QIDSR109"}, {"QIDSR106", "QIDSR108"}, {"QIDSR106", "QIDSR109"}):
        row = worked(study, "QID", {item: 1 for item in numbered("QIDSR1", 1, 16) if item not in blank})
        assert [row[item] for item in ("QIDSR117", "QIDSR118", "QIDSR119", "QIDSR120")] == [1, 1, 1, 9]


def test_madrs_totals_changes_and_verdicts_agree_with_plain_python(study: CompiledStudy) -> None:
    dice = random.Random(31)
    for _ in range(TIMES):
        scores = answered(dice, numbered("MADRS1", 1, 10), 6)
        base = dice.choice([None, *range(61)])
        row = worked(study, "MAD", scores, Elsewhere(before={"MAD.MADRS111": base}))
        now = total(scores)
        change = now - base if now is not None and base is not None else None
        percent = Decimal(-100 * change) / base if change is not None and base else None
        reduction = percent.quantize(Decimal("0.1"), ROUND_HALF_UP) if percent is not None else None
        assert (row.get("MADRS111"), row.get("MADCHG"), row.get("MADPCT")) == (now, change, reduction)
        assert row.get("MADRESP") == yes(reduction >= 50 if reduction is not None else None)
        assert row.get("MADREM") == yes(now <= 10 if now is not None else None)
        assert row.get("MADREL") == yes(now >= 22 if now is not None else None)


def test_qids_domains_and_total_agree_with_plain_python(study: CompiledStudy) -> None:
    dice = random.Random(32)
    for _ in range(TIMES):
        q = {n: dice.randint(0, 3) if dice.random() > 0.005 else None for n in range(1, 17)}
        q[dice.choice([6, 7])] = q[dice.choice([8, 9])] = None
        row = worked(study, "QID", {f"QIDSR1{n:02}": answer for n, answer in q.items()})
        appetite = q[6] if q[6] is not None else q[7]
        weight = q[8] if q[8] is not None else q[9]

        def most(*answers: int | None) -> int | None:
            return None if None in answers else max(answer for answer in answers if answer is not None)

        domains = (most(q[1], q[2], q[3], q[4]), most(appetite, weight), most(q[15], q[16]))
        summed = total({str(n): part for n, part in enumerate([*domains, q[5], *(q[n] for n in range(10, 15))])})
        assert tuple(row.get(f"QIDSR1{n}") for n in (17, 18, 19, 20)) == (*domains, summed)


@pytest.mark.parametrize(
    ("form", "items", "highest", "sum_of_all"),
    [
        ("PHQ", numbered("PHQ01", 1, 9), 3, "PHQ0111"),
        ("YMR", numbered("YMRS01", 1, 11), 4, "YMRS0112"),
        ("PWC", numbered("PWC20", 1, 20), 3, "PWC20TOT"),
        ("BLD", numbered("BLD", 1, 7), 3, "BLDTOT"),
    ],
)
def test_plain_sums_agree_and_are_unknown_while_an_answer_is_missing(
    study: CompiledStudy, form: str, items: list[str], highest: int, sum_of_all: str
) -> None:
    dice = random.Random(form)
    for _ in range(TIMES):
        answers = answered(dice, items, highest)
        assert worked(study, form, answers).get(sum_of_all) == total(answers)


def test_bladder_symptoms_count_by_total_rise_or_blood(study: CompiledStudy) -> None:
    dice = random.Random(33)
    for _ in range(TIMES):
        answers = answered(dice, numbered("BLD", 1, 7), 3, gaps=0)
        base = dice.randint(0, 21)
        row = worked(study, "BLD", answers, Elsewhere(before={"BLD.BLDTOT": base}))
        summed = sum(answer for answer in answers.values() if answer is not None)
        assert row["BLDSYM"] == yes(summed >= 8 or summed - base >= 4 or answers["BLD06"] != 0)


@pytest.mark.parametrize(
    ("form", "stem", "suffix", "score"),
    [("CSL", "CSS020", "", "CSLID"), ("CSB", "CSS040", "A", "CSBIDL"), ("CSB", "CSS040", "B", "CSBIDM")],
)
def test_the_ideation_score_is_the_highest_level_answered_yes(
    study: CompiledStudy, form: str, stem: str, suffix: str, score: str
) -> None:
    dice = random.Random(score)
    for _ in range(TIMES):
        levels = {n: dice.choice("YN") for n in (1, 2)}
        levels |= {n: dice.choice("YNNN") for n in (3, 4, 5)} if levels[2] == "Y" else {}
        row = worked(study, form, {f"{stem}{n}{suffix}": answer for n, answer in levels.items()})
        assert row[score] == max((n for n, answer in levels.items() if answer == "Y"), default=0)


def test_behaviour_and_alert_agree_with_plain_python(study: CompiledStudy) -> None:
    dice = random.Random(34)
    counted = (12, 15, 17, 19, 20, 21)
    for _ in range(TIMES):
        acts = {n: dice.choice("YNNNNNNN") for n in (*counted, 14)}
        level = dice.randint(1, 5)
        ideas = {f"CSS020{n}": "Y" if n <= level else "N" for n in range(1, 6)}
        row = worked(study, "CSL", {**ideas, **{f"CSS02{n}": answer for n, answer in acts.items()}})
        behaviour = any(acts[n] == "Y" for n in counted)
        assert (row["CSLBEH"], row["CSLPOS"]) == (yes(behaviour), yes(behaviour or level >= 4))
        year = {f"CSS04{n}B": acts[n] for n in (12, 14, 15, 17, 19, 20)}
        assert worked(study, "CSB", year)["CSBBEH"] == yes(any(acts[n] == "Y" for n in (12, 15, 17, 19, 20)))


def test_laboratory_flags_and_grades_agree_with_plain_python(study: CompiledStudy) -> None:
    dice = random.Random(35)
    steps = {"ALT": (3, 5, 20), "AST": (3, 5, 20), "BILI": ("1.5", 3, 10), "CREAT": ("1.5", 3, 6)}
    fixed = {"K": ("5.5", "6.0", "7.0")}
    for _ in range(TIMES):
        test = dice.choice([*steps, "K", "HGB"])
        low, high = Decimal(dice.choice(["3.5", "10"])), Decimal(dice.choice(["5.1", "40"]))
        result = Decimal(dice.randint(1, 9000)) / dice.choice([10, 100, 1000])
        limits = [high * Decimal(x) for x in steps.get(test, ())] or [Decimal(x) for x in fixed.get(test, ())]
        values = {"LBTESTCD": test, "LBORRES": str(result), "LBORNRLO": low, "LBORNRHI": high}
        record = row_for({"LBPERF": "Y"}, {"RESULTS": [("1", values)]}, event="V11")
        recompute(study.forms["LB"], record, Elsewhere())
        row = record.groups["RESULTS"][0]
        assert row["LBNRIND"] == ("LOW" if result < low else "HIGH" if result > high else "NORMAL")
        grade = sum(result > limit for limit in [high, *limits]) if limits else None
        assert row.get("LBTOXGR") == grade


@pytest.mark.parametrize(
    ("stated", "flag"),
    [
        ({"LBORRES": "46", "LBORNRHI": "45"}, "HIGH"),
        ({"LBORRES": "45", "LBORNRHI": "45"}, "NORMAL"),
        ({"LBORRES": "9", "LBORNRLO": "10"}, "LOW"),
        ({"LBORRES": "10", "LBORNRLO": "10"}, "NORMAL"),
        ({"LBORRES": "10"}, None),
        ({"LBORRES": "<5", "LBORNRLO": "10", "LBORNRHI": "45"}, None),
        ({"LBTESTCD": "NITRITE", "LBORRES": "NEGATIVE"}, "NORMAL"),
        ({"LBTESTCD": "NITRITE", "LBORRES": "POSITIVE"}, "ABNORMAL"),
    ],
)
def test_one_limit_is_enough_for_a_flag_and_none_gives_none(
    study: CompiledStudy, stated: dict[str, str], flag: str | None
) -> None:
    rows = calculated(study, "LB", {"RESULTS": [{"LBTESTCD": "ALT", **stated}]}).groups["RESULTS"]
    assert rows[0].get("LBNRIND") == flag


@pytest.mark.parametrize(("sex", "expected"), [("M", "91.7"), ("F", "68.6"), ("U", None)])
def test_filtration_of_one_milligram_of_creatinine_at_fifty(
    study: CompiledStudy, sex: str, expected: str | None
) -> None:
    record = row_for({"LBPERF": "Y"}, {"RESULTS": [("1", {"LBTESTCD": "CREAT", "LBORRES": "88.4"})]})
    recompute(study.forms["LB"], record, Elsewhere(items={"DM.SEX": sex, "DM.AGE": 50}))
    assert record.get("LBGFR") == (Decimal(expected) if expected else None)


def test_filtration_agrees_with_the_published_equation(study: CompiledStudy) -> None:
    dice = random.Random(36)
    form = study.forms["LB"]
    steps = [form.items[item].compute for item in ("LBSCR", "LBSCRK", "LBGFR")]
    for _ in range(TIMES):
        sex, age, creatinine = dice.choice("FM"), dice.randint(18, 70), dice.randint(30, 600)
        record = row_for({}, {"RESULTS": [("1", {"LBTESTCD": "CREAT", "LBRESN": Decimal(creatinine)})]})
        for item, step in zip(("LBSCR", "LBSCRK", "LBGFR"), steps, strict=True):
            assert step is not None
            record[item] = step.evaluate(record, Elsewhere(items={"DM.SEX": sex, "DM.AGE": age}))
        relative = creatinine / 88.4 / (0.7 if sex == "F" else 0.9)
        below = min(relative, 1) ** (-0.241 if sex == "F" else -0.302)
        rate = 142 * below * max(relative, 1) ** -1.2 * 0.9938**age * (1.012 if sex == "F" else 1)
        assert abs(float(str(record["LBGFR"])) - rate) <= 0.0501


def test_an_event_counts_the_infusions_before_it_by_clock_or_by_day(study: CompiledStudy) -> None:
    dice = random.Random(37)
    first = dt.datetime.fromisoformat("2026-03-17T10:00")
    for _ in range(TIMES):
        starts = [first + dt.timedelta(days=4 * n, minutes=dice.randint(0, 90)) for n in range(dice.randint(0, 6))]
        doses = [Row({"ECOCCUR": "Y", "ECSTDAT": s.date(), "ECSTDTM": s}) for s in starts]
        onset = first + dt.timedelta(days=dice.randint(-2, 22), minutes=dice.randint(-60, 200))
        timed = dice.random() < 0.7
        values = {"AESTDAT": PartialDate.of(onset.date().isoformat()), "AESTTIM": onset.time() if timed else None}
        row = worked(study, "AE", values, Elsewhere(records={"EC": doses}))
        earlier = [s for s in starts if (s <= onset if timed else s.date() <= onset.date())]
        assert row["AEINF"] == len(earlier)
        minutes = (onset - max(earlier)).total_seconds() / 60 if timed and earlier else None
        assert row.get("AERELM") == minutes


def test_a_reaction_is_suspected_and_unexpected_and_due_by_its_severity(study: CompiledStudy) -> None:
    dice = random.Random(38)
    for _ in range(TIMES):
        answers = {item: dice.choice("YN") for item in ("AESER", "AEREL", "AESDTH", "AESLIFE")}
        expected, clock = dice.choice("YN"), dt.datetime(2026, dice.randint(1, 12), dice.randint(1, 28), 23, 59)
        event = Row({"AESPID": 3, **answers})
        other = Row({"AESPID": 2, **dict.fromkeys(answers, "Y")})
        values = {"SAEAESP": 3, "SAEEXP": expected, "SAEDAY0": clock}
        row = worked(study, "SAE", values, Elsewhere(records={"AE": [other, event]}))
        assert row["SAESUS"] == yes(answers["AESER"] == "Y" and answers["AEREL"] == "Y" and expected == "N")
        urgent = "Y" in (answers["AESDTH"], answers["AESLIFE"])
        assert row["SAEDUE"] == clock.date() + dt.timedelta(days=7 if urgent else 15)


LIMITS = """
HGB 115 175 30 250; HCT .35 .52 .1 .75; RBC 3.8 5.9 1 9; WBC 4 11 .1 200; PLAT 150 400 5 2000
NEUT 2 7.5 0 100; LYM 1 4 0 100; SODIUM 135 145 100 180; K 3.5 5.1 1.5 10; CL 98 107 70 140
BICARB 22 29 5 50; UREAN 2.5 7.8 .5 60; CREAT 45 110 10 2000; GLUC 3.9 6.1 1 50; CA 2.15 2.6 1 4.5
ALB 35 50 10 70; PROT 60 80 20 130; ALT 0 45 0 5000; AST 0 40 0 5000; ALP 30 130 5 3000
GGT 0 60 0 3000; BILI 0 21 0 600; TSH .4 4.5 0 150; HBA1C 4 6 2 20; PH 5 8 4 9
SPGRAV 1.005 1.030 1.000 1.060
"""


def test_each_laboratory_test_has_the_limits_of_the_protocol(study: CompiledStudy) -> None:
    rows = study.study.tables["LBLIMITS"].rows
    for line in LIMITS.strip().replace("\n", "; ").split("; "):
        test, *limits = line.split()
        written = [Decimal(rows[test][column]) for column in ("SOFTLOW", "SOFTHIGH", "HARDLOW", "HARDHIGH")]
        assert written == [Decimal(limit) for limit in limits], test
    assert set(rows) == set(study.study.codelists["LBTEST"].codes)


def test_the_rater_sees_the_ratings_and_the_pharmacist_none_of_these_forms(study: CompiledStudy) -> None:
    forms = study.study.forms
    assert {oid for oid in MINE if "rater" not in forms[oid].hidden_from} == RATED
    assert [oid for oid in MINE if "pharmacist" not in forms[oid].hidden_from] == []
    assert {oid for oid in MINE if "rater" in forms[oid].entered_by} == RATED


def test_what_subjects_answer_is_entered_by_them_and_dated(study: CompiledStudy) -> None:
    forms = study.study.forms
    assert {oid for oid in MINE if "subject" in forms[oid].entered_by} == {"QID", "PHQ", "BLD", "PWC", "AL"}
    assert [forms[oid].dated_by for oid in ("QID", "PHQ", "BLD", "PWC")] == ["QIDSDAT", "PHQDAT", "BLDDAT", "PWCDAT"]


def test_licensed_scales_carry_numbers_and_no_wording(study: CompiledStudy) -> None:
    for oid in ("MAD", "QID", "CSB", "CSL", "YMR", "PWC"):
        assert [item for item, rule in study.study.forms[oid].items.items() if rule.question] == []


@pytest.mark.parametrize("oid", ["MAD", "CSL", "AE", "SAE"])
def test_every_answer_on_a_critical_form_is_verified_against_source(study: CompiledStudy, oid: str) -> None:
    typed = {item for item, rule in study.study.forms[oid].items.items() if rule.compute is None}
    device_or_system = {"MADSEC", "SAEOPEN"}
    assert {item for item in typed if not study.study.forms[oid].items[item].critical} <= device_or_system


def test_alerts_are_opened_by_the_rules_on_suicidality_and_misuse(study: CompiledStudy) -> None:
    opened = {c.oid: c.check.opens.form for oid in MINE for c in study.forms[oid].checks if c.check.opens is not None}
    assert opened == {**dict.fromkeys(("R09", "R10-MAD", "R10-PHQ", "R10-QID", "R16"), "SAL"), "A09": "SAE"}
    written = [item for item, rule in study.study.forms["SAL"].items.items() if rule.entered_by == "system"]
    assert written == ["SALTRIG", "SALDTM", "SALREF", "SALNTM"]
