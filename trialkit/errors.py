"""One class per way to fail. Each carries its facts as fields, one sentence, and a hint that says how to mend it."""

from __future__ import annotations

from collections.abc import Sequence


class TrialkitError(Exception):
    """The root of every refusal: `sentence` says what and where, `hint` how to mend it."""

    def __init__(self, sentence: str, hint: str = "", **facts: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.sentence} ({self.hint})" if self.hint else self.sentence


class WrongValue(TrialkitError):
    """A text that is no value of its item's type, code list, length or hard range."""


class WrongStudy(TrialkitError):
    """A study folder with complaints; `complaints` lists every one of them with its place."""

    def __init__(self, complaints: Sequence[object]) -> None:
        what = f"{len(complaints)} complaint(s) in the study"
        super().__init__(what, "each line names its place", complaints=complaints)
        self.complaints = complaints

    def __str__(self) -> str:
        return "\n".join(str(c) for c in self.complaints)


class WrongExpression(TrialkitError):
    """An expression that is not of the language or not true to the study; `faults` lists (offset, sentence, hint)."""

    def __init__(self, source: str, faults: list[tuple[int, str, str]]) -> None:
        offset, sentence, hint = faults[0]
        super().__init__(sentence, hint, source=source, offset=offset)
        self.source = source
        self.faults = faults

    def __str__(self) -> str:
        return "\n".join(
            f"{sentence} ({hint})\n  {self.source}\n  {' ' * offset}^" for offset, sentence, hint in self.faults
        )


class Refused(TrialkitError):
    """This person may not do this here (21 CFR 11.10(g)); the attempt is an entry of its own."""


class SignInFailed(TrialkitError):
    """User id and password do not belong together, or the account may not sign in now."""


class StaleRecord(TrialkitError):
    """The record moved since it was read: `mine` and `theirs` hold both versions, nothing typed is lost."""


class NotFound(TrialkitError):
    """No such subject, record, site, person, form or query."""


class OutOfOrder(TrialkitError):
    """A step before the step that permits it (21 CFR 11.10(f)): a dose before consent, an edit of a locked form."""


class ReasonNeeded(TrialkitError):
    """A change to a submitted value came without a reason that says something."""


class StoreRefused(TrialkitError):
    """The database is not one this software may write to: settings, role, kind, version."""


class KeysMissing(TrialkitError):
    """A key that this act needs is not in the key folder, or the passphrase does not open it."""


class NotContinuous(TrialkitError):
    """The ledger is not a continuation of what was last signed: rolled back, cut or rewritten."""


class Broken(TrialkitError):
    """Verification found something that does not agree: `table`, `row`, `field` say where."""


class WrongFile(TrialkitError):
    """An outside file (CSV, mapping, export, YAML) that cannot be read as what it should be."""


class Blocked(TrialkitError):
    """Hard checks stand against a save: `findings` names them, `values` is all that was typed; nothing was written."""


class WrongStory(TrialkitError):
    """A story went otherwise than it tells: its place, what was expected and what happened."""
