"""The ward with a stockroom: two site forms as text, and a dose that reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.access.staff import acting
from tests.ward import Ward
from tests.ward_study import FORMS, STUDY
from trialkit.access.identity import Identity
from trialkit.conduct import amend, site
from trialkit.conduct.capture import Saved, save_form
from trialkit.ledger.entry import Place

SITE = """\
  SITE:
    title: Site file
    kind: site
    forms:
    - KIT
    - LEDGER
"""
KIT = """\
oid: KIT
title: Kit
repeating: yes
groups:
  MAIN:
    title: Kit
    items:
      KITNO:
        label: Kit number
      KITOK:
        label: Released
        type: yesno
      KITEXP:
        label: Expiry
        type: date
        future: yes
        optional: yes
checks:
  K05:
    finding: KITEXP < date(now)
    message: Kit {KITNO} is past its expiry.
    item: KITEXP
"""
LEDGER = """\
oid: LEDGER
title: Drug ledger
repeating: yes
groups:
  MAIN:
    title: Transaction
    items:
      TXIN:
        label: In
        type: integer
        soft:
          high: '100'
      TXOUT:
        label: Out
        type: integer
        optional: yes
      TXBY:
        label: Initials
        identifier: yes
        optional: yes
      TXBAL:
        label: Balance
        type: integer
        compute: total(LEDGER, TXIN, present(TXIN)) - total(LEDGER, TXOUT, present(TXOUT))
checks:
  K01:
    finding: TXBAL < 0
    severity: hard
    message: The ledger would go below zero.
    item: TXOUT
"""
DOSE = (
    FORMS["dose"]
    .replace("      DOSEMG:\n", "      DOSEKIT:\n        label: Kit\n        optional: yes\n      DOSEMG:\n")
    .replace(
        "checks:\n",
        "checks:\n"
        "  P13:\n    finding: first(KIT, KITOK, KITNO == here.DOSEKIT) == 'N'\n"
        "    message: Kit {DOSEKIT} is not released.\n    item: DOSEKIT\n",
    )
)


def stockroom(make_ward: Callable[..., Ward], **forms: str) -> Ward:
    """The ward with its site file still empty, and a second site."""
    more: Mapping[str, str] = {"study": STUDY + SITE, "kit": KIT, "ledger": LEDGER, "dose": DOSE, **forms}
    ward = make_ward(**more)
    site.add_site(ward.trial, acting("administrator"), "02", "Clinic South", "Europe/London", "GBR")
    amend.publish(ward.trial, ward.dee, ward.study, "02")
    return ward


def shelf(form: str, repeat: int = 1, site: str = "01") -> Place:
    """A place in the file of a site."""
    return Place(site, f"@{site}", "SITE", 1, form, repeat)


def stock(ward: Ward, place: Place, typed: dict[str, str], who: Identity | None = None, **more: object) -> Saved:
    """Save into the file of a site, as Ana of that site does."""
    ana = acting("coordinator", sites=frozenset({place.site}))
    return save_form(ward.trial, who or ana, place, typed, based_on=ward.version(place), **more)  # type: ignore[arg-type]
