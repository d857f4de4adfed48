"""The people of a simulated trial and their sites: hired, trained and signed in as they are needed.

Every site has a coordinator, an investigator, a physician, nurses, a lead of monitoring, two pharmacists and the ePRO
devices of its subjects; the sponsor has data managers, monitors and the central rater; machines deliver as themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from trialkit.access.authentication import open_accounts, sign_in
from trialkit.access.identity import Identity
from trialkit.access.people import people
from trialkit.access.table import ROLES
from trialkit.conduct import amend, consent
from trialkit.conduct.site import add_site
from trialkit.conduct.trial import Trial
from trialkit.simulation.sheets.screening import APPROVED, FIRST_TEXT, SECOND_TEXT
from trialkit.simulation.sheets.sheet import Site
from trialkit.simulation.stage import QUICK, hire
from trialkit.simulation.story import Grant, Member
from trialkit.study.model import Study

SPONSOR = "Contract Research"
# What sites call people of the sponsor: user id, name, role, unblinded.
CENTRAL = {
    "administrator": ("adi", "Adi Okafor", "administrator", False),
    "sponsor": ("sol", "Sol Petrov", "sponsor", False),
    "data manager": ("dee", "Dee Larsen", "datamanager", False),
    "monitor": ("mo", "Mo Haddad", "monitor", False),
    "unblinded data manager": ("una", "Una Weiss", "datamanager", True),
    "rater": ("rae", "Rae Lindqvist", "rater", False),
    "medicalmonitor": ("mia", "Mia Brandt", "medicalmonitor", False),
    "irt": ("irt", "Randomisation system", "irt", True),
    "laboratory": ("lab", "Central Laboratory", "laboratory", True),
}
# What a site calls a person, the role, and the letters that the user id begins with.
AT_SITE = {
    "coordinator": ("coordinator", "coo"), "investigator": ("investigator", "inv"), "physician": ("physician", "phy"),
    "nurse": ("nurse", "nua"), "nurse 2": ("nurse", "nub"), "monitoring lead": ("nurse", "nuc"),
    "pharmacist": ("pharmacist", "pha"), "pharmacist 2": ("pharmacist", "phb"), "subject": ("subject", "pro"),
}  # fmt: skip
GIVEN = ("Ana", "Ben", "Cora", "David", "Elif", "Femi", "Grace", "Hugo", "Ines", "Jonas", "Kira", "Leon", "Maya",
"Nils", "Olga", "Paul")  # fmt: skip
FAMILY = (
    "Souza",
    "Ito",
    "Novak",
    "Meyer",
    "Khan",
    "Silva",
    "Olsen",
    "Rossi",
    "Dubois",
    "Wang",
    "Garcia",
    "Kaya",
    "Berg",
)


def people_of(number: str) -> dict[str, str]:
    """The user id of each person that a site knows, the sponsor's people included."""
    own = {title: f"{letters}{number}" for title, (_, letters) in AT_SITE.items()}
    return own | {title: user for title, (user, *_) in CENTRAL.items()}


class Company:
    """Everybody who acts in a store: opened where the store is empty, found again where it is not."""

    def __init__(self, trial: Trial, study: Study, clock: Callable[[], datetime], password: str) -> None:
        self.trial = trial
        self.study = study
        self.clock = clock
        self.password = password
        self._here: dict[str, Identity] = {}
        store = trial.store
        everybody = people(store)
        self._hired = {person.id for person in everybody if person.grants}  # the last thing that hiring gives
        if not everybody:
            first, name, *_ = CENTRAL["administrator"]
            open_accounts(store, first, name, SPONSOR, password, clock, policy=QUICK)
            self._hired = {first}
        for user, name, role, unblinded in CENTRAL.values():
            self._hire(user, name, SPONSOR, role, ["*"], unblinded)

    def who(self, user: str) -> Identity:
        """Somebody, signed in once for the whole run."""
        found = self._here.get(user)
        if found is None:
            store = self.trial.store
            found = sign_in(store, user, self.password, self.clock, policy=QUICK, address="simulation")
            self._here[user] = found
        return found

    def open_site(self, site: Site) -> None:
        """Open a site that is not open yet: people, study, both consent texts."""
        trial = self.trial
        if trial.site(site.number) is None:
            add_site(trial, self.who("adi"), site.number, site.name, site.zone, site.country)
        for n, (title, (role, letters)) in enumerate(AT_SITE.items()):
            at = int(site.number) * len(AT_SITE) + n
            name = f"{GIVEN[at % len(GIVEN)]} {FAMILY[at % len(FAMILY)]}" if title != "subject" else f"ePRO {site.name}"
            self._hire(f"{letters}{site.number}", name, site.name, role, [site.number], role == "pharmacist")
        dee = self.who("dee")
        if trial.everything().record(f"study/{site.number}") is None:
            amend.publish(trial, dee, self.study, site.number)
        known = {text.version for text in consent.versions(trial, site.number)}
        for text, valid in ((FIRST_TEXT, date(2022, 12, 1)), (SECOND_TEXT, site.amended)):
            if text not in known:
                consent.push_version(trial, dee, site.number, text, APPROVED[text].isoformat(), valid.isoformat())

    def _hire(self, user: str, name: str, organisation: str, role: str, sites: list[str], unblinded: bool) -> None:
        if user in self._hired or role not in ROLES:
            return
        either = True if unblinded else None
        grant = Grant(role=role, sites=sites, approved_by="sol" if unblinded else "", unblinded=either)
        member = Member(name=name, organisation=organisation, grants=[grant])
        second = self.who("sol") if unblinded else None
        hire(self.trial.store, self.who("adi"), user, member, self.password, self.clock, lambda _: second)
        self._hired.add(user)
