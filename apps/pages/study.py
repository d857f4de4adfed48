"""Study: forms as people will see them, schedule, checks, code lists, limits, versions, and the blank form to take."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from apps import here
from apps.door import download
from apps.study import checks, forms, lists, text, versions
from trialkit import __version__
from trialkit.conduct.definition import Publication, definition, publications
from trialkit.export.web.describe import schedule
from trialkit.export.web.spoken import Spoken
from trialkit.study.compiled import CompiledStudy
from trialkit.study.generic import NUMBERS, own_numbers

PARTS = {
    "forms": "Forms", "schedule": "Visit schedule", "checks": "Checks", "lists": "Code lists", "limits": "Limits",
    "versions": "Versions",
}  # fmt: skip


def chosen(published: list[Publication]) -> str:
    """The version to look at: the one in force last, unless another is asked for."""
    named = {one.hash: one for one in published}
    every = sorted(named, key=lambda hash: (named[hash].in_force, named[hash].since), reverse=True)
    asked = next((hash for hash in every if hash[:12] == st.query_params.get("version")), every[0])
    if len(every) == 1:
        return every[0]
    found = st.selectbox("Version", every, index=every.index(asked), width=200,
                         format_func=lambda hash: f"{named[hash].version} ({hash[:8]})")  # fmt: skip
    return found or every[0]


def blank(study: CompiledStudy) -> None:
    """The blank form as a PDF, made when it is asked for and fetched through the door."""
    name = f"{study.study.file.oid.lower()}-blank-crf.pdf"
    if not st.button("Blank form (PDF)", icon=":material/picture_as_pdf:", help="Every form that you may see, empty"):
        return
    from trialkit.export.pdf.blank import write_blank

    blinded = "unblinded" not in here.reader().sight.visibility
    with tempfile.TemporaryDirectory(prefix="trialkit-") as room:
        path = Path(room) / name
        write_blank(study, path, f"trialkit {__version__}", annotated=True, blinded=blinded)
        file = download.File(name, "application/pdf", path.read_bytes())
    left = download.to_fetch().leave(file, here.session().hash, same=True)
    st.link_button(f"Download ({len(file.content) / 1e6:.1f} MB)", f"/download/{left}", type="primary",
                   icon=":material/download:")  # fmt: skip


def draw() -> None:
    """The page."""
    published = publications(here.trial(), here.who())
    if not published:
        here.nothing(
            "No study is in force yet.", "A data manager publishes one: trialkit study publish FOLDER --site 01"
        )
    st.header("Study", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        version = chosen(published)
        study = definition(here.trial(), here.who(), version)
        blank(study)
    file = study.study.file
    items = sum(len(form.items) for form in study.forms.values())
    numbers = len(own_numbers(study.checks)) + len(NUMBERS)
    st.caption(f"{file.oid} version {file.version} · {file.title} · what you may see of it: {len(study.forms)} forms, "
               f"{items} items, {numbers} checks in {len(study.checks)} rules")  # fmt: skip
    asked = st.query_params.get("part", "forms")
    part = st.segmented_control("Part", list(PARTS), format_func=PARTS.__getitem__, required=True,
                                default=asked if asked in PARTS else "forms", label_visibility="collapsed")  # fmt: skip
    if part == "forms":
        forms.draw(study)
    elif part == "schedule":
        text.show(schedule(Spoken(study)), study.hash)
    elif part == "checks":
        checks.draw(study)
    elif part == "lists":
        lists.draw(study)
    elif part == "limits":
        lists.limits(study)
    else:
        versions.draw(published)


draw()
