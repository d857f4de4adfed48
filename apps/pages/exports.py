"""Exports: choose what is handed over, of whom and as of when, see what is left out and why, take it away; look at
earlier ones; verify one that comes back."""

from __future__ import annotations

import datetime as dt
import io
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import streamlit as st

from apps import here, history, job, returned
from apps.dated import Typed, day
from apps.door import download, opened
from apps.when import Zones, utc
from trialkit.access.identity import Identity
from trialkit.access.table import permission
from trialkit.conduct.handed import handed
from trialkit.conduct.trial import Trial
from trialkit.errors import TrialkitError, WrongStudy
from trialkit.export.bundle import Export, hand_over
from trialkit.export.declared import Declaration, load_deliverables
from trialkit.export.moment import Moment, moment
from trialkit.export.source import Scope
from trialkit.ledger import verify_export
from trialkit.store.readers import Reader
from trialkit.study.model import Study

KINDS = {
    "csv-forms": "CSV, a table a form", "csv-items": "CSV, a row a value", "csv-changes": "CSV, a row a change",
    "csv-dictionary": "CSV", "csv-queries": "CSV, a row a remark", "casebook": "PDF, one a subject",
    "blank-crf": "PDF",
}  # fmt: skip
ALL = "all I may see"
MOMENTS = {"now": "Now", "time": "A date and time", "entries": "A number of entries"}


@dataclass(frozen=True)
class Made:
    """An export that waits to be fetched."""

    export: Export
    zip: bytes
    name: str


def declared(study: Study) -> list[Declaration]:
    """What this study declares to be handed over."""
    folder = opened.deliverables()
    if folder is None:
        here.nothing("No deliverable is declared for this study.",
                     "Whoever serves trialkit names their folder: trialkit serve --exports FOLDER")  # fmt: skip
    try:
        return load_deliverables(folder, study)
    except WrongStudy as wrong:
        st.error(f"The declared deliverables do not fit this study.  \n{wrong.complaints[0]}", icon=":material/block:")
        st.stop()


def choose(offered: list[Declaration]) -> list[Declaration]:
    """The deliverables that are wanted."""
    asked = st.query_params.get("only", "")
    st.subheader("What", anchor=False)
    found = []
    for one in offered:
        left = "  ·  masked values are never in it" if one.what.blinding == "blinded" else ""
        if st.checkbox(f"**{one.what.title}** :gray[{KINDS[one.what.kind]}{left}]", value=asked in ("", one.name),
                       key=f"deliver|{one.name}"):  # fmt: skip
            found.append(one)
    return found


def when() -> Moment | None | Literal["unknown"]:
    """As of when; None is now."""
    st.subheader("As of", anchor=False)
    how = st.segmented_control("As of", list(MOMENTS), format_func=MOMENTS.__getitem__, default="now", required=True,
                               label_visibility="collapsed")  # fmt: skip
    store = here.trial().store
    if how == "now":
        st.caption(f"All {store.size:,} entries of the ledger, and those that come until you press the button.")
        return None
    zones = Zones()
    sites = here.who().sites
    site = min(sites) if sites and len(sites) == 1 else ""
    at, entries, wrong = "", None, ""
    with st.container(horizontal=True):
        if how == "time":
            today = store.clock().astimezone(zones.of(site)).date()
            typed = day("Date", "a day", "as of|day", 150, today, inside=True)
            clock = st.time_input("Time", value=dt.time(0), step=60, width=130, key="as of|time")
            at, wrong = past(typed, clock, zones.of(site))
        else:
            st.session_state.setdefault("as of|entries", store.size)
            entries = int(st.number_input("Number of entries", min_value=1, step=1, width=160, key="as of|entries"))
    if wrong:
        st.error(wrong)
        return "unknown"
    try:
        found = moment(store, at=at, entries=entries)
    except TrialkitError as refused:
        st.error(here.refusal(refused), icon=":material/block:")
        return "unknown"
    st.caption(f"As it stood after the first {found.as_of:,} entries of the ledger, the last of them written "
               f"{zones.moment(found.at, site)} ({zones.of(site)}). Study version {found.study.file.version}. "
               "The same moment gives the same files, byte for byte.")  # fmt: skip
    return found


def past(typed: Typed, clock: dt.time, zone: dt.tzinfo) -> tuple[str, str]:
    """The end of the minute that is named, as entries carry moments; or why it names none that has begun."""
    if not typed.fits:
        return "", typed.wrong
    if typed.day is None:
        return "", "Type the day, like 12-Jan-2026."
    if dt.datetime.combine(typed.day, clock, zone) > here.trial().store.clock():
        return "", "This moment is still to come.  \nName one that has passed, or choose Now."
    return utc(typed.day, clock.replace(second=59, microsecond=999_999), zone), ""


def scope(reader: Reader) -> Scope:
    """Which subjects."""
    who = here.who()
    rows = list(reader.subjects())
    sites = [row.stream.removeprefix("site/") for row in reader.sites()]
    if who.sites is not None:
        sites = [site for site in sites if site in who.sites]
    everywhere = permission(who.role, "export.create")
    whole = who.sites is None or (everywhere is not None and everywhere.everywhere)
    st.subheader("Which subjects", anchor=False)
    with st.container(horizontal=True):
        site = st.selectbox("Site", [ALL, *sites] if whole else sites, width=160)
        subjects = [row.place.subject for row in rows if site in (ALL, row.place.site)]
        subject = st.selectbox("Subject", ["all", *subjects], width=160)
    return Scope(None if subject == "all" else subject, None if site == ALL else site)


