"""What a study may say: frozen models of ODM's nouns, read from YAML in which every scalar is text.

ODM v2.0 words (Study, StudyEvent, Form, ItemGroup, Item, CodeList); mandatory is the default; everything local to where
it is used. The loader adds places (file:line:column) to every complaint, so that models only state the rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from trialkit.study.dosing_day import DosingDay
from trialkit.study.node import Flag, Line, Node, Whole
from trialkit.values import ItemType

Severity = Literal["hard", "query", "alert"]
Oid = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,39}$")]


SYSTEM = "system"
"""Named in `entered_by` of what nobody types: the system writes it."""


class CodeList(Node):
    """Codes with what they mean, in the order in which people see them."""

    title: Line
    standard: str | None = None  # the CDISC CT list name when the codes are submission values
    codes: dict[str, Line]  # code -> decoded label


class Column(Node):
    """A column of a lookup table: what its cells are."""

    label: Line
    type: ItemType = "text"
    unit: str | None = None
    codelist: str | None = None  # of cells of type code


class LookupTable(Node):
    """Constants by code, for example the limits of each laboratory test; `lookup(TABLE, key, COLUMN)` reads a cell."""

    title: Line
    key: str  # a code list: every row's key is one of its codes
    columns: dict[Oid, Column]
    rows: dict[str, dict[str, str]] = {}  # key -> column -> cell as typed text; a column left out is unknown


class Range(Node):
    """Lowest and highest value, both included, as typed text in the item's own unit and type."""

    low: str | None = None
    high: str | None = None


class Sdtm(Node):
    """Where an item goes in SDTM: `VS.VSORRES`, with the test code for findings."""

    target: str
    testcd: str | None = None
    note: str | None = None


class Item(Node):
    """One question. Mandatory unless `optional`; asked only if `when` is true; read-only if it has `compute`."""

    label: Line
    question: str | None = None
    help: str | None = None
    type: ItemType = "text"
    unit: str | None = None
    codelist: str | None = None
    length: Whole | None = None  # text: most characters
    digits: Whole | None = None  # decimal: most digits after the point
    hard: Range | None = None
    soft: Range | None = None
    when: str | None = None
    compute: str | None = None
    optional: Flag = False
    missing: list[str] | None = None  # reasons allowed; None = the study's default list
    future: Flag = False  # may a date lie in the future
    default: str | None = None
    sdtm: list[Sdtm] = []
    visibility: Literal["open", "unblinded"] = "open"
    identifier: Flag = False
    critical: Flag = False  # always verified against source
    entered_by: str | None = None  # role, if not the form's
    roles: list[str] = []  # of a person: one of them is held by who is named here
    retired: Flag = False
    measured: Flag = False  # seconds from the first to the last answer: a tablet takes the time, and does not ask


class Timepoint(Node):
    """A row of a grid: its nominal minute from the reference moment and how far off it may be."""

    label: Line
    minute: Whole | None = None
    early: Whole = 0
    late: Whole = 0
    reference: str | None = None  # expression giving the reference moment, for example moment(EC.ECSTDAT, EC.ECSTTIM)
    repeats: Flag = False  # rows unlimited (ADHOC): row keys ADHOC.1, ADHOC.2, ...


class ItemGroup(Node):
    """A section; with `rows` a repeating group, with `timepoints` a grid keyed by timepoint."""

    title: Line
    rows: Flag = False
    max_rows: Whole | None = None
    timepoints: dict[str, Timepoint] | None = None
    items: dict[Oid, Item]
    when: str | None = None
    visibility: Literal["open", "unblinded"] = "open"

    @property
    def repeating(self) -> bool:
        return self.rows or self.timepoints is not None


class Cases(Node):
    """Values with which a check must fire and values with which it must not."""

    fires: list[dict[str, object]] = []
    passes: list[dict[str, object]] = []


class Opens(Node):
    """The record of another form that a check writes when it newly fires: once each time its query opens."""

    form: str
    values: dict[str, str] = {}  # item of that form -> expression where the check stands


class Check(Node):
    """A rule: with `require` it fires when that is definitely false, with `finding` when that is definitely true."""

    title: str | None = None
    when: str | None = None
    require: str | None = None
    finding: str | None = None
    severity: Severity = "query"
    message: Line
    item: str | None = None  # where the query stands; default: the first item read
    deviation: Flag = False  # a hard check on a past event: takes the value with an explanation, raises a deviation
    opens: Opens | None = None
    group: str | None = None  # evaluate once per row of this group
    cases: Cases = Cases()


