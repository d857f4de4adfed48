"""Secrets live in one folder, encrypted, outside the database (21 CFR 11.10(d))."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.ledger.log import Log
from trialkit.errors import Broken, KeysMissing, WrongFile, WrongValue
from trialkit.ledger import checkpoint
from trialkit.ledger.commitment import commit, disclose, recheck
from trialkit.ledger.entry import Change
from trialkit.ledger.keys import Held, KeyFolder
from trialkit.ledger.seals import Seals

NAME = Change("NAME", None, "Maria Keller", "identifier")
ARM = Change("ARM", None, "ketamine", "unblinded")


def folder(path: Path) -> KeyFolder:
    return KeyFolder.create(path, "correct horse", "trial.example/T1", work=16)


def test_a_folder_opens_again_with_its_passphrase_and_holds_the_same_keys(tmp_path: Path) -> None:
    made = folder(tmp_path / "keys")
    again = KeyFolder.open(tmp_path / "keys", "correct horse")
    assert (again.vkey, again.app_key, again.origin) == (made.vkey, made.app_key, "trial.example/T1")
    assert again.unwrap("01", made.wrap("01", b"k" * 32)) == b"k" * 32
    assert again.log_key.sign(b"x") == made.log_key.sign(b"x")
    assert made.unblinding is not None
    assert again.unblinding is not None
    assert again.unblinding.open(made.unblinding.seal(b"arm", b"0/0", bytes(12)), b"0/0") == b"arm"


def test_nobody_else_on_the_machine_reads_it_and_nothing_secret_is_in_the_clear(tmp_path: Path) -> None:
    keys = folder(tmp_path / "keys")
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    files = list((tmp_path / "keys").iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert len(files) == 7
    everything = b"".join(file.read_bytes() for file in files)
    assert keys.app_key not in everything
    assert keys.app_key.hex().encode() not in everything


def test_a_wrong_passphrase_a_wrong_place_or_damage_is_said_with_its_remedy(tmp_path: Path) -> None:
    keys = folder(tmp_path / "keys")
    with pytest.raises(KeysMissing, match=r"passphrase does not open .*TRIALKIT_PASSPHRASE"):
        KeyFolder.open(tmp_path / "keys", "wrong horse")
    with pytest.raises(KeysMissing, match="no key folder"):
        KeyFolder.open(tmp_path / "other", "correct horse")
    (keys.path / "app.key").write_bytes(b"x" * 60)
    with pytest.raises(KeysMissing, match=r"app\.key is damaged"):
        _ = KeyFolder.open(keys.path, "correct horse").app_key
    (keys.path / "app.key").unlink()
    with pytest.raises(KeysMissing, match=r"app\.key is not there"):
        _ = KeyFolder.open(keys.path, "correct horse").app_key
    (keys.path / "vkeys").write_text("x")
    with pytest.raises(KeysMissing, match="vkeys is missing or damaged"):
        _ = keys.vkey
    about = json.loads((keys.path / "folder.json").read_bytes())
    for damage in (b"{}", b"x", json.dumps(about | {"n": 2**40}, sort_keys=True, separators=(",", ":")).encode()):
        (keys.path / "folder.json").write_bytes(damage)
        with pytest.raises(KeysMissing, match="damaged"):
            KeyFolder.open(keys.path, "correct horse")


def test_keys_are_never_written_over_and_never_without_a_passphrase(tmp_path: Path) -> None:
    keys = folder(tmp_path / "keys")
    with pytest.raises(WrongFile, match="not empty"):
        folder(keys.path)
    with pytest.raises(WrongValue, match="passphrase is empty"):
        KeyFolder.create(tmp_path / "none", "", "trial.example/T1")
    with pytest.raises(WrongValue, match="cannot name a log"):
        KeyFolder.create(tmp_path / "none", "x", "two words")
    assert not (tmp_path / "none").exists()


def test_key_files_swapped_for_one_another_do_not_open(tmp_path: Path) -> None:
    keys = folder(tmp_path / "keys")
    app = (keys.path / "app.key").read_bytes()
    (keys.path / "kek.key").write_bytes(app)
    with pytest.raises(KeysMissing, match=r"kek\.key is damaged"):
        keys.wrap("01", bytes(32))


def test_a_blinded_process_has_no_unblinding_key_and_still_verifies(tmp_path: Path) -> None:
    log = Log(tmp_path / "keys")
    seq = log.save("01", [ARM, Change("SYSBP", None, "120")])
    (log.keys.path / "unblinding.key").unlink()
    blinded = Seals(KeyFolder.open(log.keys.path, "horse"), log.wrapped.get)
    _, _, digests, _ = log.stored[seq]
    assert recheck(seq, digests, *log.rows[seq], blinded.unseal) == ((), (0,))
    told = list(disclose(seq, 2, *log.rows[seq], blinded.unseal))
    assert (told[0].line, told[0].why) == (None, "withheld")
    assert told[1].line == b'{"i":"SYSBP","n":"120","o":null}'
    with pytest.raises(KeysMissing, match="unblinding key"):
        commit([ARM], 9, blinded.seal, lambda n: bytes(n), "01")


def test_a_seal_moved_to_another_entry_change_or_subject_does_not_open(tmp_path: Path) -> None:
    log = Log(tmp_path / "keys")
    for subject in ("01", "01", "02"):
        log.save(subject, [NAME, NAME])
    digests = log.stored[0][2]
    salts, lines = log.rows[0]
    first, second = lines.split(b"\n")
    assert recheck(0, digests, salts, lines, log.seals.unseal) == ((), ())
    swapped = [
        second + b"\n" + first,
        log.rows[1][1],
        lines.replace(b'"k":"01"', b'"k":"02"'),
        lines.replace(b'"identifier"', b'"unblinded"'),
    ]
    for altered in swapped:
        with pytest.raises(Broken, match="does not open"):
            recheck(0, digests, salts, altered, log.seals.unseal)


def test_a_wrapped_data_key_is_bound_to_its_subject(tmp_path: Path) -> None:
    keys = folder(tmp_path / "keys")
    wrapped = keys.wrap("01", b"k" * 32)
    with pytest.raises(Broken):
        keys.unwrap("02", wrapped)
    with pytest.raises(Broken):
        folder(tmp_path / "others").unwrap("01", wrapped)


def test_a_shredded_subject_is_gone_and_everything_verifies_nonetheless(tmp_path: Path) -> None:
    log = Log(tmp_path / "keys")
    seq = log.save("01", [NAME, Change("SYSBP", None, "120")])
    _, _, digests, _ = log.stored[seq]
    assert b"Maria" not in log.rows[seq][1]
    assert [one.why for one in log.disclosed(seq)] == ["", ""]
    del log.wrapped["01"]
    assert [one.why for one in log.disclosed(seq)] == ["withheld", ""], "the cached cipher is not used either"
    assert recheck(seq, digests, *log.rows[seq], log.seals.unseal) == ((), (0,))
    with pytest.raises(KeysMissing, match="no data key"):
        log.seals.seal("identifier", "01", b"x", b"9/0")
    log.erase(seq, 0)
    assert recheck(seq, digests, *log.rows[seq], log.seals.unseal) == ((0,), ())


def test_a_new_key_encryption_key_wraps_anew_and_changes_no_ciphertext(tmp_path: Path) -> None:
    log = Log(tmp_path / "keys")
    for subject in ("01", "02"):
        log.save(subject, [NAME])
    before, old = list(log.rows), dict(log.wrapped)
    log.wrapped.update(log.keys.rotate_kek(old))
    log.keys.settle_kek()
    assert log.rows == before
    assert all(one.why == "" for seq in (0, 1) for one in log.disclosed(seq))
    again = KeyFolder.open(log.keys.path, "horse")
    assert again.unwrap("01", log.wrapped["01"])
    with pytest.raises(Broken):
        again.unwrap("01", old["01"])


def test_a_key_folder_whose_list_of_keys_is_empty_is_refused(tmp_path: Path) -> None:
    keys = folder(tmp_path / "keys")
    for text in ("", f"next {keys.vkey}\n"):
        (keys.path / "vkeys").write_text(text)
        with pytest.raises(KeysMissing, match="vkeys is missing or damaged"):
            assert KeyFolder.open(keys.path, "correct horse").held


def test_a_key_encryption_key_that_another_process_rotated_is_read_anew(tmp_path: Path) -> None:
    mine = folder(tmp_path / "keys")
    wrapped = {"01": mine.wrap("01", b"k" * 32)}
    others = KeyFolder.open(mine.path, "correct horse")
    fresh = others.rotate_kek(wrapped)
    assert mine.unwrap("01", fresh["01"]) == mine.unwrap("01", wrapped["01"]) == b"k" * 32, "both, until it is settled"
    assert others.rotate_kek(wrapped).keys() == fresh.keys()
    assert others.unwrap("01", fresh["01"]) == b"k" * 32, "a key that waits is not written over"
    others.settle_kek()
    assert others.unwrap("02", mine.wrap("02", b"l" * 32)) == b"l" * 32
    assert mine.unwrap("01", fresh["01"]) == b"k" * 32


def test_a_chain_of_five_rotations_keeps_every_old_key_with_the_size_it_held_from(tmp_path: Path) -> None:
    log = Log(tmp_path / "keys")
    made = [log.keys.vkey]
    for _ in range(5):
        log.save("01")
        waiting = log.keys.rotate()
        assert log.keys.rotate() == waiting, "a second wish before the first is fulfilled is the same wish"
        assert log.keys.vkey == made[-1], "the old key is in force until a checkpoint covers the entry"
        made.append(log.rotate())
        assert log.keys.vkey == made[-1]
    assert log.keys.held == [Held(size, vkey) for size, vkey in zip([0, 2, 4, 6, 8, 10], made, strict=True)]
    for number, note in enumerate(log.notes):
        _, by = checkpoint.verify(note, made)
        assert by == (made[number], made[number + 1])
    assert KeyFolder.open(log.keys.path, "horse").held == log.keys.held
