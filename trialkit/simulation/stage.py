"""The stage: an empty store becomes a trial with sites, people, study and consent texts, on which stories are played.

Nothing here goes past the doors: people are added by the administrator, choose their own passwords and sign in; every
act goes through `conduct`, so a story meets what a site would meet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from trialkit.access import granting
from trialkit.access.authentication import change_password, open_accounts, reset_password, sign_in
from trialkit.access.identity import Identity
from trialkit.access.password import Policy
from trialkit.access.people import people, person
from trialkit.conduct import amend, consent, site
from trialkit.conduct.trial import Trial
from trialkit.simulation.story import Cast
from trialkit.study.model import Study

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
        store, member = self.trial.store, self.cast.people[user]
        temporary = f"{self.password} for {len(user)} letters"
        store.append([granting.add_person(adi, people(store), user, member.name, member.organisation)])
        reset_password(store, adi, person(store, user), temporary, self.clock, policy=self.policy)
        change_password(store, user, temporary, self.password, self.clock, policy=self.policy)
        for held in member.grants:
            second = self.who(held.approved_by) if held.approved_by else None
            draft = granting.grant(
                adi, person(store, user), held.role, held.sites, self.clock(), unblinded=held.unblinded, approver=second
            )
            store.append([draft])
