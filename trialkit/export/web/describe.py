"""A study as one page to browse, search and print: what is captured when, how it is checked, and who reads what."""

from __future__ import annotations

from trialkit import __version__
from trialkit.export.web.describe_checks import calculations, checks, traceability
from trialkit.export.web.describe_forms import forms
from trialkit.export.web.describe_lists import codelists, parameters, roles, tables
from trialkit.export.web.markup import Child, Markup, document, facts, joined, link, rows, tag
from trialkit.export.web.spoken import Spoken, listed, window
from trialkit.study.compiled import CompiledStudy
from trialkit.study.generic import GENERIC, own_numbers


def described(study: CompiledStudy) -> bytes:
    """The whole page as bytes; the same study gives the same bytes."""
    spoken = Spoken(study)
    file = study.study.file
    parts: list[tuple[str, str, Child]] = [
        ("overview", "Overview", _overview(spoken)),
        ("schedule", "Schedule", schedule(spoken)),
        ("forms", "Forms", forms(spoken)),
        ("checks", "Checks", checks(spoken)),
        ("calculations", "Calculated items", calculations(spoken)),
        ("parameters", "Parameters", parameters(spoken)),
        ("codelists", "Code lists", codelists(spoken)),
        ("tables", "Lookup tables", tables(spoken)),
        ("roles", "Roles", roles(spoken)),
        ("traceability", "Traceability", traceability(spoken)),
    ]
    parts = [part for part in parts if part[2]]
    search = tag(
        "div",
        tag("label", "Search", for_="search"),
        tag("input", type="search", id="search", autocomplete="off", placeholder="an item, a word, a code, a check"),
        tag("span", "", id="found", role="status"),
        class_="search noprint",
        id="searching",
        hidden=True,
    )
    body = joined(
        tag("a", "To the content", href="#content", class_="skip noprint"),
        tag("header", tag("h1", f"{file.oid} {file.version}"), tag("p", file.title, class_="soft")),
        tag("nav", listed(link(title, place) for place, title, _ in parts), aria_label="Sections", class_="noprint"),
        search,
        tag("main", [_part(*part) for part in parts], id="content"),
    )
    return document(f"{file.oid} {file.version}: {file.title}", body, "search.js", landscape=True)


def _part(place: str, title: str, content: Child) -> Markup:
    return tag("section", tag("h2", title), content, id=place, class_="holds")


def _overview(spoken: Spoken) -> Markup:
    study = spoken.study.study
    file = study.file
    rules = [oid for form in study.forms.values() for oid in form.checks]
    own = own_numbers(rules)
    cases = sum(len(c.cases.fires) + len(c.cases.passes) for f in study.forms.values() for c in f.checks.values())
    computed = sum(item.compute is not None for form in study.forms.values() for item in form.items.values())
    told = facts([
        ("Study", file.oid), ("Title", file.title), ("Version", file.version), ("SHA-256", study.hash),
        ("Protocol", file.protocol), ("Sponsor", file.sponsor),
        ("Arms", listed(f"{oid}: {arm.title}" for oid, arm in file.arms.items())),
        ("Events", str(len(file.events))), ("Forms", str(len(study.forms))),
        ("Items", f"{sum(len(form.items) for form in study.forms.values())}, {computed} of them calculated"),
        ("Checks", f"{len(GENERIC) + len(own)}: {len(GENERIC)} of every study, {len(own)} of this one"),
        ("Rules", f"{len(rules)}, with {cases} cases"),
        ("Subjects are called", tag("code", file.subject_pattern)),
        ("A visit's date", spoken.item(*file.date_item.split(".")) if file.date_item else None),
        ("First dose", spoken.code(file.first_dose, "", spoken.study.first_dose.reads)
                       if file.first_dose and spoken.study.first_dose else None),
        ("Consent", spoken.form(file.consent.form) if file.consent else None),
        ("Deviations", spoken.form(file.deviation.form) if file.deviation else None),
        ("Reasons for a missing answer", listed(f"{code}: {words}" for code, words in file.missing_reasons.items())),
        ("Reasons for a change", listed(f"{code}: {words}" for code, words in file.change_reasons.items())),
        ("Written by", f"trialkit {__version__}"),
    ])  # fmt: skip
    generic = rows(
        ("Check", "Severity", "Fires on", "Message"),
        [(one.oid, one.severity, one.title, one.message) for one in GENERIC],
    )
    return joined(told, tag("h3", "Checks of every study"), generic)


def schedule(spoken: Spoken) -> Markup:
    """The events with their windows and forms, and which form stands at which event."""
    study = spoken.study.study
    events = study.file.events
    told = [
        (
            tag("span", oid, id=f"event-{oid}"),
            event.title,
            event.kind,
            event.epoch or "",
            window(event.window),
            "yes" if event.dosing else "",
            spoken.forms(study.event_forms[oid]),
        )
        for oid, event in events.items()
    ]
    marks = [
        (
            spoken.form(oid),
            *(
                tag("abbr", "✕", title=f"{oid} at {event}") if event in study.form_events[oid] else ""
                for event in events
            ),
        )
        for oid in study.forms
    ]
    heads: list[Child] = ["Form", *(link(oid, f"event-{oid}") for oid in events)]
    return joined(
        rows(("Event", "Title", "Kind", "Epoch", "Window", "Dosing", "Forms"), told),
        tag("h3", "Which form at which event"),
        rows(heads, marks, class_="matrix"),
    )
