"""A subject of the reference study from consent to the first follow-up, with twenty infusions: what is typed, by visit.

Told as a story of the study's own patterns of visits, so that whoever changes a form there keeps this one playable.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from textwrap import indent

from trialkit.simulation.loading import Play, load_play

STUDY = Path("forms/ket_trd_301")
INFUSIONS = (
    ("V3", 0), ("V4", 4), ("V5", 8), ("V6", 11), ("V7", 15), ("V8", 18), ("V9", 22), ("V10", 25), ("M1", 36),
    ("M2", 43), ("M3", 50), ("M4", 57), ("M5", 71), ("M6", 85), ("M7", 99), ("M8", 113), ("BOO", 116), ("BOO", 119),
    ("BOO", 122), ("BOO", 125),
)  # fmt: skip
RATED = ("V5", "V7", "V9", "M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8")
FIRST = dt.date(2025, 2, 10)
BEFORE, DURING, AFTER = (
    (("PRE1", "09:48"), ("PRE2", "09:55")),
    (("T5", "10:05"), ("T10", "10:10"), ("T20", "10:20"), ("T30", "10:30"), ("T40", "10:40")),
    (("E20", "11:00"), ("E40", "11:20"), ("E60", "11:40"), ("E90", "12:10"), ("E120", "12:40")),
)


def long_story(folder: Path, seed: int = 7) -> Play:
    """The subject's story, written into `folder` beside the study's own cast and patterns, and read."""
    folder.mkdir(exist_ok=True)
    for name in ("cast.yaml", "patterns.yaml"):
        shutil.copy(STUDY / "stories" / name, folder / name)
    head = 'title: A long way\nshows: Twenty infusions.\nsite: "01"\nsubject: 01-0001\nacts:\n'
    (folder / "long.yaml").write_text(head + "".join(_acts(Random(seed))))
    return load_play(folder)


def _acts(chance: Random) -> Iterator[str]:
    screened = {"DM": _values(BRTHDAT="1984-06-11"), **_signs(HEIGHT_VSORRES="168.0"), **_rated("4435422442")}
    yield _visit(-21, "09:00", "screening visit", "V1", screened)
    yield _visit(-6, "10:00", "baseline visit", "V2", _signs() | _rated("4435324432"))
    yield _visit(-6, "15:00", "eligibility", "V1")
    yield _visit(-6, "15:30", "randomisation", "V2", {"RAND": _values(RANDNO="R1", RANDCTRY="GBR", RANDARM="A")})
    answered = _rated("1110110011")
    for number, (event, day) in enumerate(INFUSIONS, 1):
        if event in RATED:
            asked_again = ["AL subject", "AL"] if event in ("M1", "M2", "M4", "M6", "M8") else []
            yield _visit(day, "08:15", "rating", event, answered, without=asked_again)
        yield _infusion(chance, number, event, day)
        if event == "V3":
            yield _visit(1, "09:00", "24-hour check", "V3A", _signs() | _rated("1323302231"))
        elif event == "V10":
            yield _visit(29, "09:00", "primary visit", "V11", _signs() | answered)
    guessed = ["BLN", "BLN investigator"]
    yield _visit(130, "09:00", "primary visit", "V12", _signs() | answered, without=guessed)
    yield _visit(139, "09:00", "follow-up visit", "F1", _signs() | answered, without=["AL subject", "AL"])


def _infusion(chance: Random, number: int, event: str, day: int) -> str:
    kit, booster = f"K{1000 + number}", event == "BOO"
    vary = {
        "SV": _values(SVTYP="BOO" if booster else "SCHEDULED"),
        "PD": _values(PDWT="67.0"),
        "level": _values(DPKIT=kit),
        "DP": _values(DPVCONC="10.0", DPVOLA="3.35"),
        "DAW": f"repeat: {number}\n" + _values(DAWKIT=kit, DAWVOL="16.65"),
        "IM before": _grid(chance, BEFORE),
        "EC start": _values(ECKIT=kit),
        "IM during": _grid(chance, DURING),
        "CDS during": "tables:\n  GRID: |\n    row | CADSS01..CADSS23\n    T40 | 11130002101222001010000\n",
        "IM after": _grid(chance, AFTER),
    }
    return _visit(day, "08:30", "infusion visit", event, vary, repeat=number - 16 if booster else 1)


def _visit(
    day: int, time: str, pattern: str, event: str, vary: Mapping[str, str] | None = None, *, repeat: int = 1,
    without: Sequence[str] = (),
) -> str:  # fmt: skip
    on = FIRST + dt.timedelta(days=day)
    text = f"- at: {on}T{time}\n  do: visit\n  pattern: {pattern}\n  event: {event}\n  event_repeat: {repeat}\n"
    text += f"  without: [{', '.join(without)}]\n" if without else ""
    varied = "".join(f"    {name}:\n{indent(how, ' ' * 6)}" for name, how in (vary or {}).items())
    return text + ("  vary:\n" + varied if varied else "")


def _values(**values: str) -> str:
    return "values:\n" + "".join(f'  {item}: "{value}"\n' for item, value in values.items())


def _rated(scores: str) -> dict[str, str]:
    return {"MAD": f'values:\n  MADRS101..MADRS110: "{scores}"\n'}


def _signs(**also: str) -> dict[str, str]:
    head = "row | VSREP | VSTIM | SYSBP_VSORRES | DIABP_VSORRES | PULSE_VSORRES"
    rows = [head, *(f"{n} | {n} | 10:0{2 * n + 3} | {121 + n} | 79 | 72" for n in (1, 2, 3))]
    measured = _values(WEIGHT_VSORRES="67.0", **also)
    return {"VS": measured + "tables:\n  READINGS: |\n" + indent("\n".join(rows), "    ") + "\n"}


def _grid(chance: Random, points: tuple[tuple[str, str], ...]) -> str:
    rows = ["row | IMTIM | SYSBP_VSORRES | DIABP_VSORRES | PULSE_VSORRES | OXYSAT_VSORRES"]
    for point, time in points:
        measured = ((112, 130), (70, 85), (65, 85), (96, 99))
        rows.append(" | ".join((point, time, *(str(chance.randint(*between)) for between in measured))))
    return "tables:\n  GRID: |\n" + indent("\n".join(rows), "    ") + "\n"
