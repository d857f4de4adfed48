"""Who sees which people: the right `person.read` binds every reader; how sign-ins went is for administrators."""

from __future__ import annotations

import pytest

from tests.access.staff import acting
from tests.store.drafts import person
from tests.ward import Ward
from trialkit.access.gate import narrowed, sight, system_sight
from trialkit.ledger.entry import Change, Draft
from trialkit.store.readers import Reader

READING = ("coordinator", "investigator", "monitor", "datamanager", "sponsor", "auditor", "administrator")
NOT_READING = ("nurse", "physician", "rater", "pharmacist")


@pytest.fixture
def peopled(ward: Ward) -> Ward:
    """A ward with Ana, Noor and Ravi in the store; Ana's last sign-in failed."""
    ward.store.append([person(name) for name in ("ana", "noor", "pia", "ravi", "uma")])
    failed = Draft("signin.fail", acting("system").actor, "person/ana", (Change("signin.failures", None, "1"),))
    ward.store.append([failed])
    return ward


def _seen(reader: Reader) -> list[str]:
    every = [row.stream for row in reader.people()]
    for stream in ("person/ana", "person/noor", "person/pia", "person/ravi", "person/uma"):
        assert (reader.record(stream) is not None) == (stream in every)
        assert (stream in reader.together([stream])[0]) == (stream in every)
    return every


@pytest.mark.parametrize("role", READING)
def test_p11_09_who_may_read_people_sees_all_of_them(peopled: Ward, role: str) -> None:
    assert len(_seen(peopled.store.read(sight(acting(role))))) == 5


@pytest.mark.parametrize("role", NOT_READING)
def test_p11_09_who_may_not_read_people_sees_only_themselves_now_and_in_the_past(peopled: Ward, role: str) -> None:
    who = acting(role)
    for as_of in (None, peopled.store.size):
        reader = peopled.store.read(sight(who), as_of)
        assert _seen(reader) == [f"person/{who.person}"]
        others = {entry.stream for entry in reader.entries() if entry.stream.startswith("person/")}
        assert others <= {f"person/{who.person}"}
        assert list(reader.history(stream="person/ana")) == []


def test_p11_09_how_sign_ins_went_is_told_to_administrators_alone(peopled: Ward) -> None:
    def told(reader: Reader) -> tuple[bool, bool]:
        ana = reader.record("person/ana")
        entries = list(reader.history(stream="person/ana"))
        assert ana is not None
        return "signin.failures" in ana.values, "signin.failures" in str([entry.changes for entry in entries])

    assert told(peopled.store.read(sight(acting("administrator")))) == (True, True)
    assert told(peopled.store.read(system_sight())) == (True, True)
    for role in ("datamanager", "sponsor", "auditor", "coordinator"):
        assert told(peopled.store.read(sight(acting(role, sites=None)))) == (False, False)
    lines = [line for one in peopled.store.read(sight(acting("sponsor"))).proven() for line in one.lines if line]
    assert not [line for line in lines if b"signin.failures" in line]


def test_a_narrowed_sight_keeps_whom_it_hides() -> None:
    nurse, adi = sight(acting("nurse")), sight(acting("administrator"))
    assert narrowed(nurse, nurse.visibility).people is False
    assert narrowed(adi, adi.visibility).subjects == frozenset()
