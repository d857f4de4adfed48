"""Rated and self-rated scales at a visit, each telling the same story as the MADRS (reference study, section 6.2)."""

from __future__ import annotations

from datetime import datetime

from trialkit.simulation.model.draws import Draws
from trialkit.simulation.model.efficacy import percent
from trialkit.simulation.model.fate import Visit
from trialkit.simulation.sheets.sheet import Book, Values, after, clock, day, named

GUESSES = {"A": (0.72, "KETAMINE"), "B": (0.60, "KETAMINE"), "C": (0.68, "MIDAZOLAM")}
THOUGHTS = (0, 0, 1, 1, 2, 2, 3)  # what item 10 of the MADRS means on scales from 0 to 3


def madrs(book: Book, visit: Visit, moment: datetime) -> None:
    """MADRS by the central rater."""
    if visit.madrs is None:
        return
    values: Values = {
        "RSDAT": day(visit.day), "RSTIM": clock(moment), "MADRATER": book.who("rater"),
        "MADRECL": "24H" if visit.event == "V3A" else "7D", "MADMODE": "VIDEO", **named("MADRS1", 1, visit.items),
    }  # fmt: skip
    book.put(after(moment, 12), visit.event, "MAD", values, repeat=visit.repeat)


def qids(book: Book, visit: Visit, moment: datetime) -> None:
    """QIDS-SR16 by the subject: nine domains, each told by one to four items."""
    draws = book.draws
    total = _scale(0.47 * _level(visit) + 1.5 + draws.normal(0, 2.2), 27)
    thoughts = min(THOUGHTS[_item(visit)], 1) if book.course.script.plain else THOUGHTS[_item(visit)]
    rest = draws.split(max(total - thoughts, 0), (3, 3, 2.4, 2.6, 2.4, 2.4, 2.2, 1.8), 3)
    sleep, mood, appetite, focus, self_view, interest, energy, motor = rest
    values: Values = {"QIDSDAT": day(visit.day)}
    values |= named("QIDSR1", 1, _up_to(draws, sleep, 4))
    values["QIDSR105"] = str(mood)
    more, weight = draws.choice((("106", "108"), ("107", "109"), ("106", "109")))
    first, second = _up_to(draws, appetite, 2)
    values |= {f"QIDSR{more}": str(first), f"QIDSR{weight}": str(second)}
    for number, points in zip((110, 111, 112, 113, 114), (focus, self_view, thoughts, interest, energy), strict=True):
        values[f"QIDSR{number}"] = str(points)
    values |= named("QIDSR1", 15, _up_to(draws, motor, 2))
    book.put(after(moment, 6), visit.event, "QID", values, repeat=visit.repeat)


