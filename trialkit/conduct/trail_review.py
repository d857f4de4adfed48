"""Reviews of the change log itself: who looked at which entries, when, and what they say of it (EMA 2023, 6.2.2).

A mark says which entries of which selection were looked at. It counts only for who sees no more than its reviewer saw:
what was masked or out of sight then was not reviewed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace

from trialkit.access.identity import Identity
from trialkit.conduct.trial import Trial
from trialkit.conduct.words import said
from trialkit.errors import OutOfOrder, WrongValue
from trialkit.ledger.entry import Change, Draft, Place, Receipt, Visibility, Written
from trialkit.store.log import Wanted
from trialkit.store.readers import Reader
from trialkit.store.record import EntryView
from trialkit.store.sight import Sight

REVIEW = "ledger.review"
_STREAMS = "review/"
_LOOK = 500
FILTERS = ("person", "role", "site", "subject", "form", "item", "acts", "but", "reason", "since", "until")
"""The fields of what is wanted that narrow a selection."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A mark: the entries `first` to `last` that fit `wanted` (`count` of them) were looked at, with what was said.

    `sites`, `visibility` and `forms` are what the reviewer saw then (None: all).
    """

    entry: EntryView
    wanted: Wanted
    first: int
    last: int
    count: int
    comment: str
    sites: frozenset[str] | None
    visibility: frozenset[str]
    forms: frozenset[str] | None

    def covers(self, wanted: Wanted, sight: Sight) -> bool:
        """Whether whoever has this sight, and wants this, sees nothing among its entries that was not looked at."""
        mine = {name: getattr(self.wanted, name) for name in FILTERS}
        within = all(not value or value == getattr(wanted, name) for name, value in mine.items())
        sites = frozenset({wanted.site}) if wanted.site else sight.sites
        return (
            within
            and not sight.signins  # how sign-ins went is shown to no reviewer
            and (self.sites is None or (sites is not None and sites <= self.sites))
            and sight.visibility <= self.visibility
            and (self.forms is None or (sight.forms is not None and sight.forms <= self.forms))
        )


def mark(
    trial: Trial, who: Identity, wanted: Wanted, first: int, last: int, comment: str, *, request: str | None = None
) -> Receipt:  # fmt: skip
    """State that the entries from `first` to `last` that fit `wanted` were reviewed, with a comment.

    Raises Refused; WrongValue for numbers that no entries have or a comment that says nothing; OutOfOrder where no
    entry fits.
    """
    reader = trial.reader(who)
    visibility: Visibility = "unblinded" if "unblinded" in reader.sight.visibility else "open"
    at_sites(trial, who, REVIEW, wanted.site, visibility)
    stream = f"{_STREAMS}{who.person}"
    done = trial.earlier(request, stream, (REVIEW,))
    if done:
        return done[0]
    comment = said(comment)
    if not 0 <= first <= last < trial.store.size:
        raise WrongValue(
            f"there are no entries {first:,} to {last:,}", f"the entries are numbered 0 to {trial.store.size - 1:,}"
        )
    count = sum(1 for _ in selected(reader, replace(wanted, after=first - 1, before=last + 1)))
    if not count:
        raise OutOfOrder("no entry that you may see fits there", "look at the entries, then mark them")
    sight = reader.sight
    facts: dict[str, Written] = {"first": str(first), "last": str(last), "entries": str(count)}
    facts |= {f"sight.{name}": sorted(value) for name in _SIGHT if (value := getattr(sight, name)) is not None}
    texts: dict[str, Written] = {"comment": comment}
    texts |= {f"filter.{n}": [*v] if isinstance(v, tuple) else v for n in FILTERS if (v := getattr(wanted, n))}
    changes = [Change(item, None, new) for item, new in facts.items()]
    changes += [Change(item, None, new, visibility) for item, new in texts.items()]
    return trial.append([Draft(REVIEW, who.actor, stream, tuple(changes))], request=request)[0]


def at_sites(trial: Trial, who: Identity, act: str, site: str, visibility: Visibility = "open") -> None:
    """Authorise an act that speaks of one site or, where none is named, of all that `who` has. Raises Refused."""
    for one in [site] if site else sorted(who.sites) if who.sites else [""]:
        trial.authorise(who, act, Place(site=one), visibility)


def selected(reader: Reader, wanted: Wanted) -> Iterator[EntryView]:
    """Every entry that fits, newest first."""
    while True:
        look = reader.look(replace(wanted, most=_LOOK))
        yield from look.entries
        if look.next is None:
            return
        wanted = replace(wanted, before=look.next)


def reviews(reader: Reader) -> list[Reviewed]:
    """The marks in sight, newest first."""
    found = (_read(entry) for entry in selected(reader, Wanted(stream=_STREAMS, acts=(REVIEW,))))
    return [one for one in found if one is not None]


def covering(marks: Iterable[Reviewed], wanted: Wanted, sight: Sight) -> list[Reviewed]:
    """Those of the marks that count for this selection and sight, by the number of their last entry, highest first."""
    return sorted((one for one in marks if one.covers(wanted, sight)), key=lambda one: (-one.last, -one.entry.seq))


def gaps(marks: Iterable[Reviewed]) -> list[tuple[int, int]]:
    """The entries (from, to) up to the last reviewed one that no mark covers, lowest first."""
    found, end = list[tuple[int, int]](), -1
    for one in sorted(marks, key=lambda one: one.first):
        if one.first > end + 1:
            found.append((end + 1, one.first - 1))
        end = max(end, one.last)
    return found


_SIGHT = ("sites", "visibility", "forms")


def _read(entry: EntryView) -> Reviewed | None:
    told = {part.change.item: part.change.new for part in entry.changes}
    if not {"first", "last", "entries"} <= told.keys():  # lawfully redacted: it covers nothing any more
        return None
    names = {field.name for field in fields(Wanted)} & set(FILTERS)
    asked = {name: told[f"filter.{name}"] for name in names if f"filter.{name}" in told}
    acts, but = (tuple(asked.pop(name, None) or ()) for name in ("acts", "but"))
    wanted = Wanted(**{name: str(value) for name, value in asked.items()}, acts=acts, but=but)  # type: ignore[arg-type]
    sites, classes, forms = (_named(told.get(f"sight.{name}")) for name in _SIGHT)
    if entry.withheld:  # where its filter is out of sight nobody can say what it covers
        sites = classes = forms = frozenset()
    return Reviewed(
        entry, wanted, int(str(told["first"])), int(str(told["last"])), int(str(told["entries"])),
        str(told.get("comment", "")), sites, classes or frozenset(), forms,
    )  # fmt: skip


def _named(value: Written) -> frozenset[str] | None:
    return frozenset(value) if isinstance(value, list) else None
