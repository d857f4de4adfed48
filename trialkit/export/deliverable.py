"""What is handed over, declared as data: one YAML file per deliverable in `exports/<study>/` (docs/exports.md).

The models are frozen and refuse unknown keys; the name of a deliverable is the name of its file.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from trialkit.study.node import Flag, Node

NAME = r"^[a-z0-9][a-z0-9-]{0,29}$"


class Declared(Node):
    """What every deliverable says: a title, and whether unblinded values are left out whoever asks for it."""

    title: str
    blinding: Literal["blinded", "reader"] = "blinded"
    """`blinded`: never an unblinded value. `reader`: what the person who exports may see."""


class _Csv(Declared):
    profile: Literal["spreadsheet", "machine"] = "spreadsheet"


class CsvForms(_Csv):
    """Wide CSV files: one per form and per repeating group."""

    kind: Literal["csv-forms"]
    forms: list[str] | None = None


class CsvItems(_Csv):
    """One CSV with a row per value."""

    kind: Literal["csv-items"]
    forms: list[str] | None = None


class CsvChanges(_Csv):
    """The change log: a row per changed field."""

    kind: Literal["csv-changes"]


class CsvDictionary(_Csv):
    """The data dictionary."""

    kind: Literal["csv-dictionary"]


class CsvQueries(_Csv):
    """A row per line of every query's thread."""

    kind: Literal["csv-queries"]


class Moment(Node):
    """A moment for the cover: the first or last record of a form that has a date, with an order to keep."""

    title: str
    form: str
    date: str
    time: str | None = None
    take: Literal["first", "last"] = "first"
    before: str | None = None  # title of the moment that must come after this one


class TimelineColumn(Node):
    """A column of a timeline: items of one group (`FORM.GROUP`), written one after the other."""

    title: str
    group: str
    items: list[str]
    separator: str = ", "
    units: Flag = False  # write each value's unit behind it
    share: str = "1"  # width in proportion to the other columns


class TimelineSource(Node):
    """A group whose rows stand in the timeline, and the item that holds each row's clock time."""

    group: str  # FORM.GROUP
    time: str
    bold: dict[str, list[str]] = {}  # item -> codes that make the row bold


class Absent(Node):
    """What a timeline without a start is called: `title` when the item has one of these codes, else `unknown`."""

    item: str  # FORM.ITEM
    codes: list[str]
    title: str
    unknown: str


class Timeline(Node):
    """Rows of several groups of one visit, side by side in time order."""

    title: str
    facts: list[str] = []  # FORM.ITEM, told above the table
    start: str | None = None  # FORM.ITEM: the clock time from which minutes are counted
    absent: Absent | None = None
    rows: list[TimelineSource]
    columns: list[TimelineColumn]


class Casebook(Declared):
    """One PDF per subject: everything that was entered about it, with the history of every changed value."""

    kind: Literal["casebook"]
    short_title: str | None = None
    copy_type: Literal["draft", "working", "certified"] = "working"
    moments: list[Moment] = []
    timelines: list[Timeline] = []


class BlankCrf(Declared):
    """One PDF of the study's forms as they are before anybody fills them in; annotated: with SDTM targets."""

    kind: Literal["blank-crf"]
    annotated: Flag = False


Deliverable = Annotated[
    CsvForms | CsvItems | CsvChanges | CsvDictionary | CsvQueries | Casebook | BlankCrf, Field(discriminator="kind")
]
DELIVERABLE: TypeAdapter[Deliverable] = TypeAdapter(Deliverable)
