"""Where the items of a sheet stand on the study's forms, and who may write them there.

The study decides: groups, rows and roles are asked of it, so that a form may be arranged anew without the simulation.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from trialkit.simulation.sheets.sheet import Sheet, Typed
from trialkit.study.compiled import CompiledStudy

# Who writes a form where the study lets several roles do it (reference study, section 3.6).
USUAL = {
    **dict.fromkeys(
        ("SV", "DM", "RP", "MH", "PH", "AT", "CM", "SU", "AE", "DV", "DS", "ICW", "PRG", "DTH"), "coordinator"
    ),
    **dict.fromkeys(("VS", "EC", "ECS", "IM", "PD", "UD", "PG", "DR", "CSL", "COG"), "nurse"),
    **dict.fromkeys(("PE", "EG", "CSB"), "physician"),
    **dict.fromkeys(("SS", "BPR", "CDS", "INT"), "monitoring lead"),
    **dict.fromkeys(("MAD", "CGI", "YMR"), "rater"),
    **dict.fromkeys(("DP", "DAW", "DAK", "DAL", "DAI"), "pharmacist"),
    **dict.fromkeys(("QID", "PHQ", "SX", "BLD", "PWC", "AL"), "subject"),
    **dict.fromkeys(("IC", "IE", "SAE", "SAL"), "investigator"),
    **dict.fromkeys(("RAND", "UB"), "irt"),
    "LB": "laboratory",
    "BLN": "coordinator",
}
KIND = {"monitoring lead": "nurse", "nurse 2": "nurse"}  # what a site calls somebody -> the role
TITLES = {"datamanager": "data manager"}  # and the other way round


@dataclass(slots=True)
class Part:
    """What one role writes of a sheet: item path -> what is typed."""

    role: str
    typed: dict[str, Typed] = field(default_factory=dict)


class Layout:
    """The arrangement of one study. `people` are the titles of everybody who can act at a site."""

    def __init__(self, study: CompiledStudy, people: Collection[str]) -> None:
        self.study = study
        self._people = people
        self._items: dict[str, dict[str, tuple[str, str]]] = {}
        self.unknown: set[str] = set()  # items on sheets that the study does not have
        self.unmanned: set[str] = set()  # items that nobody of the cast may write

    def parts(self, sheet: Sheet) -> list[Part]:
        """A sheet as one part a role, in the order in which their first items come. The last part may finish the form.

        What a participant handed in is corrected by the site. Items that the study does not have, or that it works out
        itself, are left out and noted.
        """
        form = sheet.form
        places = self._items.get(form)
        if places is None:
            places = self._items[form] = self._places(form)
        parts: dict[str, Part] = {}
        for item, value in sheet.values.items():
            self._add(parts, places, form, item, "", value)
        for key, row in sheet.rows.items():
            for item, value in row.items():
                self._add(parts, places, form, item, key, value)
        if sheet.reason is not None and "subject" in parts:
            usual = USUAL.get(form, "subject")
            site = "coordinator" if usual == "subject" else usual
            typed = parts.pop("subject").typed
            parts.setdefault(site, Part(site)).typed |= typed
        return list(parts.values())

    def _add(
        self, parts: dict[str, Part], places: Mapping[str, tuple[str, str]], form: str, item: str, key: str,
        value: Typed
    ) -> None:  # fmt: skip
        place = places.get(item)
        if place is None:
            if form in self.study.forms and item not in self.study.forms[form].items:
                self.unknown.add(f"{form}.{item}")
            return
        role, group = place
        part = parts.get(role)
        if part is None:
            part = parts[role] = Part(role)
        part.typed[f"{group}[{key}].{item}" if group else item] = value

    def _places(self, form: str) -> dict[str, tuple[str, str]]:
        """Item -> who writes it (what the site calls them), and the repeating group it stands in."""
        cform = self.study.forms.get(form)
        if cform is None:
            self.unknown.add(form)
            return {}
        usual, places = USUAL.get(form, "coordinator"), dict[str, tuple[str, str]]()
        for oid, item in cform.items.items():
            own = cform.named.get(oid)
            allowed = [own] if own else list(cform.form.entered_by)
            if item.compute is not None or item.item.retired or own == "system":
                continue
            able = [usual] if KIND.get(usual, usual) in allowed else [TITLES.get(role, role) for role in allowed]
            able = [title for title in able if title in self._people]
            if not able:
                self.unmanned.add(f"{form}.{oid}")
                continue
            places[oid] = able[0], item.group if item.repeating else ""
        return places
