"""What may be captured: the form language, loaded with all complaints at once, compiled, compared, tried."""

from trialkit.study.building import compile_study
from trialkit.study.canonical import study_from_canonical
from trialkit.study.compiled import CompiledCheck, CompiledForm, CompiledItem, CompiledStudy, path_of, recompute, split
from trialkit.study.complaint import Complaint
from trialkit.study.loading import load_study
from trialkit.study.model import Study

__all__ = [
    "CompiledCheck",
    "CompiledForm",
    "CompiledItem",
    "CompiledStudy",
    "Complaint",
    "Study",
    "compile_study",
    "load_study",
    "path_of",
    "recompute",
    "split",
    "study_from_canonical",
]
