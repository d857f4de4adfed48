"""From Save to saved: reasons for what is changed, explanations of what happened, and two versions side by side."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from apps import here, widgets
from apps.form import discarded
from apps.form.asked import keep_asked, tell_asked
from apps.form.opening import done, forget, open_sheet, reopened
from apps.form.said import point_at
from apps.form.sheet import Sheet
from apps.form.told import in_words, keep_done, unsaved, untell
from apps.request import MOVED, run_again, saying
from apps.when import Zones
from trialkit.conduct.answers import Typed
from trialkit.conduct.capture import Saved, save_apart, save_form
from trialkit.conduct.consent import obtain
from trialkit.conduct.newrows import next_line, set_apart
from trialkit.conduct.preview import Preview
from trialkit.conduct.reason import Reason
from trialkit.conduct.sign import last_covered
from trialkit.conduct.standing import is_mark, split
from trialkit.errors import Blocked, ReasonNeeded, StaleRecord, TrialkitError

DONE = {
    "COMPLETE": "All changes saved; the form is complete",
    "TO COMPLETE": "All changes saved; the form is finished, with answers still missing",
}
"""What is said beside the buttons of a form that was finished, by its status."""


def buttons(sheet: Sheet, look: Preview | None = None) -> None:
    """Save, finish, discard; and whatever has to be asked before a save can be done.

    What stood against a save and does not any more, by the `look` at what is typed now, is not asked about.
    """
    typed = sheet.typed()
    clear = not clash(sheet)
    finished = sheet.status in ("COMPLETE", "TO COMPLETE")
    with st.container(horizontal=True, vertical_alignment="center"):
        # not shut for want of an answer: the click may be what takes the first one out of its box. What is typed in a
        # cell comes after the click, so that nobody could say that there is nothing
        shut = not clear or (not typed and sheet.cform.tabular)
        save = st.button("Save", type="primary" if finished else "secondary", disabled=shut,
                         key=f"save|{sheet.name}")  # fmt: skip
        finish = not finished and st.button(
            "Save and finish", type="primary", disabled=not clear, key=f"finish|{sheet.name}",
            help="Missing answers are then asked for.",
        )  # fmt: skip
        if typed and st.button("Discard changes", key=f"throw|{sheet.name}", type="tertiary"):
            discarded.remember(sheet, typed)
            reopened(sheet, {})
            st.rerun()
        if not typed and discarded.offer(sheet):
            st.rerun()
        count = len(typed)
        st.caption(unsaved(count) if count
                 else DONE.get(sheet.status, "All changes saved") if sheet.version
                 else "Nothing entered yet")  # fmt: skip
    tell_asked(sheet)
    _settle(sheet, look)
    # where another button stood a moment ago, a second click is not meant for this one
    again = time.monotonic() - st.session_state.get(f"moved|{sheet.place.record}", 0.0) < MOVED
    if finish and again:
        finish = False
        st.toast("Not finished yet: press once more.", icon=":material/touch_app:")
    if save and not typed and not again:
        st.toast("There is nothing to save.", icon=":material/check:")
    elif (save and typed) or finish:
        attempt(sheet, submit=bool(finish))
    pending(sheet)


def _settle(sheet: Sheet, look: Preview | None) -> None:
    """Ask no more about what stood against a save and does not any more.

    Only a look that saw all of it, right after the refusal, can tell that it is gone: what stands in a form that this
    person does not see is in no look, and stays.
    """
    asking = st.session_state.get(sheet.asking)
    if look is None or not asking or asking["what"] != "explain":
        return
    now = {(one.check, one.item) for one in look.findings}
    against = {(one.check, one.item) for one in asking["findings"]}
    if asking.setdefault("seen", against <= now) and not against & now:
        del st.session_state[sheet.asking]


def asked(sheet: Sheet) -> dict[str, Any] | None:
    """What has to be asked before a save can be done: which of two answers, a reason, an explanation."""
    asking: dict[str, Any] | None = st.session_state.get(sheet.asking)
    return {"what": "conflict", "theirs": sheet.stood} if sheet.moved else asking


def clash(sheet: Sheet) -> bool:
    """Whether a choice between two answers has to come before any save."""
    return (asked(sheet) or {}).get("what") == "conflict"


def pending(sheet: Sheet) -> None:
    """Ask it; and say why a save was refused of which something else is drawn anew."""
    _tell_refused(sheet)
    asking = asked(sheet)
    if asking is not None:
        asked_at = f"at-{sheet.place.form}-asked"
        with st.container(border=True, key=asked_at):
            point_at(asked_at, asking["what"])
            {"reason": ask_reason, "explain": ask_explanation, "conflict": show_conflict}[asking["what"]](sheet, asking)


def attempt(
    sheet: Sheet, *, submit: bool, reasons: Mapping[str, Reason] | None = None,
    explanations: Mapping[str, str] | None = None, only: Mapping[str, Typed] | None = None,
) -> bool:  # fmt: skip
    """Try to save; what is missing for it is asked next. Gives whether it was saved.

    `reasons` holds one for all answers under "", or one for each that is changed; `only` is the part that is saved.
    """
    typed = dict(only if only is not None else sheet.typed())
    st.session_state.pop(sheet.asking, None)
    part: dict[str, Any] = {"only": list(only)} if only is not None else {}
    try:
        saved = _save(sheet, typed, reasons or {}, explanations or {}, submit)
    except ReasonNeeded as needed:
        unchosen = str(needed.facts.get("unchosen", ""))
        of = f"{here.literal(unchosen)}: " if unchosen and len(reasons or {}) > 1 else ""
        _ask(sheet, what="reason", said=f"{of}{here.refusal(needed)}" if reasons else "", submit=submit,
             explanations=dict(explanations or {}), **part)  # fmt: skip
        return False
    except Blocked as blocked:
        _ask(sheet, what="explain", findings=blocked.facts["findings"], can=blocked.facts["explainable"],
             submit=submit, reasons=reasons, **part)  # fmt: skip
        return False
    except StaleRecord as stale:
        _ask(sheet, what="conflict", theirs=stale.facts.get("theirs", {}), submit=submit)
        return False
    except TrialkitError as refused:
        st.session_state[f"refused|{sheet.name}"] = _refusal(sheet, refused)
        if refused.facts.get("study"):  # its questions are others now: what was typed is laid under those that are not
            sheet.keep()
            forget(sheet.place)
            st.rerun()
        if untell(sheet.place):
            sheet.saved()
        _tell_refused(sheet)
        return False
    _saved(sheet, typed, saved)
    return True


def _refusal(sheet: Sheet, refused: TrialkitError) -> str:
    """The refusal in words; what it misses is each a link to its question, which may stand far above."""
    missing: Any = refused.facts.get("missing")
    if not missing:
        return here.refusal(refused)
    ways = (f"[{here.literal(sheet.called(path))}](#{sheet.anchor(path)})" for path in missing)
    return f"{here.literal(refused.sentence)}  \nFill in {' and '.join(ways)}"


def _tell_refused(sheet: Sheet) -> None:
    """Why the save that was tried was refused, once."""
    if said := st.session_state.pop(f"refused|{sheet.name}", ""):
        place = f"at-{sheet.place.form}-refused"
        with st.container(key=place):
            point_at(place, uuid.uuid4().hex)
            st.error(f"{said}  \nWhat you typed is still here.", icon=":material/block:")


def _save(
    sheet: Sheet, typed: Mapping[str, Typed], reasons: Mapping[str, Reason], explanations: Mapping[str, str],
    submit: bool,
) -> Saved:  # fmt: skip
    trial, who, consent = here.trial(), here.who(), sheet.study.study.file.consent
    # a second click that comes while the first is saved, or a run that was broken off after it, writes nothing
    said = (sheet.place, sorted(typed.items()), sheet.version, sorted(reasons.items()), sorted(explanations.items()),
            submit)  # fmt: skip
    more: Any = {
        "based_on": sheet.version,
        "explanations": explanations,
        "request": saying(*said),
        "study": sheet.study.hash,
    }
    consents = consent is not None and consent.form == sheet.place.form
    if reasons and "" not in reasons:  # one entry for each reason: what needs none goes with the first
        first = next(iter(reasons))
        parts = [({path: typed[path]}, reason) for path, reason in reasons.items()]
        parts[0][0].update((path, raw) for path, raw in typed.items() if path not in reasons or path == first)
        return save_apart(trial, who, sheet.place, parts, submit=submit or consents, **more)
    if consents:
        return obtain(trial, who, sheet.place, typed, reason=reasons.get(""), **more)
    return save_form(trial, who, sheet.place, typed, reason=reasons.get(""), submit=submit, **more)


def _saved(sheet: Sheet, typed: Mapping[str, Typed], saved: Saved) -> None:
    """The form is opened anew; answers that were refused, or were no part of the save, lie in it as they were typed."""
    discarded.forget(sheet, typed)
    reopened(sheet, {path: raw for path, raw in sheet.typed().items() if path not in typed or path in saved.refused})
    count = len(saved.refused)
    if saved.refused:
        st.session_state[f"first|{sheet.place.record}"] = next(iter(saved.refused))
    st.session_state[f"not taken|{sheet.name}"] = {path: typed[path] for path in saved.refused}, len(typed) > count
    told = (
        f"Saved, but {count} answer{'s were' if count != 1 else ' was'} not taken: see below."
        f"{'' if open_sheet(sheet.place).status in DONE else ' The form is not finished yet.'}" if count
        else "Nothing was to be saved." if saved.unchanged else f"Saved as version {saved.version}."
    )  # fmt: skip
    keep_done(sheet.place, told, whole=not count)
    keep_asked(sheet.place, saved.receipts)
    st.session_state[f"moved|{sheet.place.record}"] = time.monotonic()
    sheet.saved()


def _choice(words: str, codes: Mapping[str, str], *, key: str, value: str) -> str | None:
    # without the value: a list that is told it cannot be cleared
    return st.selectbox(words, list(codes), index=None, format_func=codes.__getitem__, key=key)


def ask_reason(sheet: Sheet, asking: dict[str, Any]) -> None:
    """A coded reason and words for what is changed: once for all, or item by item."""
    codes = sheet.study.study.file.change_reasons
    changed = [path for path in _meant(sheet, asking) if sheet.stood.get(path) is not None]
    st.markdown(f"**Why is {'this answer' if len(changed) == 1 else 'each of these answers'} changed?**")
    typed = sheet.typed()
    for path in changed:
        was, now = in_words(sheet, path, sheet.stood[path]), in_words(sheet, path, typed[path])
        st.markdown(here.literal(f"{sheet.rule(path).item.label}: {was} → ") + f"**{here.literal(now)}**")
    if any(sheet.stood.get(f"@verified[{path}]") == "Y" for path in changed):
        st.caption("What was verified against the source has to be verified again after the change.")
    if sheet.place.record in last_covered(here.reader(), sheet.place.subject):
        st.caption("This form is signed. After the change the signature no longer holds: it is signed again.")
    if asking["said"]:
        st.error(asking["said"])
    each = len(changed) > 1 and st.toggle("A reason of its own for each answer", key=f"each|{sheet.name}")
    given = {}
    for path in changed if each else [""]:
        words = sheet.rule(path).item.label if path else "Reason"
        code = sheet.asks(f"why {path}", partial(_choice, words, codes))
        box = partial(st.text_input, "In your own words", placeholder="what was found and where")
        text = sheet.asks(f"because {path}", box)
        given[path] = Reason(code, text)
    sheet.keep()
    if st.button("Save with this reason", type="primary", key=f"reasoned|{sheet.name}"):
        attempt(sheet, submit=asking["submit"], reasons=given, explanations=asking.get("explanations"),
                only=_meant(sheet, asking) if "only" in asking else None)  # fmt: skip


def ask_explanation(sheet: Sheet, asking: dict[str, Any]) -> None:
    """What stands against the save; a fact that has happened can be explained and is then a deviation."""
    happened = "This breaks a rule of the protocol. If it happened, say how: it is saved as a deviation."
    st.markdown(f"**{happened if asking['can'] else 'This cannot be saved as it is.'}**")
    texts = {}
    for finding in asking["findings"]:
        st.markdown(here.literal(f"✕ {finding.check}: {finding.message}"))
        if asking["can"]:
            texts[finding.check] = sheet.asks(f"explain {finding.check}", partial(st.text_area, "What happened"))
    sheet.keep()
    if not asking["can"]:
        st.caption("Correct the answers, then save again. What you typed is still here.")
        point_at(sheet.anchor(asking["findings"][0].item))
    elif st.button("Save with this explanation", type="primary", key=f"explained|{sheet.name}"):
        attempt(sheet, submit=asking["submit"], reasons=asking["reasons"], explanations=texts,
                only=_meant(sheet, asking) if "only" in asking else None)  # fmt: skip


def show_conflict(sheet: Sheet, asking: dict[str, Any]) -> None:
    """Somebody saved this form meanwhile: both versions, and a choice for each answer that differs."""
    theirs, typed = asking["theirs"], sheet.typed()
    if sheet.cform.form.repeating and not sheet.since:
        return _in_a_new_line(sheet, typed)
    own = set_apart(
        here.reader(), sheet.place, sheet.cform, typed, sheet.since,
        lambda path: _written(typed[path]) == _written(widgets.typed_of(sheet.rule(path), theirs.get(path))),
    )  # fmt: skip
    typed = {own.get(path, path): raw for path, raw in typed.items()}
    was = {path: sheet.base.get(path, sheet.stood.get(path)) for path in typed}
    untouched = {path: raw for path, raw in typed.items() if theirs.get(path) == was[path]}
    clash = typed.keys() - untouched.keys()
    st.markdown(f"**{_other(sheet, clash or own)} saved this form since you opened it.**"
                f"{' Choose answer by answer.' if clash else ''}")  # fmt: skip
    for row, moved in {split(path)[1]: split(free)[1] for path, free in own.items()}.items():
        st.markdown(f"Row {row} is theirs. What you typed there is a row of its own: row {moved}.")
    mine, chosen = dict(untouched), True
    for path, raw in typed.items():
        if path in untouched:
            continue
        there = in_words(sheet, path, theirs.get(path), "nothing")
        options = {"mine": here.literal(f"yours: {in_words(sheet, path, raw)}"),
                   "theirs": here.literal(f"saved meanwhile: {there}")}  # fmt: skip
        choice = st.radio(here.literal(sheet.called(path)), list(options), format_func=options.__getitem__,
                          horizontal=True, index=None, key=f"choose|{sheet.name}|{path}")  # fmt: skip
        chosen = chosen and choice is not None
        if choice == "mine":
            mine[path] = raw
    if untouched:
        st.caption("Your other answers, which nobody else has touched, stay as you typed them.")
    if st.button("Go on with these", type="primary", key=f"chosen|{sheet.name}", disabled=not chosen):
        # what was saved since this was shown is asked about, too
        reopened(sheet, mine, {path: theirs.get(path) for path in mine})
        st.session_state[f"moved|{sheet.place.record}"] = time.monotonic()
        st.rerun()


def _other(sheet: Sheet, paths: Collection[str] = ()) -> str:
    """Who last changed one of these answers, or who began the form, and when: a calculation and a mark are not it."""
    for entry in reversed(list(here.reader().history(stream=sheet.place.record))):
        typed = entry.actor.role != "system" and any(not is_mark(shown.change.item) for shown in entry.changes)
        if typed and (not paths or any(shown.change.item in paths for shown in entry.changes)):
            return here.literal(f"{entry.actor.name} ({Zones().moment(entry.recorded_at, sheet.place.site)})")
    return "Somebody else"


def _in_a_new_line(sheet: Sheet, typed: Mapping[str, Typed]) -> None:
    """Two people began the same new line: each of them meant a line of their own."""
    at = sheet.place
    st.markdown(
        f"**{_other(sheet)} saved line {at.form_repeat} since you began it.** What you typed is a line of its own."
    )
    if st.button("Go on in a new line", type="primary", key=f"chosen|{sheet.name}"):
        lines = [one.place.form_repeat for one in here.reader().records(subject=at.subject, form=at.form)
                 if (one.place.event, one.place.event_repeat) == (at.event, at.event_repeat)]  # fmt: skip
        again = open_sheet(replace(at, form_repeat=next_line([at.form_repeat, *lines])))
        for path, raw in typed.items():
            again.put(path, raw)
        again.keep()
        done(sheet)
        st.switch_page("pages/entry.py", query_params=here.address(again.place))


def _meant(sheet: Sheet, asking: Mapping[str, Any]) -> dict[str, Typed]:
    """What the save that was tried was about: all that is typed, or a part of it."""
    return {path: raw for path, raw in sheet.typed().items() if path in asking.get("only", (path,))}


def _written(raw: Typed) -> Any:
    return None if raw in ("", [], None) else raw


def _ask(sheet: Sheet, **asking: Any) -> None:
    st.session_state[sheet.asking] = asking
    if untell(sheet.place):  # it is said at the head, which is drawn with what a save changes
        sheet.saved()
    run_again()
