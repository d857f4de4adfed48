"""Nobody but a sign-in makes an identity (P11-04, P11-22)."""

from __future__ import annotations

import ast
import copy
import dataclasses
import inspect
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import trialkit
from tests.access.staff import acting
from trialkit.access import authentication, gate, granting, identity, people
from trialkit.access.gate import authorise, refusal, sight
from trialkit.access.identity import Identity
from trialkit.errors import Refused
from trialkit.ledger.entry import Place, Visibility

NORTH = Place(site="01")
sites = st.none() | st.frozensets(st.text(max_size=4), max_size=3)
CLASSES: tuple[Visibility, ...] = ("open", "identifier", "unblinded")
classes = st.frozensets(st.sampled_from(CLASSES))


@given(st.lists(st.text(), min_size=4, max_size=4), sites, classes, st.binary(min_size=16, max_size=16))
def test_no_constructed_identity_is_one(
    texts: list[str], where: frozenset[str] | None, seen: frozenset[Visibility], seal: bytes
) -> None:
    with pytest.raises(Refused, match="Nobody is signed in"):
        Identity(texts[0], texts[1], texts[2], texts[3], where, seen, seal)


@given(st.sampled_from(["person", "name", "role", "organisation"]), st.text())
def test_no_field_of_an_identity_can_be_replaced(field: str, text: str) -> None:
    ana = acting("coordinator")
    if text == getattr(ana, field):
        return
    with pytest.raises(Refused):
        dataclasses.replace(ana, **{field: text})  # type: ignore[arg-type]


@given(sites, classes)
def test_neither_sites_nor_classes_can_be_widened(more: frozenset[str] | None, seen: frozenset[Visibility]) -> None:
    ana = acting("coordinator")
    if (more, seen) == (ana.sites, ana.sees):
        return
    with pytest.raises(Refused):
        dataclasses.replace(ana, sites=more, sees=seen)


@given(st.sampled_from(["person", "name", "role", "organisation", "seal"]), st.text())
def test_what_was_altered_behind_its_back_passes_no_gate(field: str, text: str) -> None:
    ana = acting("coordinator")
    if text == getattr(ana, field):
        return
    object.__setattr__(ana, field, text)
    for ask in (
        lambda: authorise(ana, "record.read", NORTH),
        lambda: sight(ana),
        lambda: refusal(ana, "a", NORTH, "b"),
    ):
        with pytest.raises(Refused):
            ask()


def test_an_identity_made_without_its_constructor_passes_no_gate() -> None:
    hollow = object.__new__(Identity)
    with pytest.raises(Refused):
        sight(hollow)
    with pytest.raises(Refused):
        authorise(hollow, "record.read", NORTH)


def test_a_lookalike_or_a_subclass_is_no_identity() -> None:
    class Wider(Identity):
        @property
        def actor(self) -> None:  # type: ignore[override]
            return None

    ana = acting("coordinator")
    fields = {field.name: getattr(ana, field.name) for field in dataclasses.fields(ana)}
    with pytest.raises(Refused):
        Wider(**fields)
    for other in (None, "ana", fields, ana.actor):
        with pytest.raises(Refused):
            sight(other)  # type: ignore[arg-type]


def test_a_field_cannot_be_assigned() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        acting("coordinator").role = "investigator"  # type: ignore[misc]


def test_a_true_copy_is_the_same_identity_and_another_process_gives_none() -> None:
    ana = acting("coordinator")
    assert pickle.loads(pickle.dumps(ana)) == copy.deepcopy(ana) == ana  # noqa: S301
    foreign = bytes(16)  # what the key of another process would have made is not what ours makes
    with pytest.raises(Refused):
        dataclasses.replace(ana, seal=foreign)


def test_the_seal_is_not_shown() -> None:
    ana = acting("coordinator")
    assert ana.seal.hex() not in repr(ana)
    assert "seal" not in repr(ana)


def test_only_access_makes_identities_and_sights() -> None:
    root = Path(trialkit.__file__).parent
    for file in root.rglob("*.py"):
        if file.parent.name == "access" or file.name == "sight.py":
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"Identity", "Sight", "_issue"}, f"{file}:{node.lineno}"


def test_p11_22_nobody_can_act_or_sign_as_somebody_else() -> None:
    """There is no way in the interface to become another person: no such function, no such argument."""
    for module in (authentication, gate, granting, identity, people):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("_") or function.__module__ != module.__name__:
                continue
            words = {name, *inspect.signature(function).parameters}
            assert not words & {
                "impersonate",
                "become",
                "as_user",
                "on_behalf_of",
                "sudo",
                "sign_as",
                "act_as",
                "as_person",
            }
    makers = [
        name
        for name, function in inspect.getmembers(authentication, inspect.isfunction)
        if function.__annotations__.get("return") == "Identity" and not name.startswith("_")
    ]
    assert makers == ["renew", "sign_in", "system"]
