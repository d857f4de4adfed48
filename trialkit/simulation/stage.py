"""The stage: an empty store becomes a trial with sites, people, study and consent texts, on which stories are played.

Nothing here goes past the doors: people are added by the administrator, choose their own passwords and sign in; every
act goes through `conduct`, so a story meets what a site would meet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from trialkit.access import granting
from trialkit.access.authentication import change_password, open_accounts, reset_password, sign_in
from trialkit.access.identity import Identity
from trialkit.access.password import Policy
from trialkit.access.people import people, person
from trialkit.conduct import amend, consent, site
from trialkit.conduct.trial import Trial
from trialkit.simulation.story import Cast, Member
from trialkit.study.model import Study

if TYPE_CHECKING:
    from trialkit.store.database import Store

TICK = timedelta(milliseconds=1)
QUICK = Policy(time_cost=1, memory_cost=1024, parallelism=1)
"""Passwords of a training store need no costly hashes; the first real sign-in makes them anew at full strength."""


@dataclass(slots=True)
class Clock:
    """The clock of a store in which a year passes in seconds: set to each act's moment, a tick later at every look."""

    moment: datetime

    def __call__(self) -> datetime:
        self.moment += TICK
        return self.moment

    def reach(self, moment: datetime) -> None:
        """Go on to `moment`; the clock never goes back."""
        self.moment = max(self.moment, moment)


@dataclass(slots=True)
class Stage:
    """An open trial on which the cast acts. `password` is everybody's: a stage is a training store."""

    trial: Trial
    clock: Clock
    cast: Cast
    password: str
    policy: Policy = QUICK
    _here: dict[str, Identity] = field(default_factory=dict)

    def who(self, user: str) -> Identity:
        """Somebody of the cast, signed in once for the whole play."""
        if user not in self._here:
            self._here[user] = self.signed_in(user, self.password)
        return self._here[user]

    def signed_in(self, user: str, password: str) -> Identity:
        """Sign in with this password. Raises SignInFailed."""
        return sign_in(self.trial.store, user, password, self.clock, policy=self.policy, address="simulation")

    def open(self, study: Study) -> None:
        """Make the trial: first administrator, sites, people with their roles, study and first consent texts."""
        store, cast = self.trial.store, self.cast
        first = cast.people[cast.administrator]
        open_accounts(
            store, cast.administrator, first.name, first.organisation, self.password, self.clock, policy=self.policy
        )
        adi = self.who(cast.administrator)
        for number, place in cast.sites.items():
            site.add_site(self.trial, adi, number, place.name, place.zone, place.country)
        for user in cast.people:
            if user != cast.administrator:
                self._hire(adi, user)
        for number in cast.sites:
            amend.publish(self.trial, self.who(cast.data_manager), study, number)

    def put_in_force(self, until: datetime) -> None:
        """Put the consent texts in force that are due by `until`."""
        known = {number: {text.version for text in consent.versions(self.trial, number)} for number in self.cast.sites}
        for text in self.cast.consent_texts:
            due = datetime.fromisoformat(text.at).replace(tzinfo=UTC)
            for number in text.sites:
                if due <= until and text.version not in known[number]:
                    self.clock.reach(due)
                    dee = self.who(self.cast.data_manager)
                    consent.push_version(self.trial, dee, number, text.version, text.approved, text.valid_from)

    def _hire(self, adi: Identity, user: str) -> None:
        hire(self.trial.store, adi, user, self.cast.people[user], self.password, self.clock, self.who, self.policy)


def hire(
    store: Store, adi: Identity, user: str, member: Member, password: str, clock: Callable[[], datetime],
    who: Callable[[str], Identity | None], policy: Policy = QUICK,
) -> None:  # fmt: skip
    """Add a person, let them choose their password, and grant them their roles; `who` signs the second person in.

    Whoever was hired in part, by a run that was stopped, is hired to the end.
    """
    temporary = f"{password} for {len(user)} letters"
    known = next((one for one in people(store) if one.id == user), None)
    if known is None:
        store.append([granting.add_person(adi, people(store), user, member.name, member.organisation)])
    if known is None or known.temporary or known.stands("password.state") is None:
        reset_password(store, adi, person(store, user), temporary, clock, policy=policy)
        change_password(store, user, temporary, password, clock, policy=policy)
    for held in member.grants[len(known.grants) if known else 0 :]:
        second = who(held.approved_by) if held.approved_by else None
        draft = granting.grant(
            adi, person(store, user), held.role, held.sites, clock(), unblinded=held.unblinded, approver=second
        )
        store.append([draft])
