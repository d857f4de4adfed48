"""`trialkit record`: enter a form, correct it, strike a line, look at it and at how it came to be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from trialkit.access.identity import Identity
from trialkit.cli.opening import acting
from trialkit.cli.options import KeysPath, Passphrase, Password, StoreUrl, User
from trialkit.cli.place import Where, eyes, pairs, place
from trialkit.conduct.answers import Typed
from trialkit.conduct.capture import Saved, inactivate, save_form
from trialkit.conduct.consent import obtain
from trialkit.conduct.reason import Reason
from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound
from trialkit.ledger.entry import Place, Written
from trialkit.store.record import EntryView, Record
from trialkit.study.compiled import split
from trialkit.study.model import Form
from trialkit.values import Missing

app = typer.Typer(no_args_is_help=True, help="Forms: enter, correct, strike, look, see the history.")

WIDTH = 116

Role = Annotated[str, typer.Option("--as", help="The role to act in, for who holds several.")]
Why = Annotated[str, typer.Option("--reason", help="Code of the study's change reasons, for a change of what stood.")]
Pairs = Annotated[list[str], typer.Option(metavar="ITEM=REASON", help="Why an answer is missing.")]
Explained = Annotated[list[str], typer.Option(metavar="CHECK=TEXT", help="Explains a hard check on a past event.")]
Because = Annotated[str, typer.Option("--because", help="The reason in your own words.")]


@app.command()
def save(
    where: Where,
    answers: Annotated[list[str], typer.Argument(metavar="ITEM=VALUE...", help="A;B for several codes; ITEM= clears.")],
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password,
    missing: Pairs = [],  # noqa: B006
    reason: Why = "", because: Because = "",
    explain: Explained = [],  # noqa: B006
    finished: Annotated[bool, typer.Option(help="The form is finished: missing answers are asked for.")] = True,
    based_on: Annotated[int | None, typer.Option(min=0, help="The version you saw; else the one that stands.")] = None,
    role: Role = "",
) -> None:  # fmt: skip
    """Enter or correct a form. Wrong answers are refused one by one, the rest is saved; exit 1 if any was refused.

    Example: trialkit record save 01-0001/V1/VS VSDAT=2026-01-20 WEIGHT_VSORRES=67.4
    """
    typed: dict[str, Typed] = {**pairs(answers), **{item: Missing(code) for item, code in pairs(missing).items()}}
    with acting(store, keys, passphrase, user, password, role) as (at, who):
        trial = Trial(at)
        here = place(trial, where)
        version = _version(trial, here) if based_on is None else based_on
        given = Reason(reason, because) if reason else None
        consent = trial.study_at(here.site).study.file.consent
        if consent is not None and consent.form == here.form:
            saved = obtain(trial, who, here, typed, based_on=version, reason=given, explanations=pairs(explain))
        else:
            saved = save_form(
                trial, who, here, typed, based_on=version, reason=given, explanations=pairs(explain), submit=finished
            )
        _tell(trial, here, saved)


@app.command()
def strike(
    where: Where,
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password,
    reason: Why, because: Because,
    row: Annotated[str, typer.Option(help="A row of the form instead of all of it, as GROUP[2].")] = "",
    role: Role = "",
) -> None:  # fmt: skip
    """Strike a line of a log, or a row: it stays to be seen, with the reason, and counts nowhere.

    Example: trialkit record strike 01-0001/LOG/AE.2 --reason OTHER --because "the same event as line 1"
    """
    with acting(store, keys, passphrase, user, password, role) as (at, who):
        trial = Trial(at)
        here = place(trial, where)
        given = Reason(reason, because)
        _tell(trial, here, inactivate(trial, who, here, reason=given, based_on=_version(trial, here), row=row))


@app.command()
def show(
    where: Where,
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password, role: Role = "",
) -> None:  # fmt: skip
    """A form as it stands, item by item, in the study version it was entered in.

    Example: trialkit record show 01-0001/V3/IM
    """
    with acting(store, keys, passphrase, user, password, role) as (at, who):
        trial = Trial(at)
        record, form = _opened(trial, who, place(trial, where))
        typer.echo(f"{form.title}: {record.status.lower()}, version {record.version}")
        for line in _lines(record, form):
            typer.echo(line)


@app.command()
def history(
    where: Where,
    store: StoreUrl, keys: KeysPath, passphrase: Passphrase, user: User, password: Password, role: Role = "",
) -> None:  # fmt: skip
    """How a form came to be: every act on it, who, when, from what to what, and why.

    Example: trialkit record history 01-0001/V3/EC
    """
    with acting(store, keys, passphrase, user, password, role) as (at, who):
        trial = Trial(at)
        here = place(trial, where)
        _opened(trial, who, here)
        for entry in eyes(trial, who, here.site).history(stream=here.record):
            for line in _told(entry, trial.zone(here.site)):
                typer.echo(line)


def _opened(trial: Trial, who: Identity, here: Place) -> tuple[Record, Form]:
    """The record and its form, if this person may open it; a refused attempt is written down."""
    study = trial.study_at(here.site).study
    if here.form not in study.forms:
        raise NotFound(f"there is no form {here.form}", "forms are " + ", ".join(study.forms))
    trial.authorise(who, "record.read", here, form=study.forms[here.form], study=study)
    record = eyes(trial, who, here.site).record(here)
    if record is None:
        raise NotFound(
            f"nothing has been entered at {here.record.removeprefix('record/')}", "see `trialkit subject show`"
        )
    return record, trial.compiled(record.study).study.forms[here.form]


def _version(trial: Trial, here: Place) -> int:
    stands = trial.everything().record(here)
    return stands.version if stands else 0


def _tell(trial: Trial, here: Place, saved: Saved) -> None:
    typer.echo("Nothing changed." if saved.unchanged else f"Saved as version {saved.version}.")
    for path, wrong in saved.refused.items():
        typer.echo(f"refused  {path}: {wrong}", err=True)
    for finding in saved.findings:
        typer.echo(f"{finding.severity:<8} {finding.check} at {finding.item}: {finding.message}")
    if saved.refused:
        raise typer.Exit(1)


def _lines(record: Record, form: Form) -> Iterator[str]:
    """Single items one a line with their labels; rows of a group as a table."""
    if record.values.get("@inactive") == "Y":
        yield "struck: it counts nowhere"
    rows: dict[str, dict[str, dict[str, str]]] = {}
    for path, value in record.values.items():
        group, row, item = split(path)
        if item in form.items:
            unit = form.items[item].unit if isinstance(value, str) and not row else None
            text = f"{_text(value)} {unit or ''}".rstrip()
            rows.setdefault(group or form.group_of[item], {}).setdefault(row, {})[item] = text
    for oid, group_of in form.groups.items():
        found = rows.get(oid, {})
        if found:
            yield group_of.title
        if group_of.repeating:
            ordered = dict(sorted(found.items(), key=lambda one: _rank(form, oid, one[0])))
            yield from _table(ordered, [item for item in group_of.items if any(item in row for row in found.values())])
        else:
            there = found.get("", {})
            for item in (item for item in group_of.items if item in there):
                yield f"  {item:<16} {form.items[item].label[:52]:<52} {there[item]}"


def _table(rows: dict[str, dict[str, str]], items: list[str]) -> Iterator[str]:
    """Rows under their items, in as many blocks as the width of a page needs."""
    first = max((len(row) for row in rows), default=0)
    widths = {item: max(len(item), *(len(row.get(item, "")) for row in rows.values())) for item in items}
    while items:
        block: list[str] = []
        while items and (not block or first + sum(widths[item] + 2 for item in (*block, items[0])) <= WIDTH):
            block.append(items.pop(0))
        for key, row in {"": {item: item for item in block}, **rows}.items():
            yield "  ".join([f"  {key:<{first}}", *(f"{row.get(item, ''):<{widths[item]}}" for item in block)]).rstrip()


def _rank(form: Form, group: str, row: str) -> tuple[int, int]:
    points = list(form.groups[group].timepoints or ())
    head, _, number = row.partition(".")
    place = points.index(head) if head in points else 0
    return place, int(number or head) if (number or head).isdigit() else 0


def _told(entry: EntryView, zone: ZoneInfo) -> Iterator[str]:
    reason = f"  reason {entry.reason}" if entry.reason else ""
    there = datetime.fromisoformat(entry.recorded_at).astimezone(zone)
    when = f"{entry.recorded_at[:19]}Z ({there:%d %b %H:%M} at the site)"
    yield f"{entry.seq:>6}  {when}  {entry.act}  {entry.actor.name} ({entry.actor.role}){reason}"
    for shown in entry.changes:
        change = shown.change
        if change.item != "@status":
            old = f"{_text(change.old)} -> " if change.old is not None else ""
            yield f"        {change.item}: {old}{_text(change.new) or '(cleared)'}"
    if entry.withheld:
        yield f"        {entry.withheld} more, which you may not see"


def _text(value: Written) -> str:
    if isinstance(value, dict):
        return f"missing ({value['m']})"
    return "; ".join(value) if isinstance(value, list) else value or ""
