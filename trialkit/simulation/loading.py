"""Reads a folder of stories: `cast.yaml`, `patterns.yaml`, and one file a story; every fault with file:line:column.

Visits are spelt out into single steps, and the steps of all stories are put into the order in which they happen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trialkit.errors import WrongStudy
from trialkit.simulation.story import Act, Cast, Patterns, Story, Variation
from trialkit.study.complaint import Complaint
from trialkit.study.text import Source, read
from trialkit.study.validation import validated

CAST, PATTERNS = "cast.yaml", "patterns.yaml"
_AFTER = re.compile(r"([+-])([0-9]{1,4}):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Step:
    """One act of one story: moment (UTC), site time that relative values count from, where it is written."""

    moment: datetime
    base: datetime
    story: Story
    act: Act
    place: str


@dataclass(frozen=True, slots=True)
class Play:
    """The cast, the stories by file name, and all their steps in order of time."""

    cast: Cast
    stories: dict[str, Story]
    steps: tuple[Step, ...]


def load_play(folder: str | Path) -> Play:
    """The stories in a folder. Raises WrongStudy, whose complaints name every fault with its place."""
    folder = Path(folder)
    if not (folder / CAST).is_file():
        raise WrongStudy(
            [Complaint(str(folder), 1, 1, f"there is no {CAST}", "give the folder that holds a study's stories")]
        )
    sources = {file.name: read(file, folder) for file in sorted(folder.glob("*.yaml"))}
    cast = validated(sources[CAST], Cast)
    patterns = validated(sources[PATTERNS], Patterns) if PATTERNS in sources else Patterns(patterns={})
    stories: dict[str, Story] = {}
    steps: list[Step] = []
    for name, source in sources.items():
        story = validated(source, Story) if name not in (CAST, PATTERNS) else None
        if story is not None:
            stories[name] = story
            if cast is not None and patterns is not None and not source.complaints:
                steps += _steps(source, story, cast, patterns)
    complaints = [complaint for source in sources.values() for complaint in source.complaints]
    if complaints or cast is None:
        raise WrongStudy(sorted(set(complaints)))
    return Play(cast, stories, tuple(sorted(steps, key=lambda step: step.moment)))


def later(text: str) -> timedelta | None:
    """The time of `+H:MM` or `-H:MM`, None for any other text."""
    found = _AFTER.fullmatch(text)
    if found is None:
        return None
    span = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return span if found[1] == "+" else -span


def _steps(source: Source, story: Story, cast: Cast, patterns: Patterns) -> Iterator[Step]:
    """The steps of a story; what is wrong with it is noted in its source."""
    try:
        zone = ZoneInfo(cast.sites[story.site].zone)
    except (KeyError, ValueError, ZoneInfoNotFoundError):
        source.complain(
            ("site",),
            f"site {story.site} is not of the cast",
            f"sites are {', '.join(cast.sites)}; zones are IANA names",
        )
        return
    before: datetime | None = None
    for number, act in enumerate(story.acts):
        try:
            base = datetime.fromisoformat(act.at)
            if base.tzinfo is not None or len(act.at) != 16:
                raise ValueError
        except ValueError:
            source.complain(("acts", number, "at"), f"{act.at!r} is no moment", "site time as 2025-03-04T09:30")
            continue
        for spelt, moment in _spelt_out(source, number, act, base, patterns):
            try:
                one = spelt.model_copy(update={"who": cast.meant(spelt.who, story.site)})
            except KeyError as nobody:
                source.complain(("acts", number), str(nobody.args[0]), f"grant the role in {CAST}")
                continue
            if one.who not in cast.people:
                source.complain(("acts", number, "who"), f"{one.who!r} is not of the cast", f"add them to {CAST}")
            if before is not None and moment < before:
                source.complain(
                    ("acts", number, "at"),
                    f"{moment:%d-%b %H:%M} is before the act above it",
                    "acts stand in order of time",
                )
            before = moment
            line, _ = source.place(("acts", number))
            yield Step(moment.replace(tzinfo=zone).astimezone(UTC), base, story, one, f"{source.name}:{line}")


def _spelt_out(
    source: Source, number: int, act: Act, base: datetime, patterns: Patterns
) -> Iterator[tuple[Act, datetime]]:
    if act.do != "visit":
        yield act, base
        return
    pattern = patterns.patterns.get(act.pattern)
    if pattern is None:
        source.complain(("acts", number, "pattern"), f"there is no pattern {act.pattern!r}", f"see {PATTERNS}")
        return
    names = [part.name or part.form for part in pattern]
    for name in (*act.vary, *act.without):
        if name not in names:
            source.complain(("acts", number), f"the pattern has no act {name!r}", f"its acts are {', '.join(names)}")
    for name, part in zip(names, pattern, strict=True):
        span = later(act.vary[name].after if name in act.vary and act.vary[name].after else part.after)
        if span is None:
            source.complain(
                ("acts", number), f"act {name} of the pattern has no time after the visit's begin", "after: +0:30"
            )
        elif name not in act.without:
            here = part.model_copy(
                update={"event": part.event or act.event, "event_repeat": act.event_repeat if not part.event else 1}
            )
            yield _varied(here, act.vary.get(name)), base + span


def _varied(act: Act, how: Variation | None) -> Act:
    if how is None:
        return act
    changed: dict[str, object] = {
        field: getattr(how, field)
        for field in ("who", "expect", "finished", "repeat")
        if getattr(how, field) not in ("", None)
    }
    for field in ("values", "tables", "explain"):
        changed[field] = getattr(act, field) | getattr(how, field)
    changed["each"] = {group: act.each.get(group, {}) | how.each.get(group, {}) for group in {*act.each, *how.each}}
    return act.model_copy(update=changed)
