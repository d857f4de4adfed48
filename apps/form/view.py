"""A look at an open form by one person: what is typed, what it comes to, what is asked about it, who enters what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from apps import here
from apps.form.rehearsing import rehearsal
from apps.form.rights import entered
from apps.form.sheet import Sheet, shut
from trialkit.conduct.answers import Typed
from trialkit.conduct.checking import Finding
from trialkit.conduct.named import Named
from trialkit.conduct.preview import Preview
from trialkit.store.record import Record


@dataclass
class View:
    """The form as it is to be drawn now.

    `queries` are those that are not closed, `own` whose items this person enters (as `rights.entered` gives it: none of
    a form that takes no changes).
    """

    sheet: Sheet
    look: Preview
    typed: Mapping[str, Typed]
    queries: Sequence[Record] = ()
    own: Collection[str] = ()

    @cached_property
    def found(self) -> Mapping[str, Sequence[Finding]]:
        """The findings by the path of their answer."""
        found: dict[str, list[Finding]] = {}
        for finding in self.look.findings:
            found.setdefault(finding.item, []).append(finding)
        return found

    @cached_property
    def asked(self) -> Mapping[str, int]:
        """How many queries there are on an answer, by its path."""
        asked: dict[str, int] = {}
        for query in self.queries:
            path = str(query.values.get("item"))
            asked[path] = asked.get(path, 0) + 1
        return asked

    @cached_property
    def people(self) -> Named:
        """The people of this site, if the form asks for any."""
        sheet = self.sheet
        if not any(rule.type == "person" for rule in sheet.cform.items.values()):
            return Named({}, {})
        return here.staff(sheet.place.site)

    def asks(self, oid: str) -> bool:
        """Whether the question of a plain item is drawn."""
        return self.sheet.asked(self.look, oid)

    def told(self, finding: Finding) -> bool:
        """Whether a finding is told already: what is not answered yet (G03) is not while the form is filled in."""
        answered = self.sheet.stood.get(finding.item) is not None or finding.item in self.look.values
        return finding.check != "G03" and (answered or "[" in finding.item)


def view_of(sheet: Sheet) -> View:
    """The form as it stands before this person now. Raises Refused, NotFound, OutOfOrder as a save would."""
    typed = sheet.typed()
    look = rehearsal(sheet.place).look(typed)
    asked = [query for query in here.reader().queries(subject=sheet.place.subject, form=sheet.place.form)
             if query.place == sheet.place and query.status != "CLOSED"]  # fmt: skip
    return View(sheet, look, typed, asked, frozenset() if shut(sheet) else entered(sheet))
