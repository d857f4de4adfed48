"""Links, their targets and the bookmark tree, put into a drawn file (PDF-09, PDF-10, PDF-11).

Set here rather than through the canvas: a link is then a few bytes in its page instead of an object of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from trialkit.export.pdf.page import Mark, Page


def add_links(pdf: pikepdf.Pdf, pages: Sequence[Page]) -> dict[str, str]:
    """Targets (keeping the reader's zoom) and link areas; the name that each place has in the file."""
    names: dict[str, str] = {}
    targets = Array()
    for drawn, page in zip(pdf.pages, pages, strict=True):
        for place, y in page.places:
            if place not in names:
                names[place] = f"d{len(names):06d}"
                targets.append(String(names[place]))
                targets.append(Array([drawn.obj, Name.XYZ, 0, round(y + 8), 0]))
    pdf.Root.Names = Dictionary(Dests=pdf.make_indirect(Dictionary(Names=targets)))
    for drawn, page in zip(pdf.pages, pages, strict=True):
        if page.links:
            notes = " ".join(
                "<</Type/Annot/Subtype/Link/Border[0 0 0]"
                f"/Rect[{x0:.1f} {y0:.1f} {x1:.1f} {y1:.1f}]/Dest({names[to]})>>"
                for x0, y0, x1, y1, to in page.links
            )
            drawn.obj.Annots = pikepdf.Object.parse(f"[{notes}]".encode())
    return names


def add_outline(pdf: pikepdf.Pdf, marks: Sequence[Mark], names: Mapping[str, str]) -> None:
    """The bookmark tree; branches below the first level start closed. The bookmarks panel opens with the file."""
    root = pdf.make_indirect(Dictionary(Type=Name.Outlines))
    made = [pdf.make_indirect(Dictionary(Title=mark.title, Dest=String(names[mark.place]))) for mark in marks]
    children: dict[int, list[int]] = {-1: []}
    above: list[int] = []
    for number, mark in enumerate(marks):
        above = [*above[: mark.level], number]
        children.setdefault(above[-2] if mark.level else -1, []).append(number)
    for parent, numbers in children.items():
        holder = made[parent] if parent >= 0 else root
        holder.First, holder.Last = made[numbers[0]], made[numbers[-1]]
        holder.Count = len(numbers) if parent < 0 else -len(numbers)
        for before, number in zip([None, *numbers], numbers, strict=False):
            made[number].Parent = holder
            if before is not None:
                made[number].Prev = made[before]
                made[before].Next = made[number]
    pdf.Root.Outlines = root
    pdf.Root.PageMode = Name.UseOutlines
