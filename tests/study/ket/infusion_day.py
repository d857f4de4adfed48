"""A dosing day of the reference study as records: prepared, infused, monitored; and single calculations of a record."""

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from trialkit.expressions import Row
from trialkit.study.case import CaseFacts
from trialkit.study.compiled import CompiledStudy
from trialkit.study.model import Check
from trialkit.values import text

NO_RULE = Check(require="1 == 1", message="none")
DAY = "2026-03-17"
START = dt.datetime.fromisoformat(f"{DAY}T10:00")
AFTER = {"E20": 20, "E40": 40, "E60": 60, "E90": 90, "E120": 120, "X01": 150, "X02": 180}
MINUTE = {"PRE1": -30, "T5": 5, "T10": 10, "T20": 20, "T30": 30, "T40": 40} | {e: 40 + m for e, m in AFTER.items()}


class Elsewhere:
    """What the record at hand can read beside itself: items by FORM.ITEM, rows and records by FORM."""

    def __init__(self, items: Mapping[str, Any] | None = None, rows: Mapping[str, Sequence[Row]] | None = None) -> None:
        self.event, self.event_repeat, self.site, self.now = "V5", 1, "01", START
        self.zone = None
        self.items, self.records = items or {}, rows or {}

    def value(self, form: str, item: str, event: str | None) -> Any:
        return self.items.get(f"{form}.{item}")

    def rows(self, form: str, group: str | None, event: str | None) -> Sequence[Row]:
        return self.records.get(form, ())


def calculated(study: CompiledStudy, form: str, case: dict[str, object]) -> Row:
    """The record of a case with everything calculated that can be."""
    return CaseFacts(study, form, NO_RULE, case).record


def filled(study: CompiledStudy, form: str, row: Row, names: str, facts: Any = None) -> Row:
    """The record with these computed items calculated, in this order, and no others: fast enough for thousands."""
    for name in names.split():
        item = study.forms[form].items[name]
        assert item.compute is not None
        for at in row.groups[item.group] if item.repeating else (row,):
            value = item.compute.evaluate(at, facts or Elsewhere())
            for one in (at,) if item.repeating else (row, *(r for rows in row.groups.values() for r in rows)):
                if value is not None:
                    one[name] = value
    return row


def half_up(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def thrown(dice: random.Random, low: int, high: int, places: int) -> Decimal:
    return Decimal(dice.randint(low * 10**places, high * 10**places)).scaleb(-places)


def shown(row: Row, *items: str) -> dict[str, Decimal]:
    return {item: Decimal(str(row[item])) for item in items}


def numbers(**wanted: str) -> dict[str, Decimal]:
    return {item: Decimal(value) for item, value in wanted.items()}


def handed_on(row: Row, group: str) -> object:
    """What a repeating group of a record hands to the case of another form."""
    return [{"ROW": inner.key, **{i: text(v) for i, v in inner.items() if i not in row}} for inner in row.groups[group]]


def of(form: str, row: Row) -> dict[str, object]:
    return {f"{form}.{item}": text(value) for item, value in row.items()}


def prepared(study: CompiledStudy, weight: str = "82.0", **changed: object) -> Row:
    pd = calculated(study, "PD", {"EVENT": "V3", "PDWT": weight})
    asked = {"EVENT": "V3", "RAND.RANDARM": "A", "DPLVL": "0", "DPVIALN": "1", **of("PD", pd)}
    return calculated(study, "DP", {**asked, "DPVCONC": "10", "DPVOLA": "4.10", "DPTOTV": "50.0", **changed})


def infused(study: CompiledStudy, end: str, *steps: tuple[str, str, str]) -> tuple[Row, Row]:
    """Steps and infusion record of an infusion that began at 10:00 with the syringe of vector 1."""
    dose = {**of("DP", prepared(study)), "PD.PDWT": "82.0"}
    clock = {"ECSTDAT": DAY, "ECSTTIM": "10:00", "ECENDAT": DAY, "ECENTIM": end}
    rows = [{"ECSTIM": time, "ECSACT": act, "ECSRATE": rate} for time, act, rate in steps]
    around = {**{f"EC.{i}": v for i, v in clock.items()}, "EC.ECSTDTM": f"{DAY}T10:00", **dose}
    stepped = calculated(study, "ECS", {"EVENT": "V3", "STEPS": rows, **around})
    given = {"EVENT": "V3", "ECOCCUR": "Y", "ECKIT": "K1001", **clock, **dose}
    return stepped, calculated(study, "EC", {**given, "ECS.STEPS": handed_on(stepped, "STEPS")})


def monitored(study: CompiledStudy, pressures: dict[str, int], diastolic: int = 80) -> Row:
    """A grid of systolic pressures on schedule around an infusion from 10:00 to 10:40."""
    rows = [
        {
            "ROW": row,
            "IMTIM": (START + dt.timedelta(minutes=MINUTE[row])).strftime("%H:%M"),
            "SYSBP_VSORRES": str(systolic),
            "DIABP_VSORRES": str(diastolic),
            "PULSE_VSORRES": "72",
            "OXYSAT_VSORRES": "97",
            "IMMOAA": "4" if row == "T30" else "5",
        }
        for row, systolic in pressures.items()
    ]
    around = {"SV.SVDAT": DAY, "EC.ECSTDTM": f"{DAY}T10:00", "EC.ECENDTM": f"{DAY}T10:40"}
    scores = [{"ROW": "T40", "CDSTPT": "T40", "CADSS24": "12"}, {"ROW": "E60", "CDSTPT": "E60", "CADSS24": "3"}]
    return calculated(study, "IM", {"EVENT": "V3", "GRID": rows, "CDS.GRID": scores, **around})
