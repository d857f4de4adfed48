"""What a line of a log is about: the answer to the question that is the topic of its SDTM domain.

The topic variable of the class Events is --TERM, of the class Interventions --TRT (CDISC SDTM).
"""

from __future__ import annotations

from trialkit.ledger.entry import Written
from trialkit.store.readers import Reader
from trialkit.study.compiled import CompiledForm, CompiledItem

TOPICS = ("TERM", "TRT", "PRESP")
"""The topics, and last the question that asks everybody about a condition named before: its code is the topic then."""


def topics(reader: Reader, subject: str, form: CompiledForm) -> dict[str, tuple[CompiledItem, Written]]:
    """Stream -> question and answer, of the lines of this form that have one which this reader may see."""
    asked = [rule for kind in TOPICS for rule in form.items.values()
             if any(_is(kind, target.target) for target in rule.item.sdtm)]  # fmt: skip
    found: dict[str, tuple[CompiledItem, Written]] = {}
    for record in reader.records(subject=subject, form=form.oid) if asked else ():
        for rule in asked:
            written = record.values.get(rule.oid)
            if written is not None and not isinstance(written, dict):
                found.setdefault(record.stream, (rule, written))
    return found


def _is(kind: str, target: str) -> bool:
    domain, _, variable = target.partition(".")
    return variable == domain + kind
