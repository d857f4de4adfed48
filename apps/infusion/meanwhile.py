"""What was saved in a session while somebody tapped: who, when and what, a line an entry."""

from __future__ import annotations

from apps import here, history
from apps.infusion.room import Room
from trialkit.conduct.standing import is_mark


def since(room: Room, dose: int, steps: int) -> list[str]:
    """What people saved in the record of the dose and in its steps after these versions, oldest first."""
    found = []
    for form, version in ((room.day.record.form, dose), (room.day.steps.form, steps)):
        for entry in here.reader().history(stream=room.place(form).record):
            if entry.version <= version or entry.actor.id == "system":
                continue
            said = [
                f"{history.label(room.study, form, shown.change.item)}: "
                f"{history.read(room.study, form, shown.change.item, shown.change.new) or 'nothing'}"
                for shown in entry.changes
                if not is_mark(shown.change.item) and not shown.change.item.startswith("@")
            ]
            if not said:  # nothing that this person is shown
                continue
            at = here.moment(entry.recorded_at, room.visit.site)
            found.append((entry.seq, f"{entry.actor.name}, {at}: {', '.join(said)}"))
    return [line for _, line in sorted(found)]
