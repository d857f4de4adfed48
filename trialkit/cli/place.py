"""Places as people type them: `01-0001/V3/VS`, `01-0001/UNS.2/SV`, `01-0001/LOG/AE.3`; of a site: `@01/SITE/DAL.2`."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from trialkit.access.gate import system_sight
from trialkit.access.identity import Identity
from trialkit.conduct.sitefile import is_file, opened
from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound, WrongValue
from trialkit.ledger.entry import Place
from trialkit.store.readers import Reader

_PLACE = re.compile(r"([^/]+)/([A-Z][A-Z0-9_]*)(?:\.([0-9]+))?/([A-Z][A-Z0-9_]*)(?:\.([0-9]+))?")

Where = Annotated[
    str,
    typer.Argument(
        metavar="PLACE",
        help="SUBJECT/EVENT/FORM, with .2 for a repeat: 01-0001/LOG/AE.2. A form of the site itself: @01/SITE/DAL.2",
    ),
]


def place(trial: Trial, text: str) -> Place:
    """The place that is meant, with its site: the subject's, or (`@01/...`) the one whose file it is in.

    Raises WrongValue, NotFound.
    """
    found = _PLACE.fullmatch(text.strip())
    if found is None:
        raise WrongValue(
            f"{text!r} is no place",
            "SUBJECT/EVENT/FORM, for example 01-0001/V3/VS or 01-0001/LOG/AE.2; of a site @SITE/EVENT/FORM",
        )
    reader = trial.store.read(system_sight())
    if is_file(found[1]):
        opened(reader.record(f"site/{found[1][1:]}"), found[1])
        return Place(found[1][1:], found[1], found[2], int(found[3] or 1), found[4], int(found[5] or 1))
    enrolled = reader.record(f"subject/{found[1]}")
    if enrolled is None:
        raise NotFound(f"there is no subject {found[1]}", "`trialkit subject list` shows those you may see")
    return Place(enrolled.place.site, found[1], found[2], int(found[3] or 1), found[4], int(found[5] or 1))


def eyes(trial: Trial, who: Identity, site: str = "") -> Reader:
    """What this person may read, forms that the study hides from their role left out."""
    sites = [site] if site else sorted(who.sites or ()) or [row.place.site for row in trial.everything().sites()]
    return trial.store.read(trial.sight(who, trial.study_at(sites[0]) if sites else None))


def pairs(words: list[str]) -> dict[str, str]:
    """`ITEM=VALUE` words as a mapping. Raises WrongValue."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise WrongValue(f"{word!r} is no ITEM=VALUE", "for example SYSBP_VSORRES=128; nothing after = clears it")
        found[name] = value
    return found
