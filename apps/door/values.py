"""The values of forms that are signed, in HTML that opens form by form: the same on the screen and at the door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from apps import history, widgets
from apps.door.html import text
from trialkit.conduct.called import called
from trialkit.conduct.contents import Contents


def values(forms: Iterable[Contents], people: Mapping[str, str]) -> str:
    """A part to open for each form: label and value of every answer, then the open queries; `people` by their ids."""
    return "".join(_form(one, people) for one in forms)


def _form(one: Contents, people: Mapping[str, str]) -> str:
    place = one.record.place
    rows = "".join(
        f'<tr><th scope="row">{text(history.label(one.study, place.form, line.path))}</th>'
        f"<td>{text(widgets.readable(line.rule, line.written, people, one.study.study.file.missing_reasons))}</td></tr>"
        for line in one.lines
    )
    head = '<thead><tr><th scope="col">Item</th><th scope="col">Value</th></tr></thead>'
    table = f"<table>{head}<tbody>{rows}</tbody></table>"
    asked = "".join(f"<li>{text(query.text)} ({text(query.query.status.lower())})</li>" for query in one.asked)
    many = f"{len(one.lines)} value{'s' if len(one.lines) != 1 else ''}"
    waits = f", <strong>{len(one.asked)} open quer{'ies' if len(one.asked) != 1 else 'y'}</strong>" if asked else ""
    form = text(called(one.study.study, place))
    return (
        f"<details><summary>{form}: version {one.record.version}, {many}{waits}</summary>"
        f"{table if rows else '<p>No answer that you may see.</p>'}{f'<ul>{asked}</ul>' if asked else ''}</details>"
    )
