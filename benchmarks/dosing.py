"""A subject of the reference study from consent to the last of twenty infusions: what is typed, act by act."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from random import Random
from typing import NamedTuple

STUDY = "forms/ket_trd_301"
INFUSIONS = (
    ("V3", 0), ("V4", 4), ("V5", 8), ("V6", 11), ("V7", 15), ("V8", 18), ("V9", 22), ("V10", 25), ("M1", 36),
    ("M2", 43), ("M3", 50), ("M4", 57), ("M5", 71), ("M6", 85), ("M7", 99), ("M8", 113), ("BOO", 116), ("BOO", 119),
    ("BOO", 122), ("BOO", 125),
)  # fmt: skip
FIRST = dt.date(2025, 2, 3)
POINTS = (
    ("PRE1", -40), ("PRE2", -20), ("T5", 5), ("T10", 10), ("T20", 20), ("T30", 30), ("T40", 40), ("E20", 60),
    ("E40", 80), ("E60", 100), ("E90", 130), ("E120", 160), ("X01", 190),
)  # fmt: skip


class Typing(NamedTuple):
    """One act: the form that is saved, what is typed, and whether it is then declared finished."""

    event: str
    repeat: int
    form: str
    typed: Mapping[str, str]
    finished: bool = True


def acts(seed: int = 7) -> Iterator[Typing]:
    """Consent, screening, and the visits with an infusion, each with its monitoring grids."""
    chance = Random(seed)
    yield from _before()
    seen: dict[str, int] = {}
    for event, number in INFUSIONS:
        seen[event] = seen.get(event, 0) + 1
        day = FIRST + dt.timedelta(days=number)
        for form, typed, finished in _visit(chance, day):
            yield Typing(event, seen[event], form, typed, finished)
        if event == "V10":
            yield from _response((FIRST + dt.timedelta(days=29)).isoformat())


def _before() -> Iterator[Typing]:
    day = (FIRST - dt.timedelta(days=21)).isoformat()
    consent = {"ICTYPE": "MAIN", "ICVER": "1.0", "ICVERDT": "2024-12-10", "ICLANG": "EN", "ICSTDAT": day}
    consent |= {"ICSTTIM": "09:00", "ICOBTBY": "phil", "ICCOPY": "Y", "ICLARYN": "N", "ICWITYN": "N", "ICQTRY": "1"}
    consent |= {"ICQSCORE": "9", "ICSBIO": "GRANTED", "ICSREC": "GRANTED", "ICSDAT": "GRANTED", "ICSFUT": "GRANTED"}
    yield Typing("LOG", 1, "IC", consent)
    yield Typing("V1", 1, "SV", _seen_on(day))
    born = {"BRTHDAT": "1984-06-11", "SEX": "F", "RACE": "WHITE", "ETHNIC": "NOT HISPANIC OR LATINO"}
    yield Typing("V1", 1, "DM", born | {"EDULEVEL": "BACHELOR", "EMPSTAT": "FULL TIME"})
    yield Typing("V1", 1, "VS", _signs(day) | {"HEIGHT_VSORRES": "168.0", "WEIGHT_VSORRES": "67.0"})
    cured = {"CMYN": "Y", "CMTRT": "Sertraline", "CMCLAS": "ANTIDEPRESSANT", "CMINDC": "Depression", "CMDSTXT": "150"}
    cured |= {"CMDOSU": "mg", "CMDOSFRQ": "QD", "CMROUTE": "ORAL", "CMSTDAT": "2024-08", "CMONGO": "Y", "CMRESC": "N"}
    yield Typing("LOG", 1, "CM", cured | {"CMAEYN": "N"})
    yield Typing("V1", 1, "MAD", _rated(day))
    base = (FIRST - dt.timedelta(days=7)).isoformat()
    yield Typing("V2", 1, "SV", _seen_on(base))
    yield Typing("V2", 1, "VS", _signs(base) | {"WEIGHT_VSORRES": "67.0"})
    yield Typing("V2", 1, "MAD", _rated(base))
    yield Typing("V1", 1, "IE", {"IEDAT": base, "IEVERS": "1.0", "IEYN": "Y", "IEWAIV": "N"})


def _response(day: str) -> Iterator[Typing]:
    yield Typing("V11", 1, "SV", _seen_on(day))
    yield Typing("V11", 1, "VS", _signs(day) | {"WEIGHT_VSORRES": "67.0"})
    yield Typing("V11", 1, "MAD", _rated(day, "1110110011"))


def _visit(chance: Random, day: dt.date) -> Iterator[tuple[str, dict[str, str], bool]]:
    on = day.isoformat()
    yield "SV", _seen_on(on), True
    yield (
        "CSL",
        {"CSLDAT": on, **dict.fromkeys((f"CSS02{n:02d}" for n in (1, 2, 12, 14, 15, 17, 19, 20, 21)), "N")},
        True,
    )
    kit = f"K{day.toordinal() % 9000 + 1000}"
    drawn = {"DPARM": "A", "DPLVL": "0", "DPKIT": kit, "DPVIALN": "1", "DPWT": "67.0", "DPVCONC": "10.0"}
    drawn |= {"DPVOLA": "3.35", "DPTOTV": "50.0", "DPBY": "pia", "DPWIT": "paul", "DPDTM": f"{on}T09:00"}
    yield "DP", drawn | {"DPBUD": f"{on}T21:00", "DPLABEL": "Y"}, True
    before, during, after = ({p for p, m in POINTS if low < m <= high} for low, high in ((-99, 0), (0, 40), (40, 999)))
    yield "IM", _grid(chance, before), False
    yield "CDS", _scores(chance, ["PRE1"]), False
    began = {"ECOCCUR": "Y", "ECKIT": kit, "ECSTDAT": on, "ECSTTIM": "10:00", "ECLOC": "Left forearm"}
    yield "EC", began | {"ECPUMP": "Pump 3", "ECBY": "nora", "ECMD": "phil"}, False
    yield "IM", _grid(chance, during), False
    steps = (("10:00", "START", "75"), ("10:40", "END", "0"))
    typed = {f"STEPS[{n}].ECSTIM": time for n, (time, _, _) in enumerate(steps, 1)}
    typed |= {f"STEPS[{n}].ECSACT": act for n, (_, act, _) in enumerate(steps, 1)}
    typed |= {f"STEPS[{n}].ECSRATE": rate for n, (_, _, rate) in enumerate(steps, 1)}
    yield "ECS", typed | {f"STEPS[{n}].ECSBY": "nora" for n in (1, 2)}, True
    yield "EC", {"ECENDAT": on, "ECENTIM": "10:40", "ECVOLPMP": "50.0", "ECCOMP": "COMPLETED"}, True
    yield "CDS", _scores(chance, ["T40"]), False
    yield "IM", _grid(chance, after), True
    yield "CDS", _scores(chance, ["E60", "E120"]), True
    well = dict.fromkeys(("DRGAIT", "DRORI", "DRNAUS", "DRSI", "DREDU", "DRESC"), "Y")
    yield (
        "DR",
        {"DRTIM": "12:50", **well, "DRREADY": "170", "DRDEC": "DISCHARGED", "DRDTM": f"{on}T13:20", "DRMD": "phil"},
        True,
    )


def _seen_on(day: str) -> dict[str, str]:
    return {"SVSTAT": "DONE", "SVTYP": "SCHEDULED", "SVDAT": day, "SVMODE": "ON SITE"}


def _rated(day: str, scores: str = "4435422442") -> dict[str, str]:
    items = {f"MADRS1{n:02d}": score for n, score in enumerate(scores, 1)}
    rated = {"RSDAT": day, "RSTIM": "11:00", "MADRATER": "ravi", "MADRECL": "7D", "MADMODE": "VIDEO"}
    return rated | items


def _signs(day: str) -> dict[str, str]:
    typed = {"VSDAT": day}
    for n in (1, 2, 3):
        row = {"VSREP": str(n), "VSTIM": f"10:0{n}", "VSPOS": "SITTING", "SYSBP_VSORRES": "122", "DIABP_VSORRES": "79"}
        row |= {"PULSE_VSORRES": "72", "RESP_VSORRES": "14", "OXYSAT_VSORRES": "98", "TEMP_VSORRES": "36.6"}
        typed |= {f"READINGS[{n}].{item}": text for item, text in row.items()}
    return typed


def _grid(chance: Random, points: set[str]) -> dict[str, str]:
    typed: dict[str, str] = {}
    for point, minute in POINTS:
        if point in points:
            hour, past = divmod(600 + minute, 60)
            row = {"IMTIM": f"{hour:02d}:{past:02d}", "SYSBP_VSORRES": str(chance.randint(112, 130))}
            row |= {"DIABP_VSORRES": str(chance.randint(70, 85)), "PULSE_VSORRES": str(chance.randint(65, 85))}
            row |= {"RESP_VSORRES": "14", "OXYSAT_VSORRES": str(chance.randint(96, 99)), "IMO2": "0", "IMMOAA": "5"}
            row |= {"IMRHY": "Y", "IMSYM": "NONE", "IMACT": "NONE", "IMBY": "nora"}
            typed |= {f"GRID[{point}].{item}": text for item, text in row.items()}
    return typed


def _scores(chance: Random, points: list[str]) -> dict[str, str]:
    typed = {f"GRID[{point}].CADSS{n:02d}": str(int(chance.random() < 0.04)) for point in points for n in range(1, 24)}
    return typed | {f"GRID[{point}].CDSRATER": "nora" for point in points}
