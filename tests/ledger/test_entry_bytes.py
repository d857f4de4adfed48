"""Header, commitments, leaf and tag of an entry (21 CFR 11.10(e): who, what, when, old, new; 11.10(c))."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.cast import ANA
from trialkit.errors import Broken, WrongValue
from trialkit.ledger.commitment import (
    SALT,
    Committed,
    change_bytes,
    commit,
    commitment,
    disclose,
    parse_change,
    recheck,
    sealed_box,
)
from trialkit.ledger.entry import Change, Draft, Place, Visibility
from trialkit.ledger.header import Header, header, moment, parse, stamp
from trialkit.ledger.leaf import leaf, tag, tag_is_right

AT = "2026-11-22T02:34:49.123456Z"
text = some.text(some.characters(exclude_categories=["Cs"]), max_size=20)
written = some.none() | text | some.lists(text, max_size=3) | some.builds(lambda reason: {"m": reason}, text)
changes = some.lists(some.builds(Change, text, written, written, some.just("open")), max_size=6)


def no_seal(visibility: Visibility, subject: str, plaintext: bytes, aad: bytes) -> dict[str, object]:
    raise AssertionError("nothing here is sealed")


def count_up(length: int) -> bytes:
    return bytes(n % 251 + 1 for n in range(length))


def test_a_header_says_who_what_when_and_where_and_leaves_out_what_is_absent() -> None:
    draft = Draft(
        "form.save", ANA, "record/01/V1.1/VS.1", (Change("A", None, "1"),), Place("N", "01", "V1", 1, "VS", 1)
    )
    data = header(draft, seq=7, at=AT, stream_no=2, subject_no=5, software="0.1.0")
    assert data == (
        b'{"act":"form.save","actor":{"id":"ana","name":"Ana Souza","org":"Clinic North","role":"coordinator"},'
        b'"at":"2026-11-22T02:34:49.123456Z","changes":1,"origin":{"kind":"screen"},"place":{"event":"V1",'
        b'"event_repeat":1,"form":"VS","form_repeat":1,"site":"N","subject":"01"},"seq":7,"software":"0.1.0",'
        b'"stream":"record/01/V1.1/VS.1","stream_no":2,"study":"","subject_no":5,"v":1}'
    )
    read = parse(data, strict=True)
    assert (read.seq, read.at, read.actor, read.place, read.changes) == (7, AT, ANA, draft.place, 1)
    assert (read.reason, read.request, read.skew, read.target) == (None, None, None, None)


def test_everything_a_header_can_hold_reads_back() -> None:
    draft = Draft(
        "disclosure.redact",
        ANA,
        "store",
        happened_at="2026-11-20",
        reason="R3",
        origin={"kind": "import", "file": "ab"},
        study="cd",
        request="q",
        target=(3, (0, 2)),
    )
    data = header(draft, seq=0, at=AT, stream_no=1, subject_no=0, software="s", skew="12", request="q:1")
    assert parse(data, strict=True) == Header(
        seq=0,
        at=AT,
        actor=ANA,
        act="disclosure.redact",
        place=Place(),
        stream="store",
        stream_no=1,
        subject_no=0,
        changes=0,
        origin={"kind": "import", "file": "ab"},
        study="cd",
        software="s",
        happened="2026-11-20",
        reason="R3",
        request="q:1",
        skew="12",
        target=(3, (0, 2)),
    )


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"v":2}', b'{"v":1}', b"\xff"])
def test_bytes_that_are_no_header_are_refused(data: bytes) -> None:
    for strict in (False, True):
        with pytest.raises(Broken):
            parse(data, strict=strict)


def test_time_never_goes_back_and_a_clock_that_stepped_back_is_stated() -> None:
    now = datetime(2026, 11, 22, 2, 34, 49, 123456, tzinfo=UTC)
    assert stamp(now, None) == (AT, None)
    assert stamp(now.astimezone(timezone(timedelta(hours=9))), AT) == (AT, None)
    later = "2026-11-22T02:35:49.123457Z"
    assert stamp(now, later) == (later, "60000001")
    assert moment(later) - now == timedelta(microseconds=60_000_001)
    with pytest.raises(WrongValue, match="without a zone"):
        stamp(now.replace(tzinfo=None), None)
    with pytest.raises(Broken):
        moment("2026-13-22T02:34:49.123456Z")


@given(changes)
def test_what_is_committed_to_is_disclosed_and_rechecked(given_changes: list[Change]) -> None:
    made = commit(given_changes, 4, no_seal, count_up)
    assert len(made.digests) == 32 * len(given_changes)
    assert recheck(4, made.digests, made.salts, made.lines) == ((), ())
    told = list(disclose(4, len(given_changes), made.salts, made.lines))
    assert [parse_change(one.line or b"") for one in told] == given_changes
    for n, one in enumerate(told):
        assert commitment(one.salt or b"", one.line or b"") == made.digests[32 * n : 32 * n + 32]


def test_the_commitment_and_the_leaf_are_the_published_formulas() -> None:
    made = commit([Change("A", "x", "y")], 0, no_seal, count_up)
    assert made.lines == b'{"i":"A","n":"y","o":"x"}'
    assert made.digests == sha256(b"\x02" + count_up(16) + made.lines).digest()
    assert leaf(b"head", made.digests) == sha256(b"\x00head" + made.digests).digest()
    assert tag_is_right(b"key", b"leaf", tag(b"key", b"leaf"))
    assert not tag_is_right(b"kez", b"leaf", tag(b"key", b"leaf"))
    assert commit([], 0, no_seal, count_up) == Committed(b"", b"", b"")
    assert recheck(0, b"", b"", b"") == ((), ())


def test_equal_values_have_unequal_digests_so_that_none_can_be_guessed() -> None:
    made = commit([Change("ARM", None, "A")] * 2, 0, no_seal, count_up)
    assert made.digests[:32] != made.digests[32:]


@given(some.data())
def test_one_altered_byte_of_a_stored_disclosure_is_found_and_its_change_named(data: some.DataObject) -> None:
    made = commit([Change(f"I{n}", None, f"{n}") for n in range(4)], 6, no_seal, count_up)
    joined = bytearray(made.salts + made.lines)
    at = data.draw(some.integers(0, len(joined) - 1))
    joined[at] ^= data.draw(some.integers(1, 255))
    with pytest.raises(Broken) as found:
        recheck(6, made.digests, bytes(joined[: 4 * SALT]), bytes(joined[4 * SALT :]))
    assert (found.value.facts["table"], found.value.facts["row"]) == ("disclosure", 6)
    if at < 4 * SALT:
        assert found.value.facts["field"] == f"lines[{at // SALT}]"


def test_a_salt_left_behind_after_a_redaction_is_found() -> None:
    made = commit([Change("A", None, "1"), Change("B", None, "2")], 6, no_seal, count_up)
    second = made.lines.split(b"\n")[1]
    assert recheck(6, made.digests, bytes(16) + made.salts[16:], b"\n" + second) == ((0,), ())
    with pytest.raises(Broken, match="salt outlived it"):
        recheck(6, made.digests, made.salts, b"\n" + second)


def test_a_row_with_more_or_fewer_lines_than_changes_is_found() -> None:
    made = commit([Change("A", None, "1"), Change("B", None, "2")], 6, no_seal, count_up)
    for salts, lines in ((made.salts[:-1], made.lines), (made.salts, made.lines + b"\n"), (b"", b"")):
        with pytest.raises(Broken, match="for 2 changes"):
            recheck(6, made.digests, salts, lines)
    with pytest.raises(Broken):
        recheck(6, b"", b"", b"x")


def test_a_change_is_one_canonical_line_and_only_that() -> None:
    assert change_bytes(Change("A", {"m": "ND"}, ["x", "y"])) == b'{"i":"A","n":["x","y"],"o":{"m":"ND"}}'
    assert change_bytes(Change("A", None, "1", "unblinded")) == b'{"c":"unblinded","i":"A","n":"1","o":null}'
    assert b"\n" not in change_bytes(Change("A\n", None, "1\n2"))
    for bad in (Change("A", None, "\ud800"), Change("A", None, 1.5)):  # type: ignore[arg-type]
        with pytest.raises(WrongValue):
            change_bytes(bad)
    for line in (b"", b"[]", b"{}", b"1"):
        with pytest.raises(Broken):
            parse_change(line)


def test_an_identifier_without_a_subject_is_refused() -> None:
    with pytest.raises(WrongValue, match="belongs to no subject"):
        commit([Change("NAME", None, "Maria", "identifier")], 0, no_seal, count_up)


@pytest.mark.parametrize(
    "line", [b'{"c":1}', b'{"c":"identifier","k":"01","x":"!"}', b'{"c":', b'{"c":"open","k":"01","x":"AAAA"}']
)
def test_a_seal_that_is_none_is_found(line: bytes) -> None:
    def unseal(sealed: object, aad: bytes) -> bytes:
        kind, _, _ = sealed_box(sealed)  # type: ignore[arg-type]
        raise Broken(f"a seal of unknown class {kind}")

    with pytest.raises(Broken):
        recheck(0, bytes(32), bytes(16), line, unseal)
