"""The forms of an infusion day, from the readings before the dose to the waste afterwards."""

from __future__ import annotations

from datetime import datetime

from trialkit.simulation.model.fate import Visit
from trialkit.simulation.model.infusion import Infusion, Reading
from trialkit.simulation.sheets.sheet import Book, Values, after, clock, day, minute, named

# mg/kg by level, cap per infusion, vial: strength mg/mL, volume mL, decimals of the planned dose.
LADDER = {
    "A": {-1: "0.40", 0: "0.50", 1: "0.65", 2: "0.80"}, "B": {-1: "0.20", 0: "0.25", 1: "0.25", 2: "0.25"},
    "C": {-1: "0.020", 0: "0.025", 1: "0.0325", 2: "0.040"},
}  # fmt: skip
CAP = {"A": 80.0, "B": 25.0, "C": 4.0}
VIAL = {"A": (10.0, 20.0, 1), "B": (10.0, 20.0, 1), "C": (1.0, 5.0, 2)}
HEAVIEST = 100.0
UP, DOWN = "Improvement below 50 percent and last infusion well tolerated.", "The last infusion was not tolerated."
OVERRIDE = "Known white-coat effect, settled after rest; no symptoms, dosing judged safe."


def planned(arm: str, level: int, weight: float) -> float:
    """The planned dose in mg, as pharmacy computes it: mg/kg by level times dosing weight, at most the cap."""
    dose = min(float(LADDER[arm][level]) * min(weight, HEAVIEST), CAP[arm])
    scale = float(10 ** VIAL[arm][2])
    return int(dose * scale + 0.5 + 1e-9) / scale


def kit(book: Book, visit: Visit) -> str:
    """The number of the kit that the randomisation system assigns: site, subject, infusion."""
    return f"K{book.course.subject.replace('-', '')}{visit.nth:02}"


def weight(book: Book, visit: Visit) -> float:
    """The weight of the day: the person's with a little drift."""
    return round(book.course.person.weight + book.draws.within(-1.2, 1.2, 0, 0.4), 1)


def dose(book: Book, visit: Visit) -> None:
    """All forms of a dosing visit; where no dose was given, those that say why."""
    start = visit.start
    kilos = weight(book, visit)
    if visit.infusion is None:
        _readiness(book, visit, kilos)
        book.put(after(start, 5), visit.event, "EC", {"ECOCCUR": "N", "ECCOMP": "NOT STARTED"}, repeat=visit.repeat)
        return
    infusion = visit.infusion
    _setting(book, visit)
    put = _Put(book, visit)
    put(-27, "IM", {}, {row.point: _row(book, start, row) for row in infusion.before}, submit=False)
    put(-26, "CDS", {}, {"PRE1": _cadss(book, infusion.cadss["PRE1"])}, submit=False)
    put(-26, "BPR", {}, {"PRE1": _bprs(book, 0)}, submit=False)
    _readiness(book, visit, kilos)
    _preparation(book, visit, kilos)
    begin: Values = {
        "ECOCCUR": "Y", "ECKIT": kit(book, visit), "ECSTDAT": day(start), "ECSTTIM": clock(start),
        "ECLOC": book.draws.choice(("Left forearm", "Right forearm", "Left hand", "Right hand")),
        "ECPUMP": f"P-{book.site.number}-{book.draws.randrange(1, 4)}", "ECBY": book.who("nurse"),
        "ECMD": book.who("physician"),
    }  # fmt: skip
    put(1, "EC", begin, submit=False)
    _afterwards(book, visit, infusion)


def _afterwards(book: Book, visit: Visit, infusion: Infusion) -> None:
    start, put = visit.start, _Put(book, visit)
    home = infusion.ready
    late = home + 30
    put(home - 5, "SX", _experience(book, infusion))
    put(late - 1, "ECS", {}, {str(n): _step(book, start, step) for n, step in enumerate(infusion.steps, 1)})
    end = after(start, infusion.end)
    done: Values = {
        "ECENDAT": day(end), "ECENTIM": clock(end), "ECVOLPMP": f"{infusion.pump:.1f}",
        "ECCOMP": "STOPPED EARLY" if infusion.stopped else "COMPLETED",
    }  # fmt: skip
    if infusion.stopped:
        done["ECADJ"] = infusion.steps[-1].reason
    if 50 - infusion.volume > 0.05:
        done |= {"ECRETBY": book.who("nurse"), "ECRETTM": minute(after(end, 25))}
    put(late + 4, "EC", done)
    put(late + 6, "IM", {}, {row.point: _row(book, start, row) for row in infusion.rows})
    points = [point for point in ("T40", "E60", "E120") if point != "T40" or infusion.rows]
    put(late + 8, "CDS", {}, {point: _cadss(book, infusion.cadss[point]) for point in points})
    odd = infusion.cadss["T40"] - infusion.cadss["PRE1"]
    put(late + 9, "BPR", {}, {"T40": _bprs(book, odd), **({"E120": _bprs(book, 0)} if odd > 4 else {})})
    _support(book, visit, infusion)
    leaves = after(start, home)
    yes = dict.fromkeys(("DRGAIT", "DRORI", "DRNAUS", "DRSI", "DREDU", "DRESC"), "Y")
    put(
        late + 12, "DR",
        {
            "DRTIM": clock(after(leaves, -2)), **yes, "DRREADY": str(home), "DRDEC": "DISCHARGED",
            "DRDTM": minute(leaves),
            "DRMD": book.who("physician"),
        },
    )  # fmt: skip
    _waste(book, visit, infusion, after(start, late + 14))


