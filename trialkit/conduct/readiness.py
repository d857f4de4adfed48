"""Whether a dose may start: what holds it, what stands against it, and what nobody can tell yet for want of data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trialkit.access.identity import Identity
from trialkit.conduct.checking import Finding
from trialkit.conduct.infusion import part
from trialkit.conduct.preview import Preview, preview
from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound
from trialkit.ledger.entry import Place
from trialkit.study.compiled import CompiledForm, CompiledStudy


@dataclass(frozen=True, slots=True)
class Readiness:
    """Labels of the holds that are on, findings against a start now, and what is not known yet: of what -> labels.

    `decision` is the code of the decision that was saved, or None.
    """

    holds: tuple[str, ...]
    against: tuple[Finding, ...]
    unknown: Mapping[str, tuple[str, ...]]
    decision: str | None

    @property
    def clear(self) -> bool:
        """Whether all that is asked before a dose is known, and nothing stands against it."""
        return not (self.holds or self.against or self.unknown)


def readiness(trial: Trial, who: Identity, visit: Place) -> Readiness:
    """What the study's own checks would say of a dose that starts now. Raises NotFound, Refused."""
    study = trial.study_at(visit.site)
    day = study.study.file.session
    if day is None:
        raise NotFound("this study has no infusion session", "its study.yaml says nothing under session")
    spec, said, now = day.readiness, day.record, trial.now(visit.site)
    stands = trial.reader(who).record(part(visit, spec.form))
    decision = stands.values.get(spec.decision) if stands else None
    look = preview(trial, who, part(visit, spec.form), {} if decision else {spec.decision: spec.go})
    start = {said.given: "Y", said.start_date: f"{now:%Y-%m-%d}", said.start_time: f"{now:%H:%M:%S}"}
    dose = preview(trial, who, part(visit, said.form), start)
    items = study.forms[spec.form].items
    unknown = _unknown(trial, who, visit, study, look)
    if said.planned and dose.values.get(said.planned) is None and said.planned not in dose.hidden:
        unknown[study.forms[said.form].form.title] = (study.forms[said.form].items[said.planned].item.label,)
    return Readiness(
        tuple(items[item].item.label for item in spec.holds if look.values.get(item) == "Y"),
        tuple(f for f in (*look.findings, *dose.findings) if f.severity == "hard"),
        unknown, str(decision) if decision else None,
    )  # fmt: skip


def _unknown(
    trial: Trial, who: Identity, visit: Place, study: CompiledStudy, look: Preview
) -> dict[str, tuple[str, ...]]:
    """Of each hold that is not on what it is worked out from and does not stand; of the form what is not answered."""
    assert study.study.file.session is not None
    spec = study.study.file.session.readiness
    own, reader = study.forms[spec.form], trial.reader(who)
    found: dict[str, tuple[str, ...]] = {}
    for hold in spec.holds:
        rule = own.items[hold]
        if rule.compute is None or look.values.get(hold) == "Y":
            continue
        missing = []
        for form, item in sorted(rule.compute.reads):
            if form == spec.form:
                known = look.values.get(item) is not None or item in look.unasked | look.hidden
            else:
                if form not in study.study.event_forms[visit.event]:
                    continue  # of another visit: what is not there was never to be
                record = reader.record(part(visit, form))
                known = record is not None and record.values.get(item) is not None
            if not known:
                missing.append(study.forms[form].items[item].item.label)
        if missing:
            found[rule.item.label] = tuple(missing)
    told = {label for labels in found.values() for label in labels}
    if labels := tuple(label for label in _unanswered(own, look) if label not in told):
        found[own.form.title] = labels
    return found


def _unanswered(form: CompiledForm, look: Preview) -> list[str]:
    """The labels of the questions that are asked once and must be answered, and are not."""
    return [
        rule.item.label for oid, rule in form.items.items()
        if rule.compute is None and not (rule.repeating or rule.item.optional or rule.item.retired)
        and oid not in look.unasked | look.hidden and look.values.get(oid) is None
    ]  # fmt: skip
