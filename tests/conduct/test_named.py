"""Who may be named in an answer: people of the site in a fitting role, no machine, no sponsor; nobody vanishes."""

from __future__ import annotations

from trialkit.conduct.named import Named
from trialkit.study.model import Form, Item, ItemGroup

ROLES = {
    "ana": "coordinator", "noor": "nurse", "ito": "investigator", "sami": "physician", "uma": "pharmacist",
    "ravi": "rater", "mo": "monitor", "sol": "sponsor", "ines": "auditor", "lab": "laboratory", "irt": "irt",
    "tablet": "subject",
}  # fmt: skip
PEOPLE = Named({one: one.title() for one in ROLES}, {one: frozenset({role}) for one, role in ROLES.items()})


def _form(*entered_by: str) -> Form:
    groups = {"G": ItemGroup(title="G", items={"BY": Item(label="By", type="person")})}
    return Form(oid="F", title="F", entered_by=list(entered_by), groups=groups)


def _item(*roles: str) -> Item:
    return Item(label="By", type="person", roles=list(roles))


def test_only_people_who_work_at_the_site_are_offered() -> None:
    assert set(PEOPLE.fit(_form("nurse"), _item())) == {"ana", "noor", "ito", "sami", "uma"}


def test_an_item_that_names_roles_offers_only_these() -> None:
    assert PEOPLE.fit(_form("nurse"), _item("physician", "investigator")) == {"ito": "Ito", "sami": "Sami"}
    assert set(PEOPLE.fit(_form("nurse"), _item("rater"))) == {"ravi"}


def test_who_enters_the_form_may_be_named_in_it_but_no_machine_and_no_participant() -> None:
    assert "ravi" in PEOPLE.fit(_form("rater"), _item())
    assert not {"irt", "lab", "tablet"} & set(PEOPLE.fit(_form("irt", "laboratory", "subject"), _item()))


def test_who_was_named_before_stays_to_be_seen() -> None:
    found = PEOPLE.fit(_form("nurse"), _item("physician"), ["ana", "gone", None, ""])
    assert found == {"sami": "Sami", "ana": "Ana", "gone": "gone"}
