"""From Save to saved: reasons for what is changed, explanations of what happened, and two versions side by side."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import streamlit as st

from apps import here, widgets
from apps.form.sheet import Sheet, open_sheet
from trialkit.conduct.answers import Typed
from trialkit.conduct.capture import Saved, save_form
from trialkit.conduct.consent import obtain
from trialkit.conduct.reason import Reason
from trialkit.errors import Blocked, ReasonNeeded, StaleRecord, TrialkitError
from trialkit.values import Missing


def buttons(sheet: Sheet) -> None:
    """Save, finish, throw away; and whatever has to be asked before a save can be done."""
    typed = sheet.typed()
    finished = sheet.status in ("COMPLETE", "TO COMPLETE")
    left, middle, right, said = st.columns([1, 1, 1, 2], vertical_alignment="center")
    if left.button(
        "Save", type="secondary" if not finished else "primary", disabled=not typed, key=f"save|{sheet.name}"
    ):
        attempt(sheet, submit=False)
    if not finished and middle.button(
        "Save and finish", type="primary", key=f"finish|{sheet.name}", help="Missing answers are then asked for."
    ):
        attempt(sheet, submit=True)
    if typed and right.button("Throw away", key=f"throw|{sheet.name}", type="tertiary"):
        sheet.done()
        st.rerun()
    count = len(typed)
    said.caption(f"{count} answer{'s' if count != 1 else ''} not saved yet; kept on this server" if count
                 else "All changes saved" if sheet.version else "Nothing entered yet")  # fmt: skip
    pending(sheet)


def pending(sheet: Sheet) -> None:
    """Whatever has to be asked before the save that was tried can be done."""
    asking = st.session_state.get(sheet.asking)
    if asking is not None:
        {"reason": ask_reason, "explain": ask_explanation, "conflict": show_conflict}[asking["what"]](sheet, asking)


def attempt(
    sheet: Sheet, *, submit: bool, reason: Reason | None = None, explanations: Mapping[str, str] | None = None,
    only: Mapping[str, Typed] | None = None, based_on: int | None = None,
) -> bool:  # fmt: skip
    """Try to save; what is missing for it is asked next. Gives whether it was saved."""
    typed = dict(only if only is not None else sheet.typed())
    st.session_state.pop(sheet.asking, None)
    version = sheet.version if based_on is None else based_on
    more: dict[str, Any] = {"reason": reason.code, "because": reason.text} if reason else {}
    part: dict[str, Any] = {"only": list(only)} if only is not None and based_on is None else {}
    try:
        saved = _save(sheet, typed, version, reason, explanations or {}, submit)
    except ReasonNeeded as needed:
        _ask(sheet, what="reason", said=f"{needed.sentence}. {needed.hint}" if reason else "", submit=submit,
             explanations=dict(explanations or {}), **part)  # fmt: skip
        return False
    except Blocked as blocked:
        _ask(sheet, what="explain", findings=blocked.facts["findings"], can=blocked.facts["explainable"],
             submit=submit, **more, **part)  # fmt: skip
        return False
    except StaleRecord as stale:
        _ask(sheet, what="conflict", theirs=stale.facts.get("theirs", {}), found=stale.facts["found"], submit=submit)
        return False
    except TrialkitError as refused:
        st.error(f"{here.refusal(refused)}  \nWhat you typed is still here.", icon=":material/block:")
        return False
    _saved(sheet, typed, saved)
    return True


def _save(
    sheet: Sheet, typed: Mapping[str, Typed], version: int, reason: Reason | None, explanations: Mapping[str, str],
    submit: bool,
) -> Saved:  # fmt: skip
    trial, who, consent = here.trial(), here.who(), sheet.study.study.file.consent
    # The same answers on the same version are the same act: a second click that comes while the first is saved, or a
    # run that was broken off after it, writes nothing.
    said = repr((sheet.place, sorted(typed.items()), version, reason, sorted(explanations.items()), submit))
    nonce = st.session_state.setdefault("acts of this browser", uuid.uuid4().hex)
    request = f"{nonce}-{sha256(said.encode()).hexdigest()[:32]}"
    if consent is not None and consent.form == sheet.place.form:
        return obtain(trial, who, sheet.place, typed, based_on=version, reason=reason, explanations=explanations,
                      request=request)  # fmt: skip
    return save_form(
        trial, who, sheet.place, typed, based_on=version, reason=reason, explanations=explanations, submit=submit,
        request=request,
    )  # fmt: skip


def _saved(sheet: Sheet, typed: Mapping[str, Typed], saved: Saved) -> None:
    """The form is opened anew; answers that were refused, or were no part of the save, lie in it as they were typed."""
    left = {path: raw for path, raw in sheet.typed().items() if path not in typed or path in saved.refused}
    sheet.done()
    again = open_sheet(sheet.place)
    for path, raw in left.items():
        again.put(path, raw)
    again.keep()
    count = len(saved.refused)
    st.session_state[f"told|{sheet.place.record}"] = (
        f"Saved, but {count} answer{'s were' if count != 1 else ' was'} not taken: see below." if count
        else "Nothing was to be saved." if saved.unchanged else f"Saved as version {saved.version}."
    )  # fmt: skip
    st.rerun()


def ask_reason(sheet: Sheet, asking: dict[str, Any]) -> None:
    """A coded reason and words for what is changed: once for all, or item by item."""
    codes = sheet.study.study.file.change_reasons
    changed = [path for path in _meant(sheet, asking) if sheet.stood.get(path) is not None]
    with st.container(border=True):
        st.markdown(f"**Why is {'this answer' if len(changed) == 1 else 'each of these answers'} changed?**")
        for path in changed:
            rule, now = sheet.rule(path), sheet.typed()[path]
            new = widgets.readable(rule, {"m": now.reason} if isinstance(now, Missing) else _written(now))
            st.markdown(f"{rule.item.label}: {widgets.readable(rule, sheet.stood.get(path))} → **{new or 'cleared'}**")
        if asking["said"]:
            st.error(asking["said"])
        each = len(changed) > 1 and st.toggle("A reason of its own for each answer", key=f"each|{sheet.name}")
        given = {}
        for path in changed if each else [""]:
            words = sheet.rule(path).item.label if path else "Reason"
            code = st.selectbox(
                words, list(codes), index=None, format_func=lambda c: codes[c], key=f"why|{sheet.name}|{path}"
            )
            text = st.text_input("In your own words", key=f"because|{sheet.name}|{path}",
                                 placeholder="what was found and where")  # fmt: skip
            given[path] = (code, text)
        if st.button("Save with this reason", type="primary", key=f"reasoned|{sheet.name}"):
            _with_reasons(sheet, asking, given)


def _with_reasons(sheet: Sheet, asking: dict[str, Any], given: Mapping[str, tuple[str | None, str]]) -> None:
    typed, explanations = _meant(sheet, asking), asking.get("explanations", {})
    if "" in given:
        code, text = given[""]
        attempt(sheet, submit=asking["submit"], reason=Reason(code or "", text), explanations=explanations,
                only=typed if "only" in asking else None)  # fmt: skip
        return
    # One entry for each reason: what needs none goes with the first.
    plain = {path: raw for path, raw in typed.items() if path not in given}
    version = sheet.version
    for number, (path, (code, text)) in enumerate(given.items()):
        part = {path: typed[path], **(plain if not number else {})}
        last = number == len(given) - 1
        if last:
            attempt(sheet, submit=asking["submit"], reason=Reason(code or "", text), only=part, based_on=version,
                    explanations=explanations)  # fmt: skip
            return
        try:
            version = _save(sheet, part, version, Reason(code or "", text), explanations, submit=False).version
        except TrialkitError as refused:
            st.error(f"{here.literal(sheet.rule(path).item.label)}: {here.refusal(refused)}")
            return


def ask_explanation(sheet: Sheet, asking: dict[str, Any]) -> None:
    """What stands against the save; a fact that has happened can be explained and is then a deviation."""
    with st.container(border=True):
        happened = "This breaks a rule of the protocol. If it happened, say how: it is saved as a deviation."
        st.markdown(f"**{happened if asking['can'] else 'This cannot be saved as it is.'}**")
        texts = {}
        for finding in asking["findings"]:
            st.markdown(f"✕ {finding.check}: {finding.message}")
            if asking["can"]:
                texts[finding.check] = st.text_area("What happened", key=f"explain|{sheet.name}|{finding.check}")
        if not asking["can"]:
            st.caption("Correct the answers, then save again. What you typed is still here.")
        elif st.button("Save with this explanation", type="primary", key=f"explained|{sheet.name}"):
            reason = Reason(asking["reason"], asking["because"]) if "reason" in asking else None
            attempt(sheet, submit=asking["submit"], reason=reason, explanations=texts,
                    only=_meant(sheet, asking) if "only" in asking else None)  # fmt: skip


def show_conflict(sheet: Sheet, asking: dict[str, Any]) -> None:
    """Somebody saved this form meanwhile: both versions, and a choice for each answer that differs."""
    theirs, typed = asking["theirs"], sheet.typed()
    with st.container(border=True):
        st.markdown("**Somebody else saved this form since you opened it.** Choose answer by answer; nothing is lost.")
        untouched = {path: raw for path, raw in typed.items() if theirs.get(path) == sheet.stood.get(path)}
        mine = dict(untouched)
        for path, raw in typed.items():
            if path in untouched:
                continue
            rule = sheet.rule(path)
            now = widgets.readable(rule, {"m": raw.reason} if isinstance(raw, Missing) else _written(raw))
            there = widgets.readable(rule, theirs.get(path))
            options = {"mine": f"yours: {now or 'cleared'}", "theirs": f"saved by the other: {there or 'nothing'}"}
            choice = st.radio(rule.item.label, list(options), format_func=options.__getitem__, horizontal=True,
                              key=f"choose|{sheet.name}|{path}")  # fmt: skip
            if choice == "mine":
                mine[path] = raw
        if untouched:
            st.caption("Your other answers, which nobody else has touched, stay as you typed them.")
        if st.button("Go on with these", type="primary", key=f"chosen|{sheet.name}"):
            sheet.done()
            again = open_sheet(sheet.place)
            for path, raw in mine.items():
                again.put(path, raw)
            st.rerun()


def _meant(sheet: Sheet, asking: Mapping[str, Any]) -> dict[str, Typed]:
    """What the save that was tried was about: all that is typed, or a part of it."""
    return {path: raw for path, raw in sheet.typed().items() if path in asking.get("only", (path,))}


def _written(raw: Typed) -> Any:
    return None if raw in ("", [], None) else raw


def _ask(sheet: Sheet, **asking: Any) -> None:
    st.session_state[sheet.asking] = asking
    st.rerun(scope="fragment")
