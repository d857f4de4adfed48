"""What a role that enters single forms still owes: its forms at visits that have begun, and nothing else of them."""

from __future__ import annotations

from trialkit.access.identity import Identity
from trialkit.access.table import permission
from trialkit.conduct.absent import absent
from trialkit.conduct.disposed import disposed
from trialkit.conduct.next_step import enters_form
from trialkit.conduct.trial import Trial
from trialkit.ledger.entry import Place
from trialkit.store.outline import Outline


def owed(trial: Trial, who: Identity) -> list[Place]:
    """The forms that `who` enters by name and that stand nowhere yet, at visits that have begun, site by site.

    Empty for roles that enter forms at large: theirs are found through the subjects. A visit counts as begun when
    anything of it is entered, also what `who` does not see: of it no more is told than that the form is due. Nothing is
    owed of a visit that did not take place, nor of a subject that failed at screening.
    """
    allowed, study = permission(who.role, "record.save"), trial.latest(who.sites)
    if allowed is None or not allowed.named or study is None or permission(who.role, "record.read") is None:
        return []
    mine = {oid for oid, form in study.forms.items() if enters_form(form, who) and not form.form.repeating}
    found = []
    subjects = [row.place for row in trial.reader(who).subjects()]
    begun: dict[str, list[Outline]] = {}
    for outline in trial.everything().outlines([one.subject for one in subjects]):
        if not outline.inactive:
            begun.setdefault(outline.place.subject, []).append(outline)
    order = {oid: n for n, oid in enumerate(study.study.file.events)}
    for one in subjects:
        stands = {outline.stream for outline in begun.get(one.subject, ())}
        visits = {(outline.place.event, outline.place.event_repeat) for outline in begun.get(one.subject, ())}
        for event, repeat in sorted(visits, key=lambda visit: (order.get(visit[0], 999), visit[1])):
            if event in study.events and study.study.file.events[event].kind in ("scheduled", "unscheduled"):
                places = (Place(one.site, one.subject, event, repeat, form) for form in study.events[event])
                found += [place for place in places if place.form in mine and place.record not in stands]
    everything, failed, missed = trial.everything(), set[str](), set[tuple[str, str, int]]()
    for subject, site in {place.subject: place.site for place in found}.items():
        over = disposed(everything, study, subject, {outline.place.form for outline in begun[subject]})
        if over is not None and over.failed:
            failed.add(subject)
        missed |= {(subject, *visit) for visit in absent(trial, everything, study, subject, site)}
    return [place for place in found if place.subject not in failed
            and (place.subject, place.event, place.event_repeat) not in missed]  # fmt: skip
