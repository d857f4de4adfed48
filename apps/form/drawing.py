"""The form drawn from the study: sections, items with what is said of them, and what is asked as answers are typed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import streamlit as st

from apps import here, widgets
from apps.form import item as item_panel
from apps.form.cells import in_place_of
from apps.form.grid import table
from apps.form.sheet import Sheet
from trialkit.access.table import ROLES
from trialkit.conduct.checking import Finding
from trialkit.conduct.named import Named
from trialkit.conduct.preview import Preview
from trialkit.conduct.questionnaire import enters
from trialkit.conduct.standing import split
from trialkit.store.record import Record
from trialkit.study.compiled import CompiledItem

ASKED = {"OPEN": "?", "ANSWERED": "↩"}
"""What stands before a query: whether it waits for an answer, or the answer for who asked."""
SIGNS = {"hard": "✕", "query": "?", "alert": "!"}
"""What stands before a finding, by its severity."""
MANY = 6
"""So many lines of the list at the top are shown without scrolling."""


def draw_form(sheet: Sheet, look: Preview, queries: Sequence[Record], own: Collection[str]) -> None:
    """Every section in the order of the paper; what is not asked is not there. `own` as `rights.entered` gives it."""
    found: dict[str, list[Finding]] = {}
    for finding in look.findings:
        found.setdefault(finding.item, []).append(finding)
    asked: dict[str, int] = {}
    for query in queries:
        path = str(query.values.get("item"))
        asked[path] = asked.get(path, 0) + 1
    people = _staff(sheet)
    # Each section and each item has a place of its own, drawn or not: what appears and goes away moves no other box
    # to another place, where it would be made anew and lose what is being typed in it.
    for group in sheet.cform.groups.values():
        with st.container():
            shown = [rule for rule in group.items if rule.oid not in look.hidden and not rule.item.retired]
            if group.group.repeating and shown:
                with st.container(key=sheet.anchor(f"{group.oid}[].")):
                    table(sheet, look, group, people, own)
                continue
            if all(rule.oid in look.unasked for rule in shown):
                sheet.on_screen.difference_update(rule.oid for rule in shown)
                continue
            st.subheader(group.group.title, divider="gray", anchor=False)
            for rule in shown:
                with st.container():
                    if rule.oid in look.unasked:
                        sheet.on_screen.discard(rule.oid)
                    else:
                        said = found.get(rule.oid, ()), asked.get(rule.oid, 0)
                        draw_item(sheet, look, rule, *said, people, own)


def draw_item(
    sheet: Sheet, look: Preview, rule: CompiledItem, findings: Sequence[Finding], asked: int,
    people: Named, own: Collection[str],
) -> None:  # fmt: skip
    """One question: control, its tools, and what is to be said about the answer, right below it."""
    gone = rule.oid in sheet.missing
    by = enters(rule.item.entered_by or "", rule.oid in sheet.stood)
    writable = by in own
    # a row that bends, not columns: half as many boxes for the browser to make
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom", key=sheet.anchor(rule.oid)
    ):
        if rule.compute is not None:
            text = widgets.readable(rule, look.values.get(rule.oid)) or "—"
            told_of = f"calculated{'' if rule.oid in look.values else lacking(sheet, look, rule)}"
            st.markdown(f":small[{label(rule)}]  \n**{here.literal(text)}** :gray[:small[{told_of}]]")
        else:
            sheet.on_screen.add(rule.oid)
            widgets.widget(
                rule, sheet.key(rule.oid), label(rule), help=rule.item.help,
                people=people.fit(sheet.cform.form, rule.item, [st.session_state.get(sheet.key(rule.oid))]),
                disabled=not writable or gone,
            )  # fmt: skip
        verified = sheet.stood.get(f"@verified[{rule.oid}]")
        sign = "?" if asked else "↺" if verified == "DROPPED" else "✓" if verified == "Y" else "⋯"
        words = f"{asked} open" if asked else "history, queries, missing"
        told_of = f"{rule.item.label}: {words}"  # read out whole; look.py shows the sign alone, watch.js all on hover
        if st.button(f"{sign}\u2003{here.literal(told_of)}", key=f"tools|{sheet.key(rule.oid)}", type="tertiary"):
            item_panel.panel(sheet, rule.oid, writable)
        if (read := understood(sheet, look, rule)) and not gone:  # beside the box: below it would move what follows
            st.caption(here.literal(read), width="content")
    if own and by and not writable and rule.compute is None:
        st.caption(f"Filled in by: {ROLES[by].title}")
    if gone and rule.compute is None:
        reason = sheet.study.study.file.missing_reasons.get(sheet.missing[rule.oid], sheet.missing[rule.oid])
        st.caption(here.literal(f"missing: {reason}{in_place_of(sheet, rule.oid)}"))
    wrong = look.refused.get(rule.oid)
    if wrong is not None:
        st.markdown(f":red[✕ {here.literal(wrong.sentence)} ({here.literal(wrong.hint)})]")
    for finding in findings:
        if told(sheet, look, finding):
            st.markdown(f":{colour(finding)}[{SIGNS[finding.severity]} {here.literal(finding.message)}]")


def lacking(sheet: Sheet, look: Preview, rule: CompiledItem) -> str:
    """What of this form a calculation reads and has not, as it is said behind it; nothing where it lacks nothing."""
    own = rule.compute.own if rule.compute else frozenset()
    open_ = own - look.values.keys() - look.hidden - look.unasked
    names = [one.item.label for one in sheet.cform.items.values()
             if one.oid in open_ and not one.repeating and not one.item.retired]  # fmt: skip
    few = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return here.literal(f"; not known yet: {few}") if names else ""


def understood(sheet: Sheet, look: Preview, rule: CompiledItem) -> str:
    """How a date or time that was typed in other words was read, or nothing: 17-Feb-2025 for 17/2/25."""
    if rule.type not in ("date", "partialDate", "datetime", "time") or rule.compute is not None:
        return ""
    typed, read = st.session_state.get(sheet.key(rule.oid)), look.values.get(rule.oid)
    text = widgets.readable(rule, read) if typed and rule.oid not in look.refused else ""
    return text if text != typed else ""


def colour(finding: Finding) -> str:
    """Red is what stands against a save and what is an alarm."""
    return "orange" if finding.severity == "query" else "red"


def told(sheet: Sheet, look: Preview, finding: Finding) -> bool:
    """Whether a finding is told already: what is not answered yet (G03) is not while the form is filled in."""
    answered = sheet.stood.get(finding.item) is not None or finding.item in look.values
    return finding.check != "G03" and (answered or "[" in finding.item)


def draw_list(sheet: Sheet, look: Preview, queries: Sequence[Record]) -> None:
    """All that is to be said of the answers, at the top: each leads to its question, by name where it is said there."""
    known = {(query.values.get("check"), query.values.get("item")) for query in queries}
    lines = [("red", "✕", path, wrong.sentence) for path, wrong in look.refused.items()]
    lines += [(colour(one), SIGNS[one.severity], one.item, one.message) for one in look.findings
              if told(sheet, look, one) and (one.check, one.item) not in known]  # fmt: skip
    there = [line for line in lines if _drawn(sheet, look, line[2])]
    lines = [line for line in lines if line not in there]
    lines += [("orange", ASKED.get(query.status, "?"), str(query.values.get("item")), str(query.values.get("text", "")))
              for query in queries]  # fmt: skip
    with st.container(border=bool(lines or there), height=230 if len(lines) > MANY else "content", gap="xsmall"):
        if there:
            names = dict.fromkeys((ink, sign, sheet.called(path), sheet.anchor(path)) for ink, sign, path, _ in there)
            st.markdown("To look at: " + " · ".join(f":{ink}[{sign} [{here.literal(name)}](#{anchor})]"
                                                    for ink, sign, name, anchor in names))  # fmt: skip
        for ink, sign, path, words in lines:
            name = sheet.called(path)
            link = f"[{here.literal(words if words.endswith(f'{name}.') else name)}](#{sheet.anchor(path)})"
            st.markdown(f":{ink}[{sign} {link}{'' if words.endswith(f'{name}.') else here.literal(f': {words}')}]")


def _drawn(sheet: Sheet, look: Preview, path: str) -> bool:
    """Whether the question stands on the page, with what is said of its answer below it."""
    rule = sheet.cform.items.get(split(path)[2])
    return rule is not None and not rule.item.retired and rule.oid not in look.hidden | look.unasked


def point_at(anchor: str, turn: str = "") -> None:
    """Bring a place into sight, and the cursor into it, once for each `turn` (watch.js looks for this mark)."""
    st.html(f'<i class="tk-first" data-at="{anchor}" data-turn="{turn}"></i>')


def label(rule: CompiledItem) -> str:
    """The label as it stands over the control: question or label, unit, and whether it may stay empty."""
    text = rule.item.question or rule.item.label
    unit = f" ({rule.item.unit})" if rule.item.unit else ""
    return here.literal(f"{text}{unit}{'' if not rule.item.optional or rule.compute else ', optional'}")


def _staff(sheet: Sheet) -> Named:
    """The people of this site, if the form asks for any."""
    if not any(rule.type == "person" for rule in sheet.cform.items.values()):
        return Named({}, {})
    name = f"staff|{sheet.place.site}"
    if name not in st.session_state:
        st.session_state[name] = here.staff(sheet.place.site)
    found: Named = st.session_state[name]
    return found
