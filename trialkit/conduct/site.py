"""Sites: where people are seen, with their time zone, the study versions and consent versions in force there."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trialkit.access.identity import Identity
from trialkit.conduct.trial import LONGEST_NAME, Trial
from trialkit.conduct.words import line
from trialkit.errors import OutOfOrder, StaleRecord, WrongValue
from trialkit.ledger.entry import Change, Draft, Place, Receipt


def add_site(trial: Trial, who: Identity, site: str, name: str, zone: str, country: str) -> Receipt:
    """Open a site. WrongValue if `zone` is no IANA time zone or a name cannot be printed, OutOfOrder if it exists."""
    trial.authorise(who, "site.add", Place(site=site))
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise WrongValue(
            f"{zone[:LONGEST_NAME]!r} is not a time zone", "use an IANA name such as Europe/London"
        ) from None
    if not (site.isascii() and site.isalnum() and len(site) <= LONGEST_NAME):
        raise WrongValue(f"{site[:LONGEST_NAME]!r} is no site number", "letters and digits only, for example 01")
    changes = (
        Change("@status", None, "OPEN"),
        Change("name", None, line(name, "name of a site")),
        Change("zone", None, zone),
        Change("country", None, line(country, "country", 60)),
    )
    draft = Draft("site.add", who.actor, f"site/{site}", changes, Place(site=site), expected=0)
    try:
        return trial.append([draft])[0]
    except StaleRecord:
        raise OutOfOrder(f"site {site} already exists", "sites are never reopened under the same number") from None