class _Put:
    """Puts sheets of one dosing visit, so many minutes after the start of the infusion."""

    def __init__(self, book: Book, visit: Visit) -> None:
        self._book, self._visit = book, visit

    def __call__(
        self, minutes: float, form: str, values: Values, rows: dict[str, Values] | None = None, submit: bool = True
    ) -> None:
        visit = self._visit
        self._book.put(after(visit.start, minutes), visit.event, form, values, rows, repeat=visit.repeat, submit=submit)


def _readiness(book: Book, visit: Visit, kilos: float) -> None:
    draws, start = book.draws, visit.start
    infusion = visit.infusion
    values: Values = {
        "PDDTM": minute(after(start, -25)), "PDWT": f"{kilos:.1f}", "PDFOOD": f"{draws.within(7, 14, 10, 2):.1f}",
        "PDFLUID": f"{draws.within(2.2, 6, 3, 0.8):.1f}", "PDINTER": "N", "PDESC": "Y",
        "PDTRY": str(len(infusion.before)) if infusion else "1", "PDLVL": str(visit.level),
        "PDLVLCH": f"{visit.change}",
    }  # fmt: skip
    if visit.change:
        values["PDLVLRS"] = UP if visit.change > 0 else DOWN
    if infusion is not None and infusion.overridden:
        values |= {"PDOVR": "Y", "PDOVRRS": OVERRIDE, "PDOVRBY": book.who("physician")}
    elif visit.ideation >= 4:
        values["PDOVR"] = "N"
    values["PDGO"] = "GO" if infusion is not None else "NO-GO"
    if infusion is None:
        values["PDNGRS"] = visit.skipped
    book.put(after(start, -24), visit.event, "PD", values, repeat=visit.repeat)


def _preparation(book: Book, visit: Visit, kilos: float) -> None:
    arm, start = book.course.arm, visit.start
    strength, _, _ = VIAL[arm]
    values: Values = {
        "DPARM": arm, "DPLVL": str(visit.level), "DPKIT": kit(book, visit), "DPVIALN": "1", "DPWT": f"{kilos:.1f}",
        "DPVCONC": f"{strength:.1f}", "DPVOLA": f"{planned(arm, visit.level, kilos) / strength:.2f}", "DPTOTV": "50.0",
        "DPBY": book.who("pharmacist"), "DPWIT": book.who("pharmacist 2"), "DPDTM": minute(after(start, -18)),
        "DPBUD": minute(after(start, 8 * 60 - 18)), "DPLABEL": "Y",
    }  # fmt: skip
    book.put(after(start, -14), visit.event, "DP", values, repeat=visit.repeat)


def _row(book: Book, start: datetime, row: Reading) -> Values:
    """One row of the monitoring grid."""
    if row.minute is None:
        return {"IMND": row.note}
    return {
        "IMTIM": clock(after(start, row.minute)), "SYSBP_VSORRES": str(row.systolic),
        "DIABP_VSORRES": str(row.diastolic),
        "PULSE_VSORRES": str(row.pulse), "RESP_VSORRES": str(row.breaths), "OXYSAT_VSORRES": str(row.oxygen),
        "IMO2": f"{row.flow:.1f}" if row.flow else "0", "IMMOAA": str(row.alert), "IMRHY": "Y" if row.regular else "N",
        "IMSYM": row.symptoms or ["NONE"], "IMACT": row.actions or ["NONE"], "IMBY": book.who("nurse 2"),
    }  # fmt: skip


def _step(book: Book, start: datetime, step: object) -> Values:
    from trialkit.simulation.model.infusion import Step

    assert isinstance(step, Step)
    values: Values = {
        "ECSTIM": clock(after(start, step.minute)), "ECSACT": step.action, "ECSRATE": f"{step.rate:g}",
        "ECSBY": book.who("nurse"),
    }  # fmt: skip
    if step.action not in ("START", "END"):
        values |= {"ECSADJ": step.reason, "ECSORD": book.who("physician")}
    return values


