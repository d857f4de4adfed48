"""The evidence of a study's checks as one page."""

from __future__ import annotations

from collections.abc import Iterator

from trialkit.export.evidence import SIGNED, TITLE, UNREASONED, Evidence, TriedCase, TriedCheck
from trialkit.export.web.markup import Child, Markup, document, facts, joined, link, rows, tag
from trialkit.study.coverage import SCOPES


def evidence_page(evidence: Evidence) -> bytes:
    """The whole page as bytes."""
    file = evidence.study.study.file
    body = tag(
        "main",
        tag("h1", f"{TITLE}: {file.oid} {file.version}"),
        tag("p", file.title, class_="soft"),
        facts(evidence.facts),
        tag("p", evidence.verdict, class_="bad" if evidence.failed or evidence.one_sided else "good"),
        tag("div", [tag("div", f"{what}: name, date, signature") for what in SIGNED], class_="sign"),
        tag("h2", "Checks"),
        _summary(evidence),
        tag("h2", "Cases"),
        list(_checks(evidence)),
        tag("h2", "Mutants"),
        _mutants(evidence),
        tag("h2", "Items that no check reads"),
        _unread(evidence),
    )
    return document(f"{TITLE}: {file.oid} {file.version}", body)


def _summary(evidence: Evidence) -> Markup:
    heads = ("Check", "Form", "Severity", "Scope", "Fires", "Passes", "Edges", "Mutants noticed", "Result", "Title")
    lines: list[list[Child]] = []
    for one in evidence.checks:
        lines.append([
            link(one.check.oid, f"check-{one.check.oid}"),
            one.check.form,
            one.check.severity,
            one.covers.scope,
            str(one.covers.fires),
            str(one.covers.passes),
            one.covers.edges,
            one.covers.noticed,
            _result(one.said),
            one.title,
        ])  # fmt: skip
    said = ", ".join(f"{letter} {meaning}" for letter, meaning in SCOPES.items())
    note = f"Scope: {said}. Edges: ordering comparisons with cases on both sides of the edge, one step apart."
    return joined(rows(heads, lines), tag("p", note, class_="soft"))


def _result(said: str) -> Markup:
    return tag("span", said, class_="good" if said == "as expected" else "bad")


def _checks(evidence: Evidence) -> Iterator[Markup]:
    form = ""
    for one in evidence.checks:
        if one.check.form != form:
            form = one.check.form
            yield tag("h3", f"{form}: {evidence.study.forms[form].form.title}")
        yield _check(one)


def _check(one: TriedCheck) -> Markup:
    said = [(key, tag("code", text)) for key, text in one.rules]
    return tag(
        "section",
        tag("h4", f"{one.check.oid}  {one.title}", id=f"check-{one.check.oid}"),
        facts([
            ("number, severity, scope", f"{one.covers.number}, {one.check.severity}, {one.covers.scope}"),
            ("reads forms", ", ".join(one.covers.forms)),
            *said,
            ("message", one.check.check.message),
        ]),
        rows(("Case", "Values", "Expected", "Result", "Message shown"), map(_case, one.cases)),
        class_="one",
    )  # fmt: skip


def _case(case: TriedCase) -> list[Child]:
    result = "as expected" if case.result.good else case.result.said
    return [
        case.number,
        tag("span", "\n".join(case.lines), class_="code lines"),
        case.expected,
        tag("span", result, class_="good" if case.result.good else "bad"),
        case.shown,
    ]


def _mutants(evidence: Evidence) -> Markup:
    said = (
        "Each check was varied by the small mistakes an author could make, and each mutant run on its cases. "
        f"{evidence.noticed}."
    )
    if not evidence.survivors:
        return tag("p", said + " None survives.")
    lines: list[list[Child]] = [
        [
            one.survivor.check,
            tag("code", one.survivor.was),
            tag("code", one.survivor.now),
            one.place,
            f"{one.reason.reason}: {one.reason.because}" if one.reason else UNREASONED,
        ]
        for one in evidence.survivors
    ]
    return joined(
        tag("p", said + " No case notices these:"), rows(("Check", "Text", "Mutant", "Place", "Reason"), lines)
    )


def _unread(evidence: Evidence) -> Markup:
    lines = [(form, ", ".join(items)) for form, items in evidence.unread.items()]
    told = "The checks that every study has (type, code list, range, required answers) hold for them all the same."
    return joined(tag("p", told), facts(lines)) if lines else tag("p", "Every item is read by a check.")
