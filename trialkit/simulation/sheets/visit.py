"""What is examined at visits: vital signs, ECG, laboratory, drug screen, pregnancy test, and the visit itself."""

from __future__ import annotations

from datetime import datetime

from trialkit.simulation.model.fate import Visit
from trialkit.simulation.sheets.sheet import Book, Values, after, clock, day

# Test: unit, lowest and highest usual value, decimals.
TESTS = {
    "HGB": ("g/L", 115, 175, 0),
    "HCT": ("L/L", 0.35, 0.52, 2),
    "RBC": ("10^12/L", 3.8, 5.9, 1),
    "WBC": ("10^9/L", 4, 11, 1),
    "PLAT": ("10^9/L", 150, 400, 0),
    "NEUT": ("10^9/L", 2, 7.5, 1),
    "LYM": ("10^9/L", 1, 4, 1),
    "SODIUM": ("mmol/L", 135, 145, 0),
    "K": ("mmol/L", 3.5, 5.1, 1),
    "CL": ("mmol/L", 98, 107, 0),
    "BICARB": ("mmol/L", 22, 29, 0),
    "UREAN": ("mmol/L", 2.5, 7.8, 1),
    "CREAT": ("umol/L", 45, 110, 0),
    "GLUC": ("mmol/L", 3.9, 6.1, 1),
    "CA": ("mmol/L", 2.15, 2.6, 2),
    "ALB": ("g/L", 35, 50, 0),
    "PROT": ("g/L", 60, 80, 0),
    "ALT": ("U/L", 0, 45, 0),
    "AST": ("U/L", 0, 40, 0),
    "ALP": ("U/L", 30, 130, 0),
    "GGT": ("U/L", 0, 60, 0),
    "BILI": ("umol/L", 0, 21, 0),
    "TSH": ("mIU/L", 0.4, 4.5, 1),
    "HBA1C": ("%", 4, 6, 1),
    "PH": ("", 5, 8, 1),
    "SPGRAV": ("", 1.005, 1.030, 3),
}
STICKS = ("OCCBLD", "LEUKASE", "NITRITE", "KETONES")
SCREENED = (
    "AMPHET", "METHAMPH", "MDMA", "BARB", "BNZDZPN", "CANNAB", "COCAINE", "OPIATE", "OXYCDN", "METHDN", "PCP",
    "KETAMINE",
)  # fmt: skip
OFTEN = {"HGB", "CREAT", "WBC", "K", "SODIUM"}  # a result just outside is found now and then
UNSCHEDULED = {
    "BOO": "BOOSTER",
    "ET": "EARLY TERMINATION",
    "SIA": "SUICIDE ALERT",
    "UNS": "ADVERSE EVENT",
    "REC": "RE-CONSENT",
}


def visit_record(book: Book, visit: Visit, moment: datetime) -> None:
    """The visit itself."""
    values: Values = {
        "SVSTAT": "DONE", "SVTYP": visit.event if visit.event in UNSCHEDULED else "SCHEDULED", "SVDAT": day(visit.day),
        "SVMODE": "PHONE" if visit.event in ("F4", "SIA") else "ON SITE",
    }  # fmt: skip
    if visit.event in UNSCHEDULED:
        values["SVUNSR"] = UNSCHEDULED[visit.event]
    if visit.late:
        values["SVREASM"] = visit.late
    book.put(moment, visit.event, "SV", values, repeat=visit.repeat)


def vital_signs(book: Book, visit: Visit, moment: datetime) -> None:
    """Vital signs: three replicates at the first visit, one at the others, and the body."""
    one, draws = book.course.person, book.draws
    high = book.course.failed == "BP OR ECG" and visit.event == "V1"
    rows: dict[str, Values] = {}
    base = 150.0 if high else min(one.systolic, 132)
    for n in range(3 if visit.event == "V1" else 1):
        systolic = round(draws.within(142, 168, base, 5) if high else draws.within(95, 139, base, 6))
        diastolic = round(draws.within(52, 89, 44 + 0.26 * systolic, 4))
        rows[str(n + 1)] = {
            "VSREP": str(n + 1), "VSTIM": clock(after(moment, 3 * n)), "VSPOS": "SITTING",
            "SYSBP_VSORRES": str(systolic),
            "DIABP_VSORRES": str(diastolic), "PULSE_VSORRES": str(round(draws.within(54, 100, 74, 9))),
            "RESP_VSORRES": str(round(draws.within(11, 20, 15, 2))),
            "OXYSAT_VSORRES": str(max(98 - draws.poisson(0.6), 95)),
            "TEMP_VSORRES": f"{draws.within(36.0, 37.5, 36.7, 0.3):.1f}",
        }  # fmt: skip
    values: Values = {"VSDAT": day(visit.day), "WEIGHT_VSORRES": f"{_weight(book):.1f}"}
    if visit.event == "V1":
        values["HEIGHT_VSORRES"] = f"{one.height:.1f}"
    book.put(after(moment, 10), visit.event, "VS", values, rows, repeat=visit.repeat)


def _weight(book: Book) -> float:
    return round(book.course.person.weight + book.draws.within(-1.2, 1.2, 0, 0.4), 1)