def withheld(who: Identity) -> None:
    """What will not be in it, and why."""
    allowed = permission(who.role, "export.create")
    classes = here.reader().sight.visibility & (allowed.classes if allowed else frozenset())
    lines = []
    if "unblinded" not in classes:
        lines.append("Masked values are left out: your role is blinded.")
    if "identifier" not in classes:
        lines.append("Values that could name a person are left out: your role does not see them.")
    if who.sites is not None:
        lines.append(f"Only site {', '.join(sorted(who.sites))}: your role works there.")
    if lines:
        st.info("  \n".join(lines), icon=":material/visibility_off:")
    else:
        st.info("Nothing is left out for you.", icon=":material/visibility:")


def make(
    trial: Trial, who: Identity, chosen: list[Declaration], of: Scope, as_of: int | None, it: job.Job
) -> Made:  # fmt: skip
    """The export, made in a folder of its own and packed."""
    order = {one.name: (number, one.what.title) for number, one in enumerate(chosen)}

    def tell(name: str, done: int) -> None:
        number, title = order[name]
        it.share = number / (len(order) + 1)  # the proof and the packing come last
        it.note = f"{number + 1} of {len(order)}: {title}, {done:,} written"

    study = trial.store.study_oid.lower()
    name = "-".join(part for part in (study, of.site or "", of.subject or "") if part)
    with tempfile.TemporaryDirectory(prefix="trialkit-") as room:
        made = hand_over(trial, who, chosen, Path(room) / name, as_of=as_of, scope=of, progress=tell)
        it.share, it.note = len(order) / (len(order) + 1), "packing"
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
            for file in sorted(made.folder.iterdir()):
                out.write(file, f"{name}/{file.name}")
    return Made(made, packed.getvalue(), f"{name}-{made.as_of}.zip")


def fetch(over: job.Job) -> None:
    """What came of it, with the way to take it."""
    if over.error is not None:
        st.error(f"{over.error.sentence}  \n{over.error.hint}", icon=":material/block:")
        return
    made: Made = over.result
    files = ", ".join(made.export.files[:6]) + (" ..." if len(made.export.files) > 6 else "")
    with st.container(border=True):
        st.success(f"{len(made.export.files)} files as of entry {made.export.as_of:,}, bound by entry "
                   f"{made.export.entry:,} of the ledger.", icon=":material/check:")  # fmt: skip
        st.caption(files)
        name = download.to_fetch().leave(
            download.File(made.name, "application/zip", made.zip), here.session().hash, same=True
        )  # fmt: skip
        st.link_button(f"Download {made.name} ({len(made.zip) / 1e6:.1f} MB)", f"/download/{name}", type="primary",
                       icon=":material/download:")  # fmt: skip
        alone = Path(verify_export.__file__)
        verifier = download.to_fetch().leave(
            download.File(alone.name, "text/x-python", alone.read_bytes()), here.session().hash, same=True
        )
        st.markdown(
            "Unpack it and check it anywhere, with this key and the verifier, one file that needs Python alone:"
        )
        st.code(
            f"python3 {alone.name} {made.export.folder.name} --key '{here.trial().store.keys.vkey}'",
            language=None,
            wrap_lines=True,
        )
        st.link_button(f"Download {alone.name}", f"/download/{verifier}", icon=":material/verified:")


def earlier() -> None:
    """Exports that were made before."""
    found = handed(here.reader())
    st.subheader("Earlier exports", anchor=False)
    if not found:
        st.caption("Nothing was handed over yet, as far as you may see.")
        return
    zones = Zones()
    picked = st.dataframe(
        [{"When": zones.stamp(one.entry.recorded_at, one.entry.place.site), "Who": one.entry.actor.name,
          "Role": history.ROLE.get(one.entry.actor.role, one.entry.actor.role),
          "Of": one.subject or (f"site {one.entry.place.site}" if one.entry.place.site else "the study"),
          "As of entry": one.as_of, "Files": str(len(one.files) or "withheld"),
          "Entry": one.entry.seq} for one in found],
        hide_index=True, height=min(320, 38 + 35 * len(found)), on_select="rerun", selection_mode="single-row",
        key="earlier", alt="Earlier exports",
        column_config={"Entry": st.column_config.NumberColumn(format="%d")},
    )["selection"]["rows"]  # fmt: skip
    if picked and picked[0] < len(found):
        files = found[picked[0]].files
        if not files:  # from the hash of a file that is known but for the arm, the arm can be found by trying
            st.caption("Its files hold what you do not see, so their hashes are withheld.")
            return
        st.dataframe([{"File": name, "SHA-256": mark} for name, mark in sorted(files.items())], hide_index=True,
                     alt="Files of the export with their hashes")  # fmt: skip
    else:
        st.caption("Tick a row to see its files with their hashes.")


def draw() -> None:
    """The page."""
    st.header("Exports", anchor=False)
    trial, who = here.trial(), here.who()
    left, right = st.columns([3, 2], gap="large")
    with right:
        then = when()
        as_then = then if isinstance(then, Moment) else None
        of = scope(here.reader() if as_then is None else trial.reader(who, as_then.as_of))
        withheld(who)
    with left:
        chosen = choose(declared(here.study().study if as_then is None else as_then.study))
    running = job.of("export")
    if st.button("Make the export", type="primary", icon=":material/outbox:",
                 disabled=not chosen or then == "unknown" or (running is not None and not running.over)):  # fmt: skip
        as_of = as_then.as_of if as_then else None
        job.start("export", "Making the export", lambda it: make(trial, who, chosen, of, as_of, it))
        st.rerun()
    over = job.watched("export")
    if over is not None:
        fetch(over)
    earlier()
    returned.draw()


draw()
