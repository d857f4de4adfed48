"""Strata, drug screens, prohibited classes, substance use and roles of the reference study, by plain Python."""

import datetime as dt
import random
from typing import Any

import pytest

from tests.study.ket.second_computation import (
    SUBSTANCES,
    TIMES,
    Elsewhere,
    calculated,
    code,
    given,
    some_day,
    worked,
)  # fmt: skip
from trialkit.study.compiled import CompiledStudy
from trialkit.values import PartialDate


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
