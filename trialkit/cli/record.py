"""`trialkit record`: enter a form, correct it, strike a line, look at it and at how it came to be."""

from __future__ import annotations

from typing import Annotated

import typer

from trialkit.access.identity import Identity
from trialkit.cli.opening import acting
from trialkit.cli.options import KeysPath, Passphrase, Password, StoreUrl, User
from trialkit.cli.place import Where, eyes, pairs, place
from trialkit.cli.shown import Telling, form_lines
from trialkit.conduct.answers import Typed
from trialkit.conduct.capture import Saved, inactivate, save_form
from trialkit.conduct.consent import obtain
from trialkit.conduct.reason import Reason
from trialkit.conduct.sitefile import is_file
from trialkit.conduct.trial import Trial
from trialkit.errors import NotFound
from trialkit.ledger.entry import Place
from trialkit.store.record import Record
from trialkit.study.compiled import CompiledStudy
from trialkit.study.model import Study
from trialkit.values import Missing

app = typer.Typer(no_args_is_help=True, help="Forms: enter, correct, strike, look, see the history.")

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

    A form that belongs to the site and to no subject, such as its stock, is kept in the site's file. Its first record
    opens the file. Example: trialkit record save @01/SITE/DAL.2 TXTYPE=RECEIPT TXIN=10
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
        record, study = _opened(trial, who, place(trial, where))
        for line in form_lines(record, study):
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
        _, entered = _opened(trial, who, here)
        codes = {**entered.file.change_reasons, **trial.study_at(here.site).study.file.change_reasons}
        telling = Telling(trial.zone(here.site), codes)
        for entry in eyes(trial, who, here.site).history(stream=here.record):
            for line in telling.lines(entry):
                typer.echo(line)


def _opened(trial: Trial, who: Identity, here: Place) -> tuple[Record, Study]:
    """The record and the study version it was entered in; a refused attempt to open it is written down."""
    compiled = trial.study_at(here.site)
    study = compiled.study
    if here.form not in study.forms:
        raise NotFound(f"there is no form {here.form}", "forms are " + ", ".join(study.forms))
    form = study.forms[here.form]
    trial.authorise(who, "record.read", here, form.visibility, form=form, study=study)
    record = eyes(trial, who, here.site).record(here)
    if record is None:
        raise _absent(compiled, here)
    return record, trial.compiled(record.study).study


def _absent(study: CompiledStudy, here: Place) -> NotFound:
    """Why there is nothing to open: no such event, no such form at it, or nothing entered yet."""
    events = study.study.file.events
    if here.event not in events:
        return NotFound(f"there is no event {here.event}", "events are " + ", ".join(events))
    if here.form not in study.forms_at(here.event):
        where = ", ".join(event for event in events if here.form in study.forms_at(event))
        return NotFound(f"form {here.form} is not filled in at {here.event}", f"it stands at {where or 'no event'}")
    shown = "site" if is_file(here.subject) else "subject"
    return NotFound(
        f"nothing has been entered at {here.record.removeprefix('record/')}",
        f"see `trialkit {shown} show`; `trialkit study items FOLDER {here.form}` lists what the form asks",
    )


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
