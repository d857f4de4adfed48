"""Checkpoints are C2SP signed notes that other people's tools can read."""

from __future__ import annotations

import base64

import nacl.exceptions
import nacl.signing
import pytest

from trialkit.errors import Broken, WrongValue
from trialkit.ledger import checkpoint, verify_export
from trialkit.ledger.checkpoint import Checkpoint
from trialkit.ledger.keys import LogKey, signature_valid
from trialkit.ledger.vkey import make_vkey, parse_vkey

# The example of the specification and of golang.org/x/mod/sumdb/note.
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
NOTE = f"{TEXT}\n\N{EM DASH} PeterNeumann {SIGNATURE}\n"
HEAD = Checkpoint("trial.example/T1", 7, bytes(range(32)))
ONE, TWO = LogKey(b"1" * 32, "trial.example/T1"), LogKey(b"2" * 32, "witness.example")


def test_the_published_example_is_signed_and_read_byte_for_byte() -> None:
    key = LogKey(SEED, "PeterNeumann")
    assert key.vkey == VKEY
    assert checkpoint.sign(TEXT, [key]) == NOTE
    text, signatures = checkpoint.open_note(NOTE)
    assert text == TEXT
    public = parse_vkey(VKEY).public
    assert signature_valid(public, signatures[0].signature, TEXT.encode())
    assert verify_export.signature_valid(public, signatures[0].signature, TEXT.encode())


def test_pynacl_agrees_on_the_signature_of_a_checkpoint() -> None:
    note = checkpoint.sign(HEAD.text, [ONE])
    assert HEAD.text.startswith("trial.example/T1\n7\nAAECAw")
    other = nacl.signing.SigningKey(b"1" * 32)
    (line,) = checkpoint.open_note(note)[1]
    assert other.sign(HEAD.text.encode()).signature == line.signature
    other.verify_key.verify(HEAD.text.encode(), line.signature)
    assert parse_vkey(ONE.vkey).public == bytes(other.verify_key)


def test_three_implementations_give_one_verdict_on_altered_signatures() -> None:
    message = HEAD.text.encode()
    public, signature = parse_vkey(ONE.vkey).public, ONE.sign(message)
    order = 2**252 + 27742317777372353535851937790883648493
    plus_order = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    tries = [(public, signature, message), (public, signature[:32] + plus_order, message), (public, signature, b"x")]
    for bit in range(0, 512, 7):
        altered = bytearray(signature)
        altered[bit // 8] ^= 1 << bit % 8
        tries.append((public, bytes(altered), message))
    tries.append((parse_vkey(TWO.vkey).public, signature, message))
    verdicts = []
    for key, given, text in tries:
        try:
            nacl.signing.VerifyKey(key).verify(text, given)
            theirs = True
        except nacl.exceptions.BadSignatureError:
            theirs = False
        assert theirs == signature_valid(key, given, text) == verify_export.signature_valid(key, given, text)
        verdicts.append(theirs)
    assert verdicts == [True] + [False] * (len(tries) - 1)


def test_signatures_of_unknown_keys_are_ignored_and_known_ones_told() -> None:
    note = checkpoint.sign(HEAD.text, [TWO, ONE])
    assert checkpoint.verify(note, [ONE.vkey]) == (HEAD, (ONE.vkey,))
    assert checkpoint.verify(note, [ONE.vkey, TWO.vkey]) == (HEAD, (TWO.vkey, ONE.vkey))
    with pytest.raises(Broken, match="not signed by any"):
        checkpoint.verify(note, [LogKey(b"3" * 32, "trial.example/T1").vkey])


def test_a_false_signature_in_a_known_name_is_refused() -> None:
    note = checkpoint.sign(HEAD.text, [ONE])
    other = checkpoint.sign(Checkpoint("trial.example/T1", 8, HEAD.root).text, [ONE])
    with pytest.raises(Broken, match="false signature"):
        checkpoint.verify(HEAD.text + "\n" + other.split("\n\n")[1], [ONE.vkey])
    assert checkpoint.verify(note, [ONE.vkey])[0] == HEAD


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note[:-1],
        lambda note: note + "\n",
        lambda note: note.replace("\n", "\r\n"),
        lambda note: note.replace("\n7\n", "\n07\n"),
        lambda note: note.replace("\n7\n", "\n-7\n"),
        lambda note: note.replace("\n7\n", "\n7\nmore\n"),
        lambda note: note.replace("\n7\n", "\n" + "9" * 20 + "\n"),
        lambda note: note.replace("Hh8=", "Hh9="),
        lambda note: note.replace("\N{EM DASH}", "-"),
        lambda note: note.split("\n\n")[0],
        lambda note: "",
        lambda note: note.replace("trial.example/T1\n7", "\n7"),
        lambda note: note.replace("trial.example/T1 ", "trial.example/T1 !"),
    ],
)
def test_a_note_that_is_not_in_its_form_is_refused(change: object) -> None:
    note = checkpoint.sign(HEAD.text, [ONE])
    assert callable(change)
    with pytest.raises(Broken):
        checkpoint.verify(change(note), [ONE.vkey])
    try:
        verdict = verify_export.read_note(change(note), "here").signed_by(verify_export.read_key(ONE.vkey))
    except verify_export.Bad:
        verdict = False
    assert not verdict, "and the stand-alone verifier says the same"


def test_a_mangled_verifier_key_is_refused() -> None:
    assert parse_vkey(VKEY + "\n").text == VKEY
    mangled = [VKEY[:at] + chr(ord(VKEY[at]) ^ 1) + VKEY[at + 1 :] for at in range(len(VKEY))]
    mangled += [VKEY[:at] for at in range(len(VKEY))] + ["", "+", "++", "a+b+c"]
    # wrong length and unknown algorithm, each with the key id that fits it
    mangled += [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ]
    for text in mangled:
        with pytest.raises(WrongValue):
            parse_vkey(text)
        with pytest.raises(verify_export.Unusable):
            verify_export.read_key(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "é", "a\x7f"])
def test_a_log_needs_a_name_that_fits_its_line(name: str) -> None:
    with pytest.raises(WrongValue, match="cannot name a log"):
        make_vkey(name, bytes(32))
