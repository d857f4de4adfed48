"""Every role x act x own and other site x visibility class, against the reviewed list in matrix.csv (P11-09)."""

from __future__ import annotations

import ast
import csv
from itertools import product
from pathlib import Path

import pytest

import trialkit
from tests.access.staff import acting
from trialkit.access.gate import authorise
from trialkit.access.table import ACTS, PERMISSIONS, ROLES, permission
from trialkit.errors import Refused
from trialkit.ledger.entry import Place, Visibility
from trialkit.study.model import Form, ItemGroup

CLASSES: tuple[Visibility, ...] = ("open", "identifier", "unblinded")
PLACES = {"own": Place(site="01"), "other": Place(site="02"), "none": Place()}


def reviewed() -> dict[tuple[str, str], tuple[str, frozenset[str], bool]]:
    lines = Path(__file__).with_name("matrix.csv").read_text("utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    listed = [
        (row["role"], row["act"], row["sites"], frozenset(row["classes"].split()), row["condition"]) for row in rows
    ]
    assert len({(role, act) for role, act, *_ in listed}) == len(listed), "a line stands twice"
    return {(role, act): (sites, classes, condition == "named") for role, act, sites, classes, condition in listed}


MATRIX = reviewed()


def naming(role: str) -> Form:
    """A form that this role enters and signs."""
    group = ItemGroup(title="Group", items={})
    return Form(oid="F", title="Form", entered_by=[role], signed_by=role, groups={"G": group})


def may(role: str, act: str, place: Place, visibility: Visibility, unblinded: bool, form: Form | None) -> bool:
    who = acting(role, unblinded=unblinded)
    try:
        authorise(who, act, place, visibility, form=form)
    except Refused as refused:
        return not (refused.sentence and refused.hint)
    return True


def test_the_reviewed_list_knows_every_role_and_act_and_no_others() -> None:
    assert {role for role, _ in MATRIX} == set(ROLES)
    assert {act for _, act in MATRIX} == set(ACTS)


@pytest.mark.parametrize("role", ROLES)
def test_p11_09_the_gate_decides_as_reviewed_for(role: str) -> None:
    wrong = []
    for act, (where, place), visibility, unblinded, named in product(
        ACTS, PLACES.items(), CLASSES, (False, True), (False, True)
    ):
        sites, classes, only_named = MATRIX.get((role, act), ("", frozenset[str](), False))
        expected = (
            visibility in classes
            and (sites == "all" or (sites == "own" and where == "own"))
            and (visibility != "unblinded" or unblinded or role == "system")
            and (named or not only_named or role == "system")
        )
        if may(role, act, place, visibility, unblinded, naming(role) if named else None) != expected:
            wrong.append((act, where, visibility, unblinded, named, "expected" if expected else "not expected"))
    assert not wrong


@pytest.mark.parametrize("role", ROLES)
def test_p11_04_what_is_in_no_table_is_refused_for(role: str) -> None:
    with pytest.raises(Refused, match=r"no act 'record\.destroy'"):
        authorise(acting(role), "record.destroy")


def test_p11_04_nobody_and_a_role_that_does_not_exist_may_nothing() -> None:
    for act in ACTS:
        with pytest.raises(Refused, match="Nobody is signed in"):
            authorise(None, act, PLACES["own"])
        assert permission("superuser", act) is None


def test_who_grants_access_touches_no_clinical_data() -> None:
    granting = set(PERMISSIONS["person.grant"])
    for act in (
        "record.read",
        "record.save",
        "record.correct",
        "record.sign",
        "query.answer",
        "export.create",
        "import.csv",
    ):
        assert not granting & set(PERMISSIONS[act]), act


def test_the_sponsor_and_the_auditor_change_nothing() -> None:
    reading = {"record.read", "ledger.read", "person.read", "store.verify", "export.create"}
    assert {act for act in ACTS if permission("auditor", act)} == reading | {"ledger.review"}
    assert {act for act in ACTS if permission("sponsor", act)} == reading | {"person.approve"}


def test_the_system_signs_consents_and_grants_nothing() -> None:
    human = {
        "record.sign",
        "consent.obtain",
        "subject.enrol",
        "query.answer",
        "record.lock",
        "person.grant",
        "subject.erase",
    }
    assert not [act for act in human if permission("system", act)]


def test_every_act_that_the_software_asks_for_is_in_the_table() -> None:
    """`authorise(who, "noun.verb", ...)`, wherever it stands: a misspelt act would be refused to everybody."""
    asked = set()
    for file in Path(trialkit.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "authorise":
                asked |= {word.value for word in node.args if isinstance(word, ast.Constant)}
    assert asked >= {"person.grant", "person.add"}
    assert not asked - set(ACTS)
