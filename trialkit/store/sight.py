"""What one person may see, as a plain value that every reader takes. Only `access` makes one."""

from __future__ import annotations

from dataclasses import dataclass

from trialkit.ledger.entry import Place


@dataclass(frozen=True, slots=True)
class Sight:
    """Sites, forms and subjects (None: all) and visibility classes that a reader may show.

    `people`: whether others than `person` are shown; `signins`: whether it is shown how people's sign-ins went;
    `untold`: the checks that speak of hidden forms, of which no query and no explanation is shown.
    """

    sites: frozenset[str] | None
    visibility: frozenset[str]
    forms: frozenset[str] | None = None
    person: str = ""
    subjects: frozenset[str] | None = None
    people: bool = False
    signins: bool = False
    untold: frozenset[str] = frozenset()

    def reaches(self, stream: str, place: Place) -> bool:
        """Whether the thing of this stream, which stands at this place, may be shown."""
        if not self.people and stream.startswith("person/") and stream != f"person/{self.person}":
            return False
        # query/<subject>/<event>/<form>/<check>/<item>/<number>
        if self.untold and stream.startswith("query/") and stream.split("/", 5)[4] in self.untold:
            return False
        return (
            (self.sites is None or not place.site or place.site in self.sites)
            and (self.forms is None or not place.form or place.form in self.forms)
            and (self.subjects is None or not place.subject or place.subject in self.subjects)
        )

    def shows(self, stream: str, item: str) -> bool:
        """Whether this item of the stream may be shown, its visibility class aside."""
        if item[:13] == "@explanation[" and item[13:-1] in self.untold:
            return False
        return self.signins or not (item.startswith("signin.") and stream.startswith("person/"))
