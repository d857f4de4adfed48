"""What people do about what the system did: queries are answered, alerts acknowledged, deviations described."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from trialkit.ledger.entry import Draft
from trialkit.simulation.model.draws import Draws
from trialkit.simulation.sheets.sheet import LOG, Sheet, Site, Values, after, minute

CLASSES = {
    "C": "CONSENT", "E": "ELIGIBILITY", "D": "VISIT WINDOW", "P": "DOSE OR KIT", "I": "DOSE OR KIT", "T": "DISCHARGE",
    "K": "ACCOUNTABILITY", "A": "SAFETY REPORTING", "R": "PROCEDURE MISSED",
}  # fmt: skip
ANSWERS = (
    "The value is as in the source.",
    "Confirmed with the subject's chart.",
    "Checked against the source; it stands.",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Somebody answers a query."""

    stream: str
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """Something to do later because of what the system did."""

    moment: datetime
    task: Sheet | Answer


def replies(draft: Draft, moment: datetime, site: Site, draws: Draws) -> list[Reply]:
    """What follows a query that opened or a record that the system made."""
    if draft.act == "query.open":
        when = after(moment, 60 * 24 * min(draws.lognormal(4, 0.8), 40))
        masked = any(change.visibility == "unblinded" for change in draft.changes)
        role = "pharmacist" if masked or draft.place.form in ("DP", "DAW", "DAK", "DAL", "DAI") else "coordinator"
        return [Reply(when, Answer(draft.stream, role, draws.choice(ANSWERS)))]
    if draft.place.form == "SAL":
        return [_alert(draft, moment, site, draws)]
    if draft.place.form == "DV":
        return [_deviation(draft, after(moment, 60 * 20))]
    return []


def _alert(draft: Draft, moment: datetime, site: Site, draws: Draws) -> Reply:
    """The investigator acknowledges at once and judges; who told of intent is cleared after a talk the same day."""
    seen = after(moment, draws.randrange(4, 14))
    values: Values = {
        "SALACKBY": site.people["investigator"], "SALACKTM": minute(seen), "SALRISK": "LOW", "SALACT": ["SAFETY PLAN"],
        "SALCLR": "Y", "SALCLDT": minute(after(seen, 4)),
    }  # fmt: skip
    sheet = Sheet(after(seen, 5), LOG, "SAL", values, line=draft.place.form_repeat)
    return Reply(sheet.moment, sheet)


def _deviation(draft: Draft, moment: datetime) -> Reply:
    rule = next((str(change.new) for change in draft.changes if change.item == "DVRULE"), "")
    values: Values = {
        "DVDECOD": CLASSES.get(rule[:1], "OTHER"), "DVCAT": "IMPORTANT" if rule[:1] in "CEP" else "NOT IMPORTANT",
    }  # fmt: skip
    if values["DVCAT"] == "IMPORTANT":
        values["DVACN"] = "Staff trained again; the procedure was gone through step by step."
    sheet = Sheet(moment, LOG, "DV", values, line=draft.place.form_repeat)
    return Reply(sheet.moment, sheet)
