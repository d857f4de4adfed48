"""The blank case report form of the reference study: complete, blinded, for ever the same, and a proper PDF."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pypdfium2

from trialkit.export.declared import load_deliverables
from trialkit.export.pdf.blank import write_blank
from trialkit.export.pdf.check import check_pdf
from trialkit.study.building import compile_study
from trialkit.study.compiled import CompiledStudy
from trialkit.study.loading import load_study
from trialkit.study.masking import masked

ROOT = Path(__file__).parents[2]


@cache
def study() -> CompiledStudy:
    return compile_study(load_study(ROOT / "forms/ket_trd_301"))


def blank(folder: Path, *, blinded: bool = True, annotated: bool = True, name: str = "blank-crf.pdf") -> Path:
    path = folder / name
    shown = masked(study(), None, False) if blinded else study()
    write_blank(shown, path, "trialkit 0.1.0", annotated=annotated, blinded=blinded)
    return path


def text(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    found = " ".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    return "".join(found.split())


def test_every_question_unit_and_short_code_list_is_in_it(tmp_path: Path) -> None:
    found = text(blank(tmp_path, blinded=False))
    for form in study().forms.values():
        assert "".join(form.form.title.split()) in found
        for rule in form.items.values():
            if rule.item.retired:
                continue
            assert "".join((rule.item.question or rule.item.label).split()) in found, rule.oid
            assert rule.oid in found
            for words in (rule.labels or {}).values() if rule.compute is None else ():
                assert "".join(words.split()) in found, (rule.oid, words)


def test_a_blinded_copy_has_no_masked_form_item_or_code_list(tmp_path: Path) -> None:
    blinded, whole = text(blank(tmp_path)), text(blank(tmp_path, blinded=False, name="whole.pdf"))
    for word in ("DPMG", "ECDOSE", "DAWMG", "Drugaccountability", "UNBLINDED"):
        assert word not in blinded
    for word in ("DPMG", "ECDOSE", "DAWMG", "UNBLINDED"):
        assert word in whole
    assert "blinded:withoutmasked" in blinded


def test_sdtm_targets_stand_in_the_annotated_copy_alone(tmp_path: Path) -> None:
    assert "VS.VSORRESWEIGHT" in text(blank(tmp_path))
    assert "VS.VSORRES" not in text(blank(tmp_path, annotated=False, name="plain.pdf"))


def test_it_keeps_every_rule_for_regulatory_pdf_files(tmp_path: Path) -> None:
    assert check_pdf(blank(tmp_path)) == []


def test_the_same_study_gives_the_same_bytes(tmp_path: Path) -> None:
    assert blank(tmp_path).read_bytes() == blank(tmp_path, name="again.pdf").read_bytes()


def test_the_reference_study_hands_it_over_blinded_and_annotated() -> None:
    found = {one.name: one.what for one in load_deliverables(ROOT / "exports/ket_trd_301", study().study)}
    what = found["blank-crf"]
    assert (what.kind, what.blinding, getattr(what, "annotated", None)) == ("blank-crf", "blinded", True)
