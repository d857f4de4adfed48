"""Consent, history and eligibility: what is written before the first dose."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from trialkit.simulation.model.draws import Draws
from trialkit.simulation.model.fate import Visit
from trialkit.simulation.sheets.sheet import Book, Values, after, before, clock, day, minute, month

FIRST_TEXT, SECOND_TEXT = "1.0", "2.0"
APPROVED = {FIRST_TEXT: date(2022, 11, 14), SECOND_TEXT: date(2023, 9, 4)}
PROTOCOL = "1.0"
# Antidepressants: class, lowest effective dose (mg/d), a usual highest one.
DRUGS = {
    "SERTRALINE": ("SSRI", 50, 150), "ESCITALOPRAM": ("SSRI", 10, 20), "FLUOXETINE": ("SSRI", 20, 40),
    "VENLAFAXINE": ("SNRI", 150, 225), "DULOXETINE": ("SNRI", 60, 90), "BUPROPION": ("NDRI", 300, 300),
    "MIRTAZAPINE": ("NASSA", 15, 45), "PAROXETINE": ("SSRI", 20, 40), "VORTIOXETINE": ("SMS", 10, 20),
    "NORTRIPTYLINE": ("TCA", 75, 125), "CITALOPRAM": ("SSRI", 20, 40),
}  # fmt: skip
CONDITIONS: dict[str, tuple[str, str | float]] = {
    "HYPERTENSION": ("CARDIOVASCULAR", "hypertension"),
    "SLEEP APNOEA": ("GENERAL", 0.07),
    "BLADDER DISEASE": ("UROLOGICAL", 0.0),
    "STROKE": ("CARDIOVASCULAR", 0.0),
    "SEIZURE": ("GENERAL", 0.0),
    "THYROID DISEASE": ("GENERAL", 0.09),
    "LIVER DISEASE": ("GENERAL", 0.02),
    "PTSD": ("PSYCHIATRIC", "ptsd"),
    "ANXIETY DISORDER": ("PSYCHIATRIC", "anxiety"),
}
CRITERIA = {
    "MADRS": ("INCL05", "MADRS total below 28 at screening."),
    "TRD": ("INCL04", "One of two failures was not adequate: 5 weeks."),
    "BP OR ECG": ("EXCL04", "Blood pressure above 140/90 on all readings."),
    "DRUG SCREEN": ("EXCL09", "Cannabinoids found, not explained, found again."),
    "PSYCHIATRIC": ("EXCL02", "Alcohol use disorder, moderate, in the past year."),
    "LABS": ("EXCL07", "ALT above twice the upper limit."),
    "SUICIDALITY": ("EXCL03", "Ideation with intent in the past month."),
    "WITHDREW": ("INCL10", "Does not want to take part after all."),
    "OTHER": ("INCL08", "Nobody can accompany the subject home."),
}


def consent(book: Book) -> None:
    """The first consent, and the second when a new text came into force while the subject was on study."""
    course, signed = book.course, book.course.consented
    text = SECOND_TEXT if signed.date() >= book.site.amended else FIRST_TEXT
    book.log(after(signed, 10), "IC", _signed(book, "MAIN", text, signed))
    if text == SECOND_TEXT:
        return
    on_site = [v for v in course.visits if v.day >= book.site.amended and v.event not in ("F4", "BOO", "V3A")]
    if not on_site:
        return
    visit = on_site[0]
    moment = after(visit.start, -190 if visit.dosing else -40)
    again = _signed(book, "RE-CONSENT", SECOND_TEXT, moment)
    book.log(after(moment, 8), "IC", {**again, "ICREAS": "New information on long-term bladder safety."})
    values: Values = {
        "SVSTAT": "DONE", "SVTYP": "REC", "SVDAT": day(visit.day), "SVMODE": "ON SITE", "SVUNSR": "RE-CONSENT",
    }  # fmt: skip
    book.put(after(moment, 12), "REC", "SV", values)


def _signed(book: Book, kind: str, text: str, moment: datetime) -> Values:
    one = book.course.person
    return {
        "ICTYPE": kind, "ICVER": text, "ICVERDT": day(APPROVED[text]), "ICLANG": "EN", "ICSTDAT": day(moment),
        "ICSTTIM": clock(moment), "ICOBTBY": book.who("investigator"), "ICCOPY": "Y", "ICLARYN": "N", "ICWITYN": "N",
        "ICQTRY": str(one.tries if kind == "MAIN" else 1), "ICQSCORE": str(one.score), **one.subconsents,
    }  # fmt: skip


def demographics(book: Book, visit: Visit, moment: datetime) -> None:
    """Birth date, sex, race and where the subject stands in life."""
    one, draws = book.course.person, book.draws
    values: Values = {
        "BRTHDAT": day(one.born) if book.site.country == "USA" else month(one.born), "SEX": one.sex,
        "RACE": list(one.race),
        "ETHNIC": "HISPANIC OR LATINO" if one.hispanic else "NOT HISPANIC OR LATINO",
        "EDULEVEL": draws.one_of({"SECONDARY": 30, "VOCATIONAL": 22, "BACHELOR": 30, "MASTER OR ABOVE": 18}),
        "EMPSTAT": draws.one_of({"FULL TIME": 34, "PART TIME": 18, "UNEMPLOYED": 20, "UNABLE TO WORK": 18,
        "SELF-EMPLOYED": 10}),
    }  # fmt: skip
    if "OTHER" in one.race:
        values["RACEOTH"] = "As told by the subject"
    book.put(moment, visit.event, "DM", values)


def childbearing(book: Book, visit: Visit, moment: datetime) -> None:
    """Childbearing potential and contraception."""
    one, draws = book.course.person, book.draws
    values: Values = {"CHILDPOT": "NA" if one.sex == "M" else "NY"[one.childbearing]}
    if one.sex == "F" and not one.childbearing:
        values["RPREASN"] = "POSTMENOPAUSAL" if one.age >= 50 else "STERILE"
    if one.childbearing:
        values["BCMETHOD"] = draws.one_of({"INTRAUTERINE DEVICE": 35, "ORAL": 35, "IMPLANT": 15, "PARTNER STERILE": 15})
        values["LMPDAT"] = day(visit.day - timedelta(days=draws.randrange(2, 30)))
    book.put(moment, visit.event, "RP", values)


def history(book: Book, moment: datetime) -> dict[str, int]:
    """The conditions asked of everybody, each on its line; gives the line of each that is present."""
    one, draws, present = book.course.person, book.draws, dict[str, int]()
    for n, (name, (category, told)) in enumerate(CONDITIONS.items()):
        has = bool(getattr(one, told)) if isinstance(told, str) else draws.chance(told)
        values: Values = {"MHYN": "Y", "MHCOND": name, "MHCAT": category, "MHOCCUR": "NY"[has]}
        if has:
            began = before(moment.date(), draws.randrange(24, 200))
            values |= {"MHSTDAT": str(began.year) if draws.chance(0.5) else month(began), "MHONGO": "Y"}
        line = book.log(after(moment, n / 2), "MH", values)
        if has:
            present[name] = line
    return present


def depression(book: Book, visit: Visit, moment: datetime) -> None:
    """Psychiatric history."""
    one, draws = book.course.person, book.draws
    began = before(visit.day, one.episode_months)
    onset = before(visit.day, one.episode_months + draws.randrange(12, 12 * max(one.age - 17, 2)))
    values: Values = {
        "PHONSDT": str(min(onset.year, began.year - 1)), "PHEPIN": str(1 + min(draws.poisson(2.5), 12)),
        "PHEPSDT": month(began),
        "PHSPEC": draws.choice((["ANXIOUS DISTRESS"], ["MELANCHOLIC"], ["NONE"], ["ANXIOUS DISTRESS", "MELANCHOLIC"])),
        "PHMINI": "Y", "PHMINIDT": day(visit.day), "PHPSY": "N", "PHBIP": "N", "PHFAM": draws.choice(("Y", "Y", "N",
        "U")),
        "PHHOSPN": str(min(draws.poisson(0.9), 9)), "PHATTN": str(one.attempts),
    }  # fmt: skip
    if one.attempts:
        values["PHATTDT"] = str(visit.day.year - draws.randrange(2, 9))
    book.put(moment, visit.event, "PH", values)


def treatments(book: Book, moment: datetime) -> str:
    """Prior treatments: the adequate failures of this episode, one ongoing if the subject takes one; gives its name."""
    course, draws, one = book.course, book.draws, book.course.person
    names, rows, now = list(DRUGS), dict[str, Values](), course.consented.date()
    draws.shuffle(names)
    months = one.episode_months
    for n in range(one.failures):
        name = names[n]
        kind, least, most = DRUGS[name]
        short = course.failed == "TRD" and n >= 1
        began = now - timedelta(days=round(30.4 * (months - n * months / one.failures)) - 5)
        ongoing = one.antidepressant and n == one.failures - 1
        least_days = round(30.4 * months / one.failures) - 12
        ends = began + timedelta(
            days=35 if short else draws.randrange(min(56, least_days), min(130, least_days + 1) + 1)
        )
        values: Values = {
            "ATTYPE": "ANTIDEPRESSANT", "ATTRT": name, "ATCLASS": kind, "ATEPIS": "Y", "ATSTDAT": day(began),
            "ATSTOP": "ONGOING" if ongoing else "LACK OF EFFICACY", "ATDOSMX": str(draws.choice((least, most, most))),
            "ATADH": str(draws.randrange(80, 101, 5)), "ATIMPR": str(draws.randrange(0, 45, 5)),
            "ATSRC": "PHARMACY RECORD" if n == 0 else draws.choice(("MEDICAL RECORD", "PRESCRIBER CALL",
            "SUBJECT ONLY")),
        }  # fmt: skip
        if not ongoing:
            values["ATENDAT"] = day(ends)
        rows[str(n + 1)] = values
        if short:
            break
    if not one.antidepressant and draws.chance(0.3):
        began = before(now, months + 40)
        rows[str(len(rows) + 1)] = {
            "ATTYPE": "PSYCHOTHERAPY", "ATTRT": "CBT", "ATEPIS": "N", "ATSTDAT": month(began),
            "ATENDAT": month(before(now, months + 30)), "ATSTOP": "OTHER", "ATADH": "90", "ATIMPR": "40",
            "ATSRC": "SUBJECT ONLY",
        }  # fmt: skip
    book.put(moment, "LOG", "AT", {}, rows)
    return names[one.failures - 1] if one.antidepressant and course.failed != "TRD" else ""


def substances(book: Book, visit: Visit, moment: datetime) -> None:
    """Use of every substance, and AUDIT-C."""
    one, draws = book.course.person, book.draws
    rows: dict[str, Values] = {}
    for name in SUBSTANCES:
        status = _status(draws, name, one.cannabis, one.ketamine_ever)
        values: Values = {"SUTRT": name, "SUNCF": status}
        if status != "NEVER":
            last = visit.day - timedelta(
                days=draws.randrange(2, 25) if status == "CURRENT" else draws.randrange(800, 3000)
            )
            severity = "MODERATE" if name == "ALCOHOL" and book.course.failed == "PSYCHIATRIC" else "NONE"
            values |= {
                "SULSTDT": day(last) if status == "CURRENT" else str(last.year),
                "SUD30": str(draws.randrange(1, 9)) if status == "CURRENT" else "0", "SUDSEV": severity,
            }  # fmt: skip
        rows[name.replace(" ", "_")] = values
    audit: Values = {
        f"ADTC010{n}": str(points) for n, points in enumerate((draws.randrange(0, 3), draws.randrange(0, 2), 0), 1)
    }
    book.put(moment, visit.event, "SU", audit, rows)


SUBSTANCES = (
    "ALCOHOL", "TOBACCO", "CANNABIS", "KETAMINE", "PCP", "CLASSIC PSYCHEDELIC", "MDMA", "COCAINE", "AMPHETAMINE",
    "OPIOID",
    "SEDATIVE NOT PRESCRIBED",
)  # fmt: skip


def _status(draws: Draws, name: str, cannabis: bool, ketamine: bool) -> str:
    chances = {"ALCOHOL": (0.6, 0.2), "TOBACCO": (0.25, 0.2), "CLASSIC PSYCHEDELIC": (0, 0.08), "MDMA": (0, 0.05)}
    if name == "CANNABIS":
        return "CURRENT" if cannabis else "FORMER" if draws.chance(0.25) else "NEVER"
    if name == "KETAMINE":
        return "FORMER" if ketamine else "NEVER"
    now, once = chances.get(name, (0.0, 0.02))
    return "CURRENT" if draws.chance(now) else "FORMER" if draws.chance(once) else "NEVER"


def eligibility(book: Book, moment: datetime) -> None:
    """The eligibility form: at baseline for the randomised, with the criterion that is not met for the others."""
    failed = book.course.failed
    values: Values = {"IEDAT": day(moment), "IEVERS": PROTOCOL, "IEYN": "N" if failed else "Y", "IEWAIV": "N"}
    rows: dict[str, Values] = {}
    if failed:
        criterion, finding = CRITERIA[failed]
        rows["1"] = {"IETESTCD": criterion, "IEORRES": finding}
    book.put(moment, "V1", "IE", values, rows)


def randomisation(book: Book, moment: datetime) -> None:
    """What the randomisation system delivers."""
    course, one = book.course, book.course.person
    values: Values = {
        "RANDDTM": minute(moment), "RANDNO": f"R{course.subject.replace('-', '')}", "RANDBY": book.who("irt"),
        "RANDARM": course.arm, "RANDCTRY": book.site.country, "RANDREG": book.site.region,
        "RANDFAIL": "2" if one.failures == 2 else "3 OR MORE", "RANDAD": "NY"[one.antidepressant],
    }  # fmt: skip
    book.put(moment, "V2", "RAND", values)