def _cadss(book: Book, total: int) -> Values:
    return {**named("CADSS", 1, book.draws.split(total, CADSS_WEIGHTS, 4)), "CDSRATER": book.who("monitoring lead")}


CADSS_WEIGHTS = (3, 3, 2, 1, 1, 3, 3, 1.5, 1, 1, 1, 1, 2, 1, 3, 1, 1, 1, 1, 1, 1, 2, 1)


def _bprs(book: Book, more: int) -> Values:
    items = ("BPRS0104", "BPRS0111", "BPRS0112", "BPRS0115")
    odd = min(max(more // 14, 0), 2)
    return {item: str(1 + (book.draws.randrange(odd + 1) if odd else 0)) for item in items}


def _setting(book: Book, visit: Visit) -> None:
    """Before the dose: what the subject expects."""
    draws = book.draws
    expects: Values = {
        "SSEXPC": str(draws.randrange(3, 10)), "SSANX": str(draws.randrange(0, 7)), "SSTRUST": str(draws.randrange(5,
        11)),
        "SSINTN": draws.choice(("To let go for once.", "To feel lighter.", "To understand why I am so tired.",
        "Rest.")),
    }  # fmt: skip
    book.put(after(visit.start, -56), visit.event, "SS", expects, repeat=visit.repeat, submit=False)


def _support(book: Book, visit: Visit, infusion: Infusion) -> None:
    draws, course = book.draws, book.course
    support = draws.choice(
        (["NONE"], ["NONE"], ["VERBAL REASSURANCE"], ["MUSIC CHANGE"], ["VERBAL REASSURANCE", "BREATHING"])
    )
    if infusion.cadss["T40"] >= 30:
        support = ["VERBAL REASSURANCE", "BREATHING"]
    granted = course.person.subconsents.get("ICSREC") == "GRANTED" and not course.script.unrecorded
    values: Values = {
        "SSROOM": f"Room {draws.randrange(1, 4)}", "SSMON1": book.who("monitoring lead"), "SSMON2": book.who("nurse 2"),
        "SSPREP": str(draws.randrange(10, 35)), "SSMUS": "Y", "SSEYE": "NY"[draws.chance(0.6)],
        "SSTOUCH": "NY"[draws.chance(0.5)], "SSREC": "NY"[granted and draws.chance(0.8)], "SSSUPP": support,
    }  # fmt: skip
    if support != ["NONE"]:
        values["SSSUPT"] = str(draws.randrange(2, 25))
    book.put(after(visit.start, infusion.ready + 40), visit.event, "SS", values, repeat=visit.repeat)


def _experience(book: Book, infusion: Infusion) -> Values:
    draws, depth = book.draws, min(infusion.cadss["T40"], 40)
    return {
        "SXINT": str(round(draws.within(0, 100, 25 + 1.5 * depth, 15))), "SXPLEA": str(round(draws.within(0, 100, 55,
        20))),
        "SXCHAL": str(round(draws.within(0, 100, 15 + depth, 15))), "SXCONN": str(round(draws.within(0, 100, 45, 22))),
        "SXINSI": str(round(draws.within(0, 100, 40, 22))), "SXLAST": "NY"[draws.chance(0.1)],
    }  # fmt: skip


def _waste(book: Book, visit: Visit, infusion: Infusion, moment: datetime) -> None:
    """The remainder of the vial, and of the syringe where the infusion was stopped, each before two people."""
    arm = book.course.arm
    _, content, _ = VIAL[arm]
    drawn = next(s for s in reversed(book.sheets) if s.form == "DP").values["DPVOLA"]
    parts = [("VIAL REMAINDER", content - float(str(drawn)))]
    if 50 - infusion.volume > 0.05:
        parts.append(("SYRINGE RESIDUAL", 50 - infusion.volume))
    for n, (source, volume) in enumerate(parts):
        values: Values = {
            "DAWSRC": source, "DAWKIT": kit(book, visit), "DAWVOL": f"{volume:.2f}", "DAWDTM": minute(after(moment,
            n - 2)),
            "DAWHOW": "Into the denaturing container.", "DAWBY": book.who("pharmacist"),
            "DAWWIT": book.who("pharmacist 2"),
        }  # fmt: skip
        # The balance of the kit is known when all parts are: the first waits for the second with its volume.
        last = n == len(parts) - 1
        line = book.log(
            after(moment, n), "DAW", values if last else {k: v for k, v in values.items() if k != "DAWVOL"}, submit=last
        )
        if not last:
            book.again(after(moment, n + 2), "DAW", line, {"DAWVOL": values["DAWVOL"]})
