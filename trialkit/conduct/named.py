"""Who may be named in an answer: people who work at the site in a role that fits the question, never a machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trialkit.access.people import ALL_SITES, people
from trialkit.access.table import ROLES
from trialkit.conduct.trial import Trial
from trialkit.study.model import Form, Item

OF_SITES = frozenset(role for role, kind in ROLES.items() if kind.reach == "site" and not kind.own_forms)
"""The roles of people who work at one site."""


class Named(dict[str, str]):
    """Everybody who sees data of a site: id -> printed name; `roles` are those that each holds there now."""

    def __init__(self, names: Mapping[str, str], roles: Mapping[str, frozenset[str]]) -> None:
        super().__init__(names)
        self.roles = roles

    def fit(self, form: Form, item: Item, stands: Iterable[object] = ()) -> dict[str, str]:
        """Those who may answer this item, and whoever `stands` there already.

        They hold a role that the item names; where it names none, a role of the site, or one that enters the form.
        """
        wanted = set(item.roles) or OF_SITES | {role for role in form.entered_by if role in ROLES}
        wanted = {role for role in wanted if not ROLES[role].own_forms and role != "system"}
        there = {one for one in stands if isinstance(one, str) and one}
        found = {one: name for one, name in self.items() if one in there or self.roles.get(one, frozenset()) & wanted}
        return found | {one: one for one in sorted(there - found.keys())}


def printed_names(trial: Trial) -> dict[str, str]:
    """Everybody of the trial, those who left, too: id -> printed name with the id, for two may be called the same."""
    return {one.id: f"{one.name} ({one.id})" for one in people(trial.store)}


def named(trial: Trial, site: str) -> Named:
    """The people of a site as they are now, by name."""
    now = trial.store.clock()
    held: dict[str, frozenset[str]] = {}
    names = {}
    for one in people(trial.store):
        at = [grant for grant in one.holding(now) if grant.site in (site, ALL_SITES) and grant.sees_patients]
        if at:
            names[one.id], held[one.id] = one.name, frozenset(grant.role for grant in at)
    return Named(dict(sorted(names.items(), key=lambda pair: pair[1])), held)