def ecg(book: Book, visit: Visit, moment: datetime) -> None:
    """A 12-lead ECG; the interval is drawn as QTcF, so that it keeps the study's limit."""
    draws = book.draws
    rate = round(draws.within(50, 95, 70, 9))
    corrected = draws.within(375, 442, 412 if book.course.person.sex == "M" else 420, 14)
    interval = min(max(round(corrected * (60 / rate) ** (1 / 3)), 325), 455)
    odd = draws.chance(0.08) and not book.course.script.plain
    values: Values = {
        "EGPERF": "Y", "EGDAT": day(visit.day), "EGTIM": clock(moment), "EGPOS": "SUPINE", "EGHRMN": str(rate),
        "EGPRAG": str(round(draws.within(124, 205, 160, 18))), "EGQRSAG": str(round(draws.within(72, 116, 92, 9))),
        "EGQTAG": str(interval), "EGINTP": "ABNORMAL" if odd else "NORMAL", "EGBY": book.who("physician"),
    }  # fmt: skip
    if odd:
        values |= {
            "EGCLSIG": "N",
            "EGDESC": draws.choice(("Sinus arrhythmia.", "First-degree block, known.", "Flat T waves.")),
        }
    book.put(after(moment, 20), visit.event, "EG", values, repeat=visit.repeat)


def examination(book: Book, visit: Visit, moment: datetime) -> None:
    """Physical and neurological examination."""
    odd = book.draws.chance(0.05)
    values: Values = {"PEPERF": "Y", "PERES": "ABNORMAL" if odd else "NORMAL", "PENEUR": "NORMAL"}
    if odd:
        values["PEDESC"] = book.draws.choice(("Scar after appendectomy.", "Mild scoliosis.", "Dry skin of both arms."))
    book.put(after(moment, 15), visit.event, "PE", values, repeat=visit.repeat)


def laboratory(book: Book, visit: Visit, moment: datetime, entered: datetime) -> None:
    """Results of the central laboratory, a row a test, as its file brings them."""
    draws, plain, rows = book.draws, book.course.script.plain, dict[str, Values]()
    for name, (unit, low, high, digits) in TESTS.items():
        span, middle = high - low, (low + high) / 2
        value = draws.within(low + (0.3 if low == 0 else 0.04) * span, high - 0.04 * span, middle, span / 7)
        odd = not plain and name in OFTEN and draws.chance(0.02)
        if odd:
            value = high + 0.05 * span
        if name == "ALT" and book.course.failed == "LABS":
            value, odd = 2.4 * high, True
        row: Values = {
            "LBTESTCD": name,
            "LBORRES": f"{value:.{digits}f}",
            "LBORNRLO": f"{low:.{digits}f}",
            "LBORNRHI": f"{high:.{digits}f}",
        }
        if unit:
            row["LBORRESU"] = unit
        if not float(row["LBORNRLO"]) <= float(row["LBORRES"]) <= float(row["LBORNRHI"]):  # type: ignore[arg-type]
            row["LBCLSIG"] = "N"
        rows[str(len(rows) + 1)] = row
    for name in STICKS:
        rows[str(len(rows) + 1)] = {"LBTESTCD": name, "LBORRES": "NEGATIVE"}
    values: Values = {
        "LBPERF": "Y", "LBDAT": day(visit.day), "LBTIM": clock(moment), "LBFAST": "NY"[draws.chance(0.4)],
        "LBSPID": f"A{draws.randrange(10**7, 10**8)}", "LBNAM": "Central Laboratory",
    }  # fmt: skip
    book.put(entered, visit.event, "LB", values, rows, repeat=visit.repeat)


def drug_screen(book: Book, visit: Visit, moment: datetime) -> None:
    """Urine and breath. After randomisation the laboratory alone learns what the study drug itself turns positive."""
    one, course, rows = book.course.person, book.course, dict[str, Values]()
    screening = visit.event in ("V1", "V2")
    for n, name in enumerate(SCREENED, 1):
        row: Values = {"UDTEST": name}
        if not screening and name in ("KETAMINE", "BNZDZPN"):
            row["UDRESU"] = _masked(book, visit, name)
        elif name == "BNZDZPN" and one.benzodiazepine:
            row |= {"UDRES": "POSITIVE", "UDRX": "Y"}
        elif name == "CANNAB" and course.failed == "DRUG SCREEN":
            row |= {"UDRES": "POSITIVE", "UDRX": "N", "UDCONF": "POSITIVE"}
        else:
            row["UDRES"] = "NEGATIVE"
        rows[str(n)] = row
    values: Values = {"UDDAT": day(visit.day), "UDTIM": clock(moment), "UDTEMP": "Y", "UDBRAC": "0"}
    book.put(after(moment, 3), visit.event, "UD", values, rows, repeat=visit.repeat)


def _masked(book: Book, visit: Visit, name: str) -> str:
    """What the laboratory finds of study drug or of a prescribed benzodiazepine."""
    given = [v for v in book.course.infusions if v.start < visit.start]
    recent = bool(given) and (visit.day - given[-1].day).days <= 4
    if name == "KETAMINE":
        found = recent and book.course.arm != "C" and book.draws.chance(0.3)
        return "POSITIVE" if found or visit.event in book.course.script.ketamine else "NEGATIVE"
    return (
        "POSITIVE"
        if book.course.person.benzodiazepine or (recent and book.course.arm == "C" and book.draws.chance(0.2))
        else "NEGATIVE"
    )


def pregnancy_test(book: Book, visit: Visit, moment: datetime) -> None:
    """hCG for those who can be pregnant: serum at the first visit, urine at the others."""
    if not book.course.person.childbearing:
        return
    values: Values = {
        "PGDAT": day(visit.day), "PGSPEC": "SERUM" if visit.event == "V1" else "URINE",
        "PGRES": "POSITIVE" if visit.event in book.course.script.pregnant else "NEGATIVE",
    }  # fmt: skip
    book.put(after(moment, 4), visit.event, "PG", values, repeat=visit.repeat)
