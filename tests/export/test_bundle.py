"""An export of a real store: whole or not there, bound by the ledger, verified by the published verifier alone."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import orjson
import pytest

from tests.access.staff import acting
from tests.ward import SUBJECT, Ward
from trialkit.access.identity import Identity
from trialkit.conduct.erase import redact
from trialkit.conduct.handed import handed
from trialkit.conduct.reason import Reason
from trialkit.errors import Broken, NotFound, OutOfOrder, Refused, WrongFile, WrongValue
from trialkit.export.bundle import MANIFEST, hand_over
from trialkit.export.declared import Declaration, load_deliverables
from trialkit.export.source import Scope
from trialkit.export.verification import verify_folder
from trialkit.ledger.entry import Draft, Receipt

DELIVERABLES = {
    "forms": "kind: csv-forms\ntitle: Tables\nblinding: reader\n",
    "items": "kind: csv-items\ntitle: Values\nprofile: machine\nblinding: reader\n",
    "log": "kind: csv-changes\ntitle: Changes\nblinding: reader\n",
    "dictionary": "kind: csv-dictionary\ntitle: Dictionary\nblinding: reader\n",
    "queries": "kind: csv-queries\ntitle: Queries\nblinding: reader\n",
    "casebook": "kind: casebook\ntitle: Casebook\nblinding: blinded\n",
}


@pytest.fixture
def declared(ward: Ward, tmp_path: Path) -> list[Declaration]:
    folder = tmp_path / "deliverables"
    folder.mkdir()
    for name, text in DELIVERABLES.items():
        (folder / f"{name}.yaml").write_text(text)
    return load_deliverables(folder, ward.study)


@pytest.fixture
def treated(ward: Ward) -> Ward:
    """Consented, measured, dosed; one value corrected, one query open."""
    ward.save("LOG", "IC", {"ICVER": "1.0", "ICDAT": "2026-03-01"}, who=ward.ito)
    ward.save("V1", "VS", {"VSDAT": "2026-03-01", "SYSBP": "118", "DIABP": "80", "WEIGHT": "70.0", "HEIGHT": "170.0"})
    ward.save("V1", "DM", {"BRTHDAT": "1984-05", "SEX": "F"})
    ward.save("V2", "DOSE", {"DOSEDTM": "2026-03-02T07:30", "DOSEMG": "35.5"}, who=acting("system"))
    ward.save("V1", "VS", {"SYSBP": "128"}, reason=Reason("SOURCE", "source shows 128, digits were misread"))
    ward.save("LOG", "AE", {"AETERM": "Headache", "AESTDAT": "2026-01", "AESER": "N"})
    return ward


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def deliverables(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in contents(folder).items() if name not in (MANIFEST, "proof.jsonl")}


def test_an_export_verifies_with_the_public_key_alone(
    treated: Ward, declared: list[Declaration], tmp_path: Path
) -> None:
    made = hand_over(treated.trial, treated.ito, declared, tmp_path / "out", scope=Scope(site="01"))
    report = verify_folder(tmp_path / "out", treated.store.keys.vkey)
    assert report.files == len(made.files) == len(contents(tmp_path / "out")) - 1
    assert report.size > made.entry
    assert "training-casebook-01-01-0001.pdf" in made.files


def test_the_manifest_says_what_who_as_of_when_and_what_was_withheld(
    treated: Ward, declared: list[Declaration], tmp_path: Path
) -> None:
    hand_over(treated.trial, treated.dee, declared, tmp_path / "out")
    said = orjson.loads((tmp_path / "out" / MANIFEST).read_bytes())
    last = next(iter(treated.trial.everything().entries(after_seq=said["as_of"] - 2)))
    assert said["study"] == {"oid": "WARD-1", "version": "1", "hash": treated.study.hash}
    assert (said["who"]["id"], said["who"]["role"]) == ("dee", "datamanager")
    assert said["at"] == last.recorded_at
    assert said["store"] == "training"
    assert said["sight"]["visibility"] == ["open"]
    assert said["sight"]["changes_withheld"] > 0
    assert {file["name"] for file in said["files"]} == set(deliverables(tmp_path / "out"))


def test_as_of_an_earlier_entry_gives_the_very_files_of_then(
    treated: Ward, declared: list[Declaration], tmp_path: Path
) -> None:
    """Show 8: the past is reproduced byte for byte, and still proven."""
    then = hand_over(treated.trial, treated.ito, declared, tmp_path / "then", scope=Scope(site="01")).as_of
    treated.save("V1", "VS", {"SYSBP": "131"}, reason=Reason("SOURCE", "second look at the source"))
    treated.save("V1", "DM", {"SEX": "M"}, reason=Reason("SOURCE", "passport was looked at"))
    hand_over(treated.trial, treated.ito, declared, tmp_path / "again", as_of=then, scope=Scope(site="01"))
    hand_over(treated.trial, treated.ito, declared, tmp_path / "now", scope=Scope(site="01"))
    assert deliverables(tmp_path / "again") == deliverables(tmp_path / "then")
    assert (tmp_path / "again" / MANIFEST).read_bytes() == (tmp_path / "then" / MANIFEST).read_bytes()
    assert deliverables(tmp_path / "now") != deliverables(tmp_path / "then")
    for name in ("then", "again", "now"):
        verify_folder(tmp_path / name, treated.store.keys.vkey)
    written = [rb"\"131\"" in (tmp_path / name / "proof.jsonl").read_bytes() for name in ("again", "now")]
    assert written == [False, True]


def test_a_blinded_person_gets_no_unblinded_value_in_any_file_and_it_verifies(
    treated: Ward, declared: list[Declaration], tmp_path: Path
) -> None:
    """Show 4: withheld changes do not break the proof."""
    hand_over(treated.trial, treated.ito, declared, tmp_path / "blinded", scope=Scope(site="01"))
    hand_over(treated.trial, treated.uma, declared, tmp_path / "whole", scope=Scope(site="01"))
    blinded = b"".join(contents(tmp_path / "blinded").values())
    whole = b"".join(contents(tmp_path / "whole").values())
    assert b"35.5" not in blinded
    assert b"DOSEMG" not in b"".join(deliverables(tmp_path / "blinded").values())
    assert b"35.5" in whole
    key = treated.store.keys.vkey
    assert verify_folder(tmp_path / "blinded", key).withheld > verify_folder(tmp_path / "whole", key).withheld


def test_a_deliverable_declared_blinded_stays_blinded_whoever_asks(
    treated: Ward, declared: list[Declaration], tmp_path: Path
) -> None:
    casebook = [one for one in declared if one.name == "casebook"]
    hand_over(treated.trial, treated.uma, casebook, tmp_path / "out", scope=Scope(site="01"))
    assert b"35.5" not in b"".join(contents(tmp_path / "out").values())


def test_identifiers_leave_only_with_who_may_take_them_out(
    treated: Ward, declared: list[Declaration], tmp_path: Path
) -> None:
    hand_over(treated.trial, treated.dee, declared, tmp_path / "dee")
    hand_over(treated.trial, treated.ana, declared, tmp_path / "ana", scope=Scope(site="01"))
    assert b"1984-05" not in b"".join(contents(tmp_path / "dee").values())
    assert b"1984-05" in b"".join(contents(tmp_path / "ana").values())


def test_one_subject_alone_is_proven_present(treated: Ward, declared: list[Declaration], tmp_path: Path) -> None:
    hand_over(treated.trial, treated.ito, declared, tmp_path / "out", scope=Scope(subject=SUBJECT))
    report = verify_folder(tmp_path / "out", treated.store.keys.vkey)
    assert (report.kind, report.subject) == ("subject", SUBJECT)


def test_a_byte_changed_anywhere_is_found(treated: Ward, declared: list[Declaration], tmp_path: Path) -> None:
    out = tmp_path / "out"
    hand_over(treated.trial, treated.ito, declared, out, scope=Scope(site="01"))
    for path in sorted(out.iterdir()):
        good = path.read_bytes()
        place = len(good) // 2
        path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        with pytest.raises(Broken):
            verify_folder(out, treated.store.keys.vkey)
        path.write_bytes(good)
    verify_folder(out, treated.store.keys.vkey)


def test_every_export_is_an_entry_with_the_hash_of_each_file(
    treated: Ward, declared: list[Declaration], tmp_path: Path
) -> None:
    made = hand_over(treated.trial, treated.ito, declared, tmp_path / "out", scope=Scope(site="01"))
    entry = next(iter(treated.trial.everything().entries(act="export.create")))
    assert entry.seq == made.entry
    assert entry.actor.id == "ito"
    assert {shown.change.item for shown in entry.changes} >= {f"file[{name}]" for name in made.files}


def test_the_hash_of_an_unblinded_file_is_told_to_no_blinded_person_who_could_try_arms_until_it_fits(
    treated: Ward, declared: list[Declaration], tmp_path: Path
) -> None:
    def seen(who: Identity) -> dict[int, set[str]]:
        return {one.entry.seq: set(one.files.values()) for one in handed(treated.trial.reader(who))}

    whole = hand_over(treated.trial, treated.uma, declared, tmp_path / "whole", scope=Scope(site="01"))
    marks = {sha256(data).hexdigest() for name, data in contents(whole.folder).items() if name != "proof.jsonl"}
    later = hand_over(treated.trial, treated.dee, declared, tmp_path / "later")
    for made in (whole, later):
        verify_folder(made.folder, treated.store.keys.vkey)
    assert seen(treated.uma)[whole.entry] == marks
    assert seen(treated.dee)[whole.entry] == set()
    entries = treated.trial.reader(treated.dee).history()
    told = b"".join(contents(later.folder).values()).decode("latin-1") + repr([(e.stream, e.changes) for e in entries])
    assert all(mark in told for mark in seen(treated.dee)[later.entry])  # the control: what may be seen is found
    own = marks - seen(treated.dee)[later.entry]  # files of equal content have equal hashes
    assert own
    assert not [mark for mark in own if mark[:32] in told]


def test_who_may_not_export_is_refused_and_that_is_an_entry(
    treated: Ward, declared: list[Declaration], tmp_path: Path
) -> None:
    with pytest.raises(Refused):
        hand_over(treated.trial, acting("nurse"), declared, tmp_path / "out", scope=Scope(site="01"))
    with pytest.raises(Refused):
        hand_over(treated.trial, treated.ana, declared, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert len(list(treated.trial.everything().entries(act="attempt.refused"))) == 2


def test_a_folder_with_something_else_in_it_is_left_alone(
    treated: Ward, declared: list[Declaration], tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(WrongFile, match="is no earlier export"):
        hand_over(treated.trial, treated.dee, declared, tmp_path / "out")
    assert (tmp_path / "out" / "thesis.txt").read_text() == "mine"


def test_an_earlier_export_is_replaced_as_a_whole(treated: Ward, declared: list[Declaration], tmp_path: Path) -> None:
    hand_over(treated.trial, treated.dee, declared, tmp_path / "out")
    only = [one for one in declared if one.name == "items"]
    hand_over(treated.trial, treated.dee, only, tmp_path / "out")
    assert set(contents(tmp_path / "out")) == {"training-items.csv", MANIFEST, "proof.jsonl"}
    verify_folder(tmp_path / "out", treated.store.keys.vkey)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_an_export_that_fails_leaves_nothing_and_keeps_the_earlier_one(
    treated: Ward, declared: list[Declaration], tmp_path: Path
) -> None:
    hand_over(treated.trial, treated.dee, declared, tmp_path / "out")
    before = contents(tmp_path / "out")

    def full_disk(name: str, done: int) -> None:
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        hand_over(treated.trial, treated.dee, declared, tmp_path / "out", progress=full_disk)
    assert contents(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_moments_subjects_and_sites_that_are_not_there_are_told(
    treated: Ward, declared: list[Declaration], tmp_path: Path
) -> None:
    with pytest.raises(WrongValue, match="there is no moment 100000"):
        hand_over(treated.trial, treated.dee, declared, tmp_path / "out", as_of=100_000)
    with pytest.raises(NotFound, match="no subject 01-9999"):
        hand_over(treated.trial, treated.dee, declared, tmp_path / "out", scope=Scope(subject="01-9999"))
    with pytest.raises(NotFound, match="no site 77"):
        hand_over(treated.trial, treated.dee, declared, tmp_path / "out", scope=Scope(site="77"))
    with pytest.raises(NotFound, match="no study version was published by then"):
        hand_over(treated.trial, treated.dee, declared, tmp_path / "out", as_of=1)


def test_progress_is_told_subject_by_subject(treated: Ward, declared: list[Declaration], tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []
    hand_over(
        treated.trial, treated.dee, declared, tmp_path / "out", progress=lambda name, done: told.append((name, done))
    )
    assert {"casebook", "forms", "items", "log", "queries"} == {name for name, _ in told}


def test_every_kind_of_export_verifies_after_the_key_was_rotated(
    treated: Ward, declared: list[Declaration], tmp_path: Path
) -> None:
    """Whoever may not see who rotated what still gets the entry that names the new key: nothing verifies without."""
    then = treated.store.size
    treated.store.rotate_keys(acting("administrator").actor, "yearly rotation")
    hand_over(treated.trial, treated.ito, declared, tmp_path / "subject", scope=Scope(subject=SUBJECT))
    hand_over(treated.trial, treated.ito, declared, tmp_path / "site", scope=Scope(site="01"))
    hand_over(treated.trial, treated.dee, declared, tmp_path / "study")
    hand_over(treated.trial, treated.dee, declared, tmp_path / "past", as_of=then)
    for name in ("subject", "site", "study", "past"):
        verify_folder(tmp_path / name, treated.store.keys.vkey)


def test_the_manifest_binds_form_by_form_which_changes_are_told(
    treated: Ward, declared: list[Declaration], tmp_path: Path
) -> None:
    hand_over(treated.trial, treated.ito, declared, tmp_path / "out", scope=Scope(site="01"))
    told = orjson.loads((tmp_path / "out" / MANIFEST).read_bytes())["told"]
    assert {"record/VS", "record/DOSE", "query", "subject", "store"} <= set(told)
    assert (told["record/VS"]["withheld"], told["record/DOSE"]["redacted"]) == (0, 0)
    assert told["record/DOSE"]["withheld"] > 0
    hand_over(treated.trial, treated.uma, declared, tmp_path / "whole", scope=Scope(site="01"))
    whole = orjson.loads((tmp_path / "whole" / MANIFEST).read_bytes())["told"]
    assert whole["record/DOSE"]["withheld"] == 0
    assert whole["record/DOSE"]["sha256"] != told["record/DOSE"]["sha256"]


def test_what_is_erased_while_an_export_is_made_stops_it(
    treated: Ward, declared: list[Declaration], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Manifest and proof would not agree: nobody gets an export that does not verify."""
    store, append = treated.store, treated.store.append
    seen = next(entry for entry in treated.trial.everything().entries() if entry.stream.endswith("/VS.1"))

    def meanwhile(drafts: list[Draft]) -> list[Receipt]:
        redact(treated.trial, treated.dee, seen.seq, [0], "a name stood there")
        return append(drafts)

    monkeypatch.setattr(store, "append", meanwhile)
    with pytest.raises(OutOfOrder, match="something was erased while this export was made"):
        hand_over(treated.trial, treated.ito, declared, tmp_path / "out", scope=Scope(site="01"))
    assert not (tmp_path / "out").exists()


def test_what_is_erased_while_the_files_are_written_stops_the_export_before_the_log_says_that_it_was_made(
    treated: Ward, declared: list[Declaration], tmp_path: Path
) -> None:
    everything = treated.trial.everything
    seen = next(entry for entry in everything().entries() if entry.stream.endswith("/VS.1"))
    told: list[str] = []

    def erasing(name: str, done: int) -> None:
        if not told:
            redact(treated.trial, treated.dee, seen.seq, [0], "a name stood there")
        told.append(name)

    with pytest.raises(OutOfOrder, match="something was erased while this export was made"):
        hand_over(treated.trial, treated.ito, declared, tmp_path / "out", scope=Scope(site="01"), progress=erasing)
    assert not (tmp_path / "out").exists()
    assert [entry.act for entry in everything().entries()][-1] == "disclosure.redact"
