"""An export that comes back as a zip: verified as it is, refused in one sentence for what it is not, kept nowhere."""

from __future__ import annotations

import io
import struct
import tempfile
import zipfile
from pathlib import Path

import pytest

from tests.access.staff import acting
from tests.ward import SUBJECT, Ward
from trialkit.errors import Refused, WrongFile
from trialkit.export import uploaded
from trialkit.export.bundle import hand_over
from trialkit.export.declared import load_deliverables
from trialkit.export.source import Scope
from trialkit.export.uploaded import Verdict, verify_packed

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])
WITHOUT = ("nurse", "physician", "rater", "administrator")


@pytest.fixture(autouse=True)
def nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Every test leaves the folder of temporary files as empty as it was."""
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(room))
    yield
    assert list(room.iterdir()) == []


@pytest.fixture
def folder(ward: Ward, tmp_path: Path) -> Path:
    """What Dee was handed: the study's values, after one was corrected."""
    declared = tmp_path / "deliverables"
    declared.mkdir()
    (declared / "items.yaml").write_text("kind: csv-items\ntitle: Values\nprofile: machine\nblinding: reader\n")
    ward.save("V1", "VS", {"SYSBP": "120", "DIABP": "80"})
    hand_over(ward.trial, ward.dee, load_deliverables(declared, ward.study), tmp_path / "out")
    return tmp_path / "out"


def packed(folder: Path, top: str = "ward/", **changed: bytes) -> io.BytesIO:
    """The folder as a zip; `changed` files by their name without its ending hold something else."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for path in sorted(folder.iterdir()):
            out.writestr(f"{top}{path.name}", changed.get(path.stem, path.read_bytes()))
    return made


def holding(*names: str, content: bytes = b"x") -> io.BytesIO:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for name in names:
            out.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return made


@pytest.mark.parametrize("top", ["", "ward/"])
def test_an_export_that_comes_back_untouched_passes_and_says_whose_it_was(ward: Ward, folder: Path, top: str) -> None:
    told: list[tuple[str, int, int]] = []
    found = verify_packed(ward.trial, ward.ines, packed(folder, top), lambda *said: told.append(said))
    assert found.report.passed, str(found.report)
    assert found.report.files == len(list(folder.iterdir())) - 1
    assert found.said["who"]["id"] == "dee"
    assert {what for what, _, _ in told} == {"unpacking", "checking"}
    assert all(0 < done <= total for _, done, total in told)


def test_one_changed_byte_fails_and_the_file_is_named(ward: Ward, folder: Path) -> None:
    [table] = folder.glob("*.csv")
    found = verify_packed(
        ward.trial, ward.dee, packed(folder, **{table.stem: table.read_bytes().replace(b"120", b"121", 1)})
    )
    assert (found.report.exit, found.report.where) == (1, table.name)
    assert found.said == {}


def test_an_export_of_a_key_that_was_replaced_since_passes_still(ward: Ward, folder: Path, tmp_path: Path) -> None:
    subject = tmp_path / "subject"
    hand_over(ward.trial, ward.dee, [], subject, scope=Scope(SUBJECT))
    ward.store.rotate_keys(acting("administrator").actor, "yearly")
    for one in (folder, subject):
        assert verify_packed(ward.trial, ward.dee, packed(one)).report.passed
    [table] = folder.glob("*.csv")
    broken = verify_packed(ward.trial, ward.dee, packed(folder, **{table.stem: b""})).report
    assert broken.where == table.name, "the fault is that of the file, not of the key"


def refused(ward: Ward, file: io.BytesIO) -> str:
    with pytest.raises(WrongFile) as told:
        verify_packed(ward.trial, ward.dee, file)
    return told.value.sentence


def test_what_is_no_zip_or_no_export_is_refused_in_a_sentence(ward: Ward, folder: Path) -> None:
    whole = packed(folder).getvalue()
    assert "no zip" in refused(ward, io.BytesIO(b""))
    assert "no zip" in refused(ward, io.BytesIO(b"%PDF-1.7 a casebook"))
    assert "no zip" in refused(ward, io.BytesIO(whole[: len(whole) // 2]))
    assert "no export" in refused(ward, holding("holiday.jpg"))
    assert "no export" in refused(ward, holding("a/proof.jsonl", "b/manifest.json"))
    middle = len(whole) // 3
    assert "damaged" in refused(ward, io.BytesIO(whole[:middle] + bytes(40) + whole[middle + 40 :]))


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/etc/evil", "..\\evil", "c:evil", "a//b", "e\x07vil"])
def test_a_name_that_leads_out_of_its_folder_is_refused(ward: Ward, tmp_path: Path, name: str) -> None:
    assert "leads out" in refused(ward, holding("proof.jsonl", name))
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_twice_is_refused(ward: Ward) -> None:
    assert "twice" in refused(ward, holding("proof.jsonl", "a", "a"))


def test_a_zip_that_would_fill_the_disk_or_the_memory_is_refused(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "More comes out" in refused(ward, holding("proof.jsonl", "zeros", content=bytes(30_000_000)))
    monkeypatch.setattr(uploaded, "MOST_IN_A_LINE", 1_000_000)
    assert "More comes out" in refused(ward, holding("proof.jsonl", content=b"x" * 2_000_000))


def test_a_zip_whose_list_of_contents_is_too_long_is_refused_before_it_is_read(ward: Ward) -> None:
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65_535, 65_535, 46, 0, 0)
    assert "more files" in refused(ward, io.BytesIO(end))
    assert "more files" in refused(ward, io.BytesIO(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 10**9, 0, 0)))
    wide = b"PK\x06\x07" + bytes(16) + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 46, 0, 0)
    assert "more files" in refused(ward, io.BytesIO(wide))


def test_a_file_that_is_too_large_is_refused_before_it_is_looked_at(
    ward: Ward, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploaded, "MOST_PACKED", 1_000)
    assert "too large" in refused(ward, packed(folder))


def test_a_form_locked_with_a_password_is_refused(ward: Ward, folder: Path) -> None:
    locked = bytearray(packed(folder).getvalue())
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(sign) + flags] |= 1
    assert "damaged" in refused(ward, io.BytesIO(bytes(locked)))


@pytest.mark.parametrize("role", WITHOUT)
def test_who_may_not_export_verifies_no_upload_either(ward: Ward, folder: Path, role: str) -> None:
    with pytest.raises(Refused):
        verify_packed(ward.trial, acting(role), packed(folder))


@pytest.mark.parametrize("role", ["coordinator", "investigator", "monitor", "sponsor", "auditor"])
def test_who_may_export_verifies_what_comes_back(ward: Ward, folder: Path, role: str) -> None:
    found: Verdict = verify_packed(ward.trial, acting(role), packed(folder))
    assert found.report.passed
