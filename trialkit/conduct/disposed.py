"""What the disposition records say has ended, by the CDISC terms that their answers are submitted as."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from trialkit.store.readers import Reader
from trialkit.study.compiled import CompiledForm, CompiledStudy

PARTICIPATION, TREATMENT = "STUDY PARTICIPATION", "STUDY TREATMENT"
"""What DS.DSSCAT says of the record that ends a part of the study (SDTM terminology DSSCAT)."""
COMPLETED, FAILED = "COMPLETED", "SCREEN FAILURE"
"""Of DS.DSDECOD (SDTM terminology NCOMPLT, C66727)."""


@dataclass(frozen=True, slots=True)
class Disposed:
    """Whether the subject's part in the study has ended, failed at screening, and treatment was given up early."""

    ended: bool = False
    failed: bool = False
    untreated: bool = False


def disposed(
    reader: Reader, study: CompiledStudy, subject: str, held: Collection[str] | None = None
) -> Disposed | None:
    """Of one subject; None where `reader` sees no disposition. `held`: the forms that the subject has, if known."""
    known, ended, failed, untreated = False, False, False, False
    seen = reader.sight.forms
    for form in study.forms.values():
        periods, reasons = _submitted_as(form, "DS.DSSCAT"), _submitted_as(form, "DS.DSDECOD")
        if not (periods or reasons) or (seen is not None and form.oid not in seen):
            continue
        known = known or bool(periods)
        if held is not None and form.oid not in held:
            continue
        for record in reader.records(subject=subject, form=form.oid):
            if record.values.get("@inactive") == "Y":
                continue
            said = {_words(form, item, record.values.get(item)) for item in periods}
            why = {_words(form, item, record.values.get(item)) for item in reasons} - {""}
            ended = ended or PARTICIPATION in said
            failed = failed or FAILED in why
            early = bool(why) and COMPLETED not in why
            untreated = untreated or (early and any(one.startswith(TREATMENT) for one in said))
    return Disposed(ended, failed, untreated) if known or failed else None


def _submitted_as(form: CompiledForm, target: str) -> list[str]:
    return [rule.oid for rule in form.items.values() if any(one.target == target for one in rule.item.sdtm)]


def _words(form: CompiledForm, item: str, written: object) -> str:
    terms = (PARTICIPATION, TREATMENT, COMPLETED, FAILED)
    labels = form.items[item].labels
    known = labels if isinstance(labels, dict) else {}
    if not isinstance(written, str):  # nothing, or why there is no answer
        return ""
    return str(written if written in terms else known.get(written, written)).upper()