class Form(Node):
    """A case report form. `repeating` forms are logs: one record per row."""

    oid: Oid
    title: Line
    domain: str | None = None
    repeating: Flag = False
    visibility: Literal["open", "unblinded"] = "open"
    entered_by: list[str] = []  # roles
    hidden_from: list[str] = []  # roles that never see this form
    signed_by: str | None = None
    dated_by: str | None = None  # item: the day on which the procedure of this form took place
    timed_by: str | None = None  # item: its time of day
    instructions: str | None = None
    groups: dict[Oid, ItemGroup]
    checks: dict[str, Check] = {}

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """Every item of the form by its id, in order."""
        return {oid: item for group in self.groups.values() for oid, item in group.items.items()}

    @cached_property
    def group_of(self) -> Mapping[str, str]:
        """Item id -> id of the group that holds it."""
        found: dict[str, str] = {}
        for oid, group in self.groups.items():
            for item in group.items:
                found.setdefault(item, oid)
        return found


class Window(Node):
    """When a visit is due, counted from an anchor: `early` before to `late` after the target.

    Unit days: with an event as anchor, `day` is a study day (the anchor's date is day 1, there is no day 0); with
    LAST_DOSE it is that many days after the last dose. Unit hours: `day` is that many hours after the anchor.
    """

    anchor: str  # event oid or LAST_DOSE
    day: Whole | None = None
    early: Whole = 0
    late: Whole = 0
    unit: Literal["days", "hours"] = "days"


class StudyEvent(Node):
    """A visit (scheduled), a kind of unscheduled visit, or `common`: logs and single forms open all study.

    Forms of an event of kind `site` belong to the site's own file and to no subject.
    """

    title: Line
    kind: Literal["scheduled", "unscheduled", "common", "site"] = "scheduled"
    epoch: str | None = None
    window: Window | None = None
    dosing: Flag = False
    forms: list[str]


class Parameter(Node):
    """A threshold that stands once; expressions read it by name."""

    value: str
    type: ItemType = "integer"
    unit: str | None = None
    label: Line


class Arm(Node):
    """A treatment arm; its title is unblinded knowledge."""

    title: Line


class Role(Node):
    """What people of this kind are called and what kind of sight they have; acts are in `access`, not here."""

    title: Line
    sites: Literal["own", "all"] = "own"
    sees: list[Literal["open", "identifier", "unblinded"]] = ["open"]


class ConsentForm(Node):
    """Which form holds consent and which of its items say the version signed and when (ICH E6(R3) 2.8)."""

    form: str
    version: str
    signed_on: str
    signed_at: str | None = None
    withdrawal_form: str | None = None


class DeviationForm(Node):
    """Where the system writes the protocol deviation that a hard check on a past event raises."""

    form: str
    term: str
    rule: str  # item that holds the id of the check
    start: str | None = None
    preset: dict[str, str] = {}  # item -> value written as it stands


class StudyFile(Node):
    """The file `study.yaml`."""

    oid: str
    title: Line
    version: str
    protocol: str | None = None
    sponsor: str | None = None
    subject_pattern: str = r"[0-9]{2}-[0-9]{4}"
    date_item: str | None = None  # FORM.ITEM that holds a visit's date, for example SV.SVDAT
    consent: ConsentForm | None = None
    first_dose: str | None = None  # expression of the first dose's moment, for baseline()
    missing_reasons: dict[str, str] = {}
    change_reasons: dict[str, str] = {}
    deviation: DeviationForm | None = None
    session: DosingDay | None = None  # what the page of the infusion session draws
    overdue_days: Whole | None = None  # after the visit's date, until a form that was not started is overdue (G06)
    parameters: dict[str, Parameter] = {}
    arms: dict[str, Arm] = {}
    roles: dict[str, Role] = {}
    event_sets: dict[str, list[str]] = {}  # named lists of forms, usable in events[].forms
    events: dict[Oid, StudyEvent]


class Study(Node):
    """A loaded study: `study.yaml`, code lists, lookup tables, one file per form. `hash` is its version for ever."""

    file: StudyFile
    codelists: dict[str, CodeList]
    forms: dict[str, Form]
    tables: dict[str, LookupTable] = {}
    hash: str
    canonical: bytes = Field(repr=False)  # canonical JSON of the whole definition; SHA-256 of it is `hash`

    @cached_property
    def event_forms(self) -> Mapping[str, tuple[str, ...]]:
        """Event -> its forms in order, event sets spelt out."""
        sets = self.file.event_sets
        return {
            oid: tuple(dict.fromkeys(form for name in event.forms for form in sets.get(name, [name])))
            for oid, event in self.file.events.items()
        }

    @cached_property
    def form_events(self) -> Mapping[str, frozenset[str]]:
        """Form -> the events in which it stands."""
        return {
            form: frozenset(event for event, forms in self.event_forms.items() if form in forms) for form in self.forms
        }

    @cached_property
    def site_forms(self) -> frozenset[str]:
        """The forms of the site's file: those that stand in an event of kind `site`."""
        kinds = {oid: event.kind for oid, event in self.file.events.items()}
        return frozenset(form for form, events in self.form_events.items() if any(kinds[e] == "site" for e in events))
