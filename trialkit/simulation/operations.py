"""What every trial has: items that were entered wrongly once and put right later (reference study, section 6.5).

Seven in a hundred items change once: most are typing errors, some follow a source document that was corrected, some a
query. A slip never touches what a hard check or a condition reads: nobody could have saved it.
"""

from __future__ import annotations

from dataclasses import replace

from trialkit.conduct.reason import Reason
from trialkit.simulation.model.draws import Draws
from trialkit.simulation.sheets.sheet import Sheet, Typed, Values, after
from trialkit.study.compiled import CompiledItem, CompiledStudy

SHARE = 0.07  # of all items
SHEETS = 0.40  # of the sheets have such items at all
REASONS = {
    "TRANSCRIPTION": (55, "A digit was mistyped; compared with the source."), "SOURCE": (35,
    "The source document was corrected."),
    "QUERY": (10, "Changed after a question about the value."),
}  # fmt: skip
NEVER = ("IC", "ICW", "IE", "RAND", "DS", "SAE", "SAL", "DV", "UB", "PRG", "DTH", "DAK", "DAL", "DAI", "DP", "DAW")


class Slips:
    """Which items of a study may be entered wrongly, and how."""

    def __init__(self, study: CompiledStudy) -> None:
        self._study = study
        self._harmless: dict[tuple[str, str], bool | None] = {}

    def item(self, form: str, oid: str, plain: bool) -> CompiledItem | None:
        """The item if a slip in it is harmless; with `plain`, only if no check at all would read it."""
        cform = self._study.forms.get(form)
        rule = cform.items.get(oid) if cform else None
        if rule is None or rule.compute is not None or rule.type not in ("text", "integer", "decimal"):
            return None
        harmless = self._verdict(form, oid, set())
        return rule if harmless and (not plain or harmless is True) else None

    def _verdict(self, form: str, oid: str, seen: set[tuple[str, str]]) -> bool | None | str:
        """True: nothing reads it; "soft": soft checks do; None: what a person cannot get past, or conditions."""
        key = (form, oid)
        if key in self._harmless:
            return self._harmless[key]
        if key in seen:
            return True
        seen.add(key)
        verdict: bool | None | str = True
        for reader, kind, name in self._study.item_readers.get(key, ()):
            if kind == "when":
                verdict = None
            elif kind == "check":
                hard = self._study.checks[name].severity == "hard"
                verdict = None if hard or verdict is None else "soft"
            else:
                further = self._verdict(reader, name, seen)
                verdict = None if further is None or verdict is None else further if verdict is True else verdict
            if verdict is None:
                break
        self._harmless[key] = verdict  # type: ignore[assignment]
        return verdict


def corrected(sheets: list[Sheet], draws: Draws, slips: Slips, plain: bool = False) -> list[Sheet]:
    """The sheets with slips in some of them, each followed by its correction."""
    found: list[Sheet] = []
    random = draws.random
    for sheet in sheets:
        found.append(sheet)
        if random() > SHEETS or sheet.form in NEVER or sheet.adopt or sheet.reason or sheet.mistake:
            continue
        wrong, rows = _slipped(sheet.values, sheet, draws, slips, plain), dict[str, Values]()
        for key, values in sheet.rows.items():
            if bad := _slipped(values, sheet, draws, slips, plain):
                rows[key] = bad
        if not wrong and not rows:
            continue
        right = {item: sheet.values[item] for item in wrong}
        right_rows = {key: {item: sheet.rows[key][item] for item in bad} for key, bad in rows.items()}
        code = draws.one_of({code: weight for code, (weight, _) in REASONS.items()})
        later = after(sheet.moment, 60 * 24 * min(draws.lognormal(3, 0.9), 60))
        found[-1] = replace(
            sheet, values=sheet.values | wrong, rows={key: row | rows.get(key, {}) for key, row in sheet.rows.items()}
        )
        reason = Reason(code, REASONS[code][1])
        found.append(replace(sheet, moment=later, values=right, rows=right_rows, reason=reason, final=False))
    return found


def _slipped(values: Values, sheet: Sheet, draws: Draws, slips: Slips, plain: bool) -> Values:
    wrong: Values = {}
    for oid, value in values.items():
        if isinstance(value, str) and draws.random() < RATE:
            rule = slips.item(sheet.form, oid, plain)
            bad = _slip(rule, value, draws) if rule is not None else None
            if bad is not None and bad != value:
                wrong[oid] = bad
    return wrong


RATE = 0.31  # of the items of such a sheet that can slip, so that 7 in 100 of all items change


def _slip(rule: CompiledItem, value: str, draws: Draws) -> Typed | None:
    """A value that somebody could have typed instead, inside all ranges."""
    if rule.type == "text":
        if not value.replace(".", "", 1).isdigit():
            at = draws.randrange(len(value))
            return value[:at] + value[at : at + 1] * 2 + value[at + 1 :] if value[at].isalpha() else None
        bad = value[:-1] + str((int(value[-1]) + draws.choice((1, 9))) % 10) if value[-1].isdigit() else value
    else:
        last = int(value[-1])
        step = draws.choice((1, -1))
        bad = value[:-1] + str(last + step) if 0 <= last + step <= 9 else value
    try:
        return bad if rule.type == "text" or rule.range_fault(rule.parse(bad)) is None else None
    except ValueError:
        return None
