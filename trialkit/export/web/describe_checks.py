"""The checks of a study on its page, what is calculated, and the way from an item to its checks and their cases."""

from __future__ import annotations

from collections.abc import Iterable

from trialkit.export.evidence import TriedCase, case_lines
from trialkit.export.web.markup import Child, Markup, facts, joined, link, rows, tag
from trialkit.export.web.spoken import Spoken, listed
from trialkit.study.compiled import CompiledCheck
from trialkit.study.coverage import SCOPES, scope


def checks(spoken: Spoken) -> Markup | None:
    """Every check, form by form."""
    found = [form for form in spoken.study.forms.values() if form.checks]
    return joined([
        tag(
            "section",
            tag("h3", f"{form.oid}: {form.form.title}"),
            [check(spoken, one) for one in form.checks],
            class_="holds",
        )
        for form in found
    ]) if found else None  # fmt: skip


def check(spoken: Spoken, check: CompiledCheck, tried: Iterable[TriedCase] = ()) -> Markup:
    """One check: its rule, message, what it reads, and its cases; with what came of each where they were `tried`."""
    said = check.check
    key = "finding" if check.wanted else "require"
    letters = scope(check, spoken.study)
    opens: Child = None
    if check.opens is not None:
        values = (f"{name} = {value.source}" for name, value in check.opens.values.items())
        opens = joined(spoken.form(check.opens.form), ": ", "; ".join(values))
    return tag(
        "div",
        tag("h4", check.oid, f"  {said.title}" if said.title else "", id=f"check-{check.oid}"),
        facts([
            ("severity", f"{check.severity}{', raises a deviation' if said.deviation else ''}"),
            ("scope", f"{letters}: {', '.join(SCOPES[letter] for letter in letters)}"),
            ("asked of", spoken.item(check.form, check.group) if check.group else None),
            ("when", spoken.code(said.when, check.form, check.reads) if said.when else None),
            (key, spoken.code(check.test.source, check.form, check.reads)),
            ("message", said.message),
            ("query stands at", spoken.item(check.form, check.item) if check.item else None),
            ("opens", opens),
            ("reads", spoken.reads(check.reads, check.form)),
        ]),
        _tried(tried) or _cases(check),
        class_="find check",
    )  # fmt: skip


def _cases(check: CompiledCheck) -> Markup | None:
    lines: list[list[Child]] = [
        [f"{verdict} {number}", tag("span", "\n".join(case_lines(case)), class_="code lines")]
        for verdict, listing in (("fires", check.check.cases.fires), ("passes", check.check.cases.passes))
        for number, case in enumerate(listing, start=1)
    ]
    if not lines:
        return None
    return tag("details", tag("summary", f"{len(lines)} cases"), rows(("Case", "Values"), lines, class_="plain"))


def _tried(cases: Iterable[TriedCase]) -> Markup | None:
    lines: list[list[Child]] = [
        [
            case.number,
            tag("span", "\n".join(case.lines), class_="code lines"),
            tag("span", case.result.said, class_="good" if case.result.good else "bad"),
            case.shown,
        ]
        for case in cases
    ]
    return rows(("Case", "Values", "Result, run now", "Message shown"), lines, class_="plain") if lines else None


def calculations(spoken: Spoken) -> Markup | None:
    """Every calculated item: what it reads, and what reads it."""
    lines = [
        (
            spoken.item(form.oid, item.oid),
            item.item.label,
            spoken.code(item.compute.source, form.oid, item.compute.reads),
            spoken.reads(item.compute.reads, form.oid),
            spoken.uses(spoken.trace.items.get((form.oid, item.oid), ()), form.oid),
        )
        for form in spoken.study.forms.values()
        for item in form.items.values()
        if item.compute is not None
    ]
    heads = ("Item", "Label", "Calculated as", "Reads", "Read by")
    return rows(heads, lines, lines_class="find") if lines else None


def traceability(spoken: Spoken) -> Markup:
    """From each item that a check reads to the checks, and the number of their cases."""
    lines: list[tuple[Child, ...]] = []
    for form in spoken.study.forms.values():
        for name, item in form.items.items():
            found = spoken.trace.of(form.oid, name, "check")
            if found:
                told = []
                for _, _, oid in found:
                    cases = spoken.study.checks[oid].check.cases
                    told.append(
                        joined(link(oid, f"check-{oid}"), f" ({len(cases.fires)} fire, {len(cases.passes)} pass)")
                    )
                lines.append((spoken.item(form.oid, name), item.item.label, listed(told)))
    return rows(("Item", "Label", "Checks and their cases"), lines, lines_class="find")
