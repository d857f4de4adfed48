"""The first page of a casebook: whose it is, what it rests on, how complete it is, how to read it (regulatory 16.3)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from trialkit.export.deliverable import Casebook, Moment
from trialkit.export.pdf.chart import CALCULATION, Chart
from trialkit.export.pdf.fonts import BOLD
from trialkit.export.pdf.page import Book
from trialkit.export.pdf.records import BLANK
from trialkit.export.pdf.table import Cell, table
from trialkit.export.wording import both, clock, dated, in_words, plain, seen, split_path, utc

DISPOSITION = ("DS.DSCAT", "DS.DSSCAT", "DS.EPOCH", "DS.DSDECOD", "DS.DSSTDTC")
READING = f"""
A value without a mark was never changed: who entered it and when stands under the form's title, under 'entered' or \
'added'; calculated values follow from those.
A blue mark such as [3] leads to the history of that value: every old and new value, who changed it, when and why.
'MISSING: reason' is a value that was declared missing. '{BLANK}' was never entered. 'not asked': its \
condition does not hold; 'blank or not asked': its condition rests on another form. \
An empty cell of a grid was not entered.
A struck value belongs to a line that was inactivated; the reason stands with it. Nothing is ever deleted.
Clinical times are times at the site. Entry times are server times, shown in the site's zone and in UTC.
"""


def draw_cover(book: Book, chart: Chart, plan: Casebook, status: str) -> None:
    """Title, facts, completeness, signatures, legend."""
    source = chart.source
    study, snapshot = chart.study.file, source.snapshot
    book.place("cover")
    book.text("Subject casebook", font=BOLD, size=12, after=2)
    book.text(study.title, size=12, after=6)
    moments = _moments(chart, plan.moments)
    facts: list[tuple[Cell | str, Cell | str]] = [
        ("Study", study.oid),
        *([("Protocol", study.protocol)] if study.protocol else []),
        *([("Sponsor", study.sponsor)] if study.sponsor else []),
        ("Site", f"{chart.subject.site} {source.site_name(chart.subject.site)}".strip() + f" (time zone {chart.zone})"),
        ("Subject", Cell(chart.subject.id, bold=True)),
        ("Enrolment", status),
        *([("Disposition", told)] if (told := _disposition(chart)) else []),
        *((title, text) for title, text in moments),
        ("Study versions used", _versions(chart)),
        ("Data as of", f"{utc(snapshot.at)}, {snapshot.as_of} ledger entries of the study"),
        ("Copy", f"{plan.copy_type}, {'blinded' if snapshot.blinded else 'UNBLINDED'}"),
    ]
    table(book, ("This casebook", ""), [[Cell(str(k), bold=True), v] for k, v in facts], (26, 74))
    table(book, ("Completeness", "Count"), _counts(chart), (60, 40))
    rows = [
        (f"{chart.visit_title((s.place.event, s.place.event_repeat))}: {s.place.form}", s.name, s.role, s.meaning,
         both(s.at, chart.zone), s.state)
        for found in chart.signatures.values() for s in found
    ]  # fmt: skip
    if rows:
        table(book, ("Signature on", "Name", "Role", "Meaning", "When", "State"), rows, (24, 16, 14, 14, 20, 12))
    else:
        book.text("No form of this subject bears a signature.", after=4)
    book.heading("How to read it", 10)
    for sentence in READING.strip().splitlines():
        book.text(sentence)


def _disposition(chart: Chart) -> str:
    """A line per record of the forms with the domain DS but those of consent; empty when the study has none."""
    consent = chart.study.file.consent
    asked = {consent.form, consent.withdrawal_form} if consent else set()
    forms = [
        o for o, f in chart.study.forms.items() if f.domain == "DS" and o not in asked and seen(chart.source, f, "")
    ]
    found = []
    for record in chart.records:
        form = chart.form(record)
        if form.oid not in forms or record.values.get("@inactive") == "Y":
            continue
        mapped = [o for o, item in form.items.items() if any(t.target in DISPOSITION for t in item.sdtm)]
        if mapped and not any(t.target in DISPOSITION[:-1] for o in mapped for t in form.items[o].sdtm):
            continue  # a date alone, as of the randomisation, ends no period
        words = [
            in_words(chart.source, chart.study_of(record), form.items[oid], record.values.get(oid), chart.zone)
            for oid in mapped or [o for o, item in form.items.items() if item.type in ("code", "date", "partialDate")]
            if not form.groups[form.group_of[oid]].repeating and seen(chart.source, form, oid)
        ]
        if any(words):
            found.append(", ".join(word for word in words if word))
    return "\n".join(found) or ("none recorded" if forms else "")


def _versions(chart: Chart) -> str:
    used = dict.fromkeys(record.study for record in chart.records)
    studies = [chart.source.version(version) for version in used]
    return "\n".join(f"{study.file.version} (definition {study.hash[:12]})" for study in studies) or "none"


def _counts(chart: Chart) -> list[list[Cell | str]]:
    states = Counter(record.status.lower() or "no status" for record in chart.records)
    values = missing = 0
    blank = 0
    for record in chart.records:
        form = chart.form(record)
        for path, value in record.values.items():
            if not split_path(path)[2].startswith("@") and seen(chart.source, form, split_path(path)[2]):
                values, missing = values + (not isinstance(value, dict)), missing + isinstance(value, dict)
        blank += sum(
            not item.optional and item.when is None and group.when is None and item.compute is None and not item.retired
            and record.values.get(oid) is None and seen(chart.source, form, oid)
            for group in form.groups.values() if not group.repeating for oid, item in group.items.items()
        )  # fmt: skip
    changed = Counter(
        "people" if any(act.act != CALCULATION for act, _ in trail.steps[1:]) else "calculation"
        for trail in chart.trails.values()
        if not trail.path.endswith("@inactive")
    )
    queries = Counter(query.status.lower() for found in chart.queries.values() for query in found)
    return [
        [
            "Forms entered",
            f"{len(chart.records)} ({', '.join(f'{n} {s}' for s, n in sorted(states.items()))})" if states else "0",
        ],
        ["Values entered", str(values)],
        ["Values declared missing, with a reason", str(missing)],
        ["Required values still blank", str(blank)],
        ["Values changed by people after first entry", str(changed["people"])],
        ["Values recalculated after first entry", str(changed["calculation"])],
        ["Queries not closed", str(sum(n for status, n in queries.items() if status != "closed"))],
        ["Queries closed", str(queries.get("closed", 0))],
    ]


def _moments(chart: Chart, moments: list[Moment]) -> list[tuple[str, Cell]]:
    found = {moment.title: _moment(chart, moment) for moment in moments}
    rows: list[tuple[str, Cell]] = []
    for moment in moments:
        text = found[moment.title]
        if not text:
            rows.append((moment.title, Cell("none recorded")))
            continue
        words = clock(text, chart.zone) if "T" in text else dated(text)
        after = found.get(moment.before or "", "")
        wrong = False
        if after:
            wrong = text[: len(after)] > after[: len(text)]
            words += f" - {'AFTER' if wrong else 'before'} {(moment.before or '').lower()}{_apart(text, after)}"
        rows.append((moment.title, Cell(words, bold=wrong)))
    return rows


def _moment(chart: Chart, moment: Moment) -> str:
    texts = []
    for record in chart.records:
        if record.place.form != moment.form or record.values.get("@inactive") == "Y":
            continue
        date, time = plain(record.values.get(moment.date)), plain(record.values.get(moment.time or ""))
        if date:
            texts.append(f"{date}T{time}" if time else date)
    return (min(texts) if moment.take == "first" else max(texts)) if texts else ""


def _apart(one: str, other: str) -> str:
    try:
        gap = abs(datetime.fromisoformat(other) - datetime.fromisoformat(one))
    except ValueError:
        return ""
    hours, minutes = divmod(gap.seconds // 60, 60)
    return f" by {gap.days} d {hours} h {minutes} min" if "T" in one and "T" in other else f" by {gap.days} d"