def phq(book: Book, visit: Visit, moment: datetime) -> None:
    """PHQ-9 by the subject; difficulty is asked if anything troubles."""
    draws = book.draws
    total = _scale(0.5 * _level(visit) + 1.5 + draws.normal(0, 2.5), 27)
    thoughts = min(THOUGHTS[_item(visit)], 0 if book.course.script.plain else 3)
    points = [*draws.split(max(total - thoughts, 0), (3, 3.2, 2.8, 3, 2.2, 2.8, 2.4, 1.6), 3), thoughts]
    if sum(points) and min(points) == max(points):
        points[0] = points[0] - 1
    values = {"PHQDAT": day(visit.day), **named("PHQ01", 1, points)}
    if any(points):
        values["PHQ0110"] = str(min(sum(points) // 7, 3))
    book.put(after(moment, 4), visit.event, "PHQ", values, repeat=visit.repeat)


def cgi(book: Book, visit: Visit, moment: datetime) -> None:
    """CGI severity, and after baseline the change, by the central rater."""
    level, draws = _level(visit), book.draws
    severity = 1 + sum(level > cut for cut in (6, 12, 19, 30, 39, 47))
    if draws.chance(0.2) and not book.course.script.plain:
        severity = min(max(severity + draws.choice((-1, 1)), 1), 7)
    values: Values = {"CGIDAT": day(visit.day), "CGI0201": str(severity)}
    if visit.event != "V2" and book.course.response is not None:
        gained = percent(level, book.course.response.baseline)
        values["CGI0202"] = str(next((n for n, cut in enumerate((75, 50, 10, -10, -25), 1) if gained >= cut), 6))
    book.put(after(moment, 16), visit.event, "CGI", values, repeat=visit.repeat)


def since_last(book: Book, visit: Visit, moment: datetime) -> None:
    """C-SSRS since the last visit."""
    level, draws = visit.ideation, book.draws
    yes = [level == 1 or level >= 2, level >= 2, level >= 3, level >= 4, level >= 5]
    values: Values = {"CSLDAT": day(visit.day), **{f"CSS020{n}": "NY"[told] for n, told in enumerate(yes[:2], 1)}}
    if yes[1]:
        values |= {f"CSS020{n}": "NY"[told] for n, told in enumerate(yes[2:], 3)}
    if level:
        values["CSS0206"] = str(level)
        values |= {f"CSS02{n:02}": str(min(level + draws.choice((0, 0, 1)), 5)) for n in range(7, 12)}
    values |= {f"CSS02{n}": "N" for n in (12, 14, 15, 17, 19, 20, 21)}
    if visit.attempt:
        attempt = next(event for event in reversed(book.course.events) if event.name == "Suicide attempt")
        values |= {
            "CSS0212": "Y", "CSS0213": "1", "CSS0220": "Y", "CSS0222A": day(attempt.begins), "CSS0222B": "1",
            "CSLTXT": "Took tablets after a quarrel, told the family at once and was brought to hospital.",
        }  # fmt: skip
    book.put(moment, visit.event, "CSL", values, repeat=visit.repeat)


def lifetime(book: Book, visit: Visit, moment: datetime) -> None:
    """C-SSRS at screening: lifetime (A), past month or past year (B)."""
    one, draws = book.course.person, book.draws
    level = 4 if book.course.failed == "SUICIDALITY" else one.ideation
    ever = max(level, 3 if one.attempts else draws.choice((0, 1, 2, level)))
    values: Values = {"CSBDAT": day(visit.day)}
    for letter, worst in (("A", ever), ("B", level)):
        values |= {f"CSS040{n}{letter}": "NY"[worst == 1 or worst >= 2 if n == 1 else worst >= n] for n in (1, 2)}
        if worst >= 2:
            values |= {f"CSS040{n}{letter}": "NY"[worst >= n] for n in (3, 4, 5)}
    if ever:
        values |= {"CSS0406A": str(ever), **{f"CSS04{n:02}A": str(min(ever, 4)) for n in range(7, 12)}}
    if level:
        values |= {"CSS0406C": str(level), **{f"CSS04{n:02}B": str(min(level, 3)) for n in range(7, 12)}}
    for n in (12, 14, 15, 17, 19, 20):
        values |= {f"CSS04{n}A": "N", f"CSS04{n}B": "N"}
    if one.attempts:
        values |= {"CSS0412A": "Y", "CSS0413A": str(one.attempts), "CSS0420A": "Y"}
    book.put(moment, visit.event, "CSB", values)


def bladder(book: Book, visit: Visit, moment: datetime) -> None:
    """The bladder checklist: hardly anything, a little more in those with such events."""
    draws, script = book.draws, book.course.script
    troubled = any(
        e.name in ("Pollakiuria", "Dysuria", "Cystitis") and e.begins < visit.start for e in book.course.events
    )
    points = [1 if draws.chance(0.25 if troubled else 0.08) else 0 for _ in range(7)]
    points[5] = 0
    while sum(points) > 3:
        points[points.index(1)] = 0
    points = script.bladder.get(visit.event, points)
    book.put(
        after(moment, 3), visit.event, "BLD", {"BLDDAT": day(visit.day), **named("BLD", 1, points)}, repeat=visit.repeat
    )


def cognition(book: Book, visit: Visit, moment: datetime) -> None:
    """Trail making and symbol digits, a little better each time; MoCA at screening."""
    draws, one = book.draws, book.course.person
    practice = 0 if visit.event in ("V1", "V2") else 2
    base = 24 + 0.25 * (one.age - 30)
    values: Values = {"COGDAT": day(visit.day)}
    if visit.event == "V1":
        values["MOCATOT"] = str(round(draws.within(23, 30, 27.5, 1.5)))
    else:
        values |= {
            "TMT0101": str(round(draws.within(16, 60, base - practice, 3))),
            "TMT0102": str(round(draws.within(50, 118, 2.4 * base - practice, 5))),
            "SDMT0101": str(round(draws.within(38, 78, 62 - 0.2 * (one.age - 30) + practice, 1.6))),
        }
    book.put(after(moment, 20), visit.event, "COG", values, repeat=visit.repeat)


def young(book: Book, visit: Visit, moment: datetime) -> None:
    """YMRS by the central rater: eleven items, low."""
    points = [1 if book.draws.chance(0.12) else 0 for _ in range(11)]
    if any(e.name == "Mania" and e.begins < visit.start for e in book.course.events):
        points = [2, 2, 1, 2, 4, 2, 1, 4, 2, 0, 0]
    book.put(
        after(moment, 20),
        visit.event,
        "YMR",
        {"YMRDAT": day(visit.day), **named("YMRS01", 1, points)},
        repeat=visit.repeat,
    )


def withdrawal(book: Book, visit: Visit, moment: datetime) -> None:
    """PWC-20 by the subject."""
    points = [1 if book.draws.chance(0.15) else 0 for _ in range(20)]
    if min(points) == max(points):
        points[7] = 1 - points[7]
    while sum(points) > 12:
        points[points.index(1)] = 0
    book.put(
        after(moment, 5),
        visit.event,
        "PWC",
        {"PWCDAT": day(visit.day), **named("PWC20", 1, points)},
        repeat=visit.repeat,
    )


def blinding(book: Book, visit: Visit, moment: datetime) -> None:
    """What subject, investigator and rater believe was given."""
    right, drug = GUESSES[book.course.arm]
    other = "MIDAZOLAM" if drug == "KETAMINE" else "KETAMINE"
    draws = book.draws

    def guess(p: float) -> str:
        return drug if draws.chance(p) else draws.choice((other, "DO NOT KNOW"))

    values: Values = {
        "BLNDAT": day(visit.day), "BLNSUBJ": guess(right), "BLNCONF": str(draws.randrange(20, 100)),
        "BLNINV": guess(right - 0.04), "BLNRAT": guess(0.65 if book.course.arm == "A" else 0.5),
        "BLNWHY": draws.choice(("How it felt during the infusion.", "Mood afterwards.", "No particular reason.")),
    }  # fmt: skip
    book.put(after(moment, 30), visit.event, "BLN", values, repeat=visit.repeat)


def abuse(book: Book, visit: Visit, moment: datetime) -> None:
    """Liking, craving and misuse. Liking is asked after a dose since the last time."""
    draws, course = book.draws, book.course
    values: Values = {"ALCRAV": str(min(draws.poisson(0.4), 10)), "ALNONMD": "N", "ALEVT": ["NONE"]}
    dosed = [v for v in course.infusions if v.start < visit.start.replace(hour=0, minute=0) and v is not visit]
    asked = [v for v in course.visits if v.start < visit.start and v.event in ABUSE]
    if dosed and (not asked or dosed[-1].day >= asked[-1].day):
        like = {"A": 58, "B": 47, "C": 38}[course.arm]
        values["ALLIKE"] = str(round(draws.within(0, 100, like, 22)))
        values["ALAGAIN"] = str(round(draws.within(0, 100, like + 10, 22)))
    if any(e.name == "Drug abuse" and e.begins < visit.start for e in course.events) and not any(
        v.start > e.begins and v.event in ABUSE
        for e in course.events if e.name == "Drug abuse" for v in course.visits if v.start < visit.start
    ):  # fmt: skip
        values |= {"ALNONMD": "Y", "ALEVT": ["NON-MEDICAL KETAMINE USE"], "ALNOTE": "Told of use at a party, once."}
    book.put(after(moment, 8), visit.event, "AL", values, repeat=visit.repeat)


ABUSE = ("V2", "V3A", "V5", "V7", "V9", "V11", "M1", "M3", "M5", "M7", "V12", "F1", "F2", "F3", "F4")


def _level(visit: Visit) -> int:
    return visit.madrs if visit.madrs is not None else 12


def _item(visit: Visit) -> int:
    return visit.items[9] if visit.items else min(visit.ideation, 3)


def _scale(points: float, most: int) -> int:
    return min(max(round(points), 0), most)


def _up_to(draws: Draws, most: int, count: int) -> list[int]:
    """So many items of which the highest is `most`."""
    points = [draws.randrange(0, most + 1) for _ in range(count)]
    points[draws.randrange(count)] = most
    return points
