"""The one text of a study: canonical JSON, whose SHA-256 is the study's version for ever.

Order of items, groups, codes and events means something, so ordered mappings are written as lists of [key, value];
whatever has its default is left out, so that the language can grow without changing the hash of an old study.
"""

from __future__ import annotations

import hashlib
from typing import Any, get_args, get_origin

import orjson
from pydantic import BaseModel, ValidationError

from trialkit.errors import WrongStudy
from trialkit.study.complaint import Complaint
from trialkit.study.model import CodeList, Form, LookupTable, Study, StudyFile
from trialkit.study.validation import bare as bared


class _Whole(BaseModel):
    file: StudyFile
    codelists: dict[str, CodeList]
    forms: dict[str, Form]
    tables: dict[str, LookupTable] = {}


FORMAT = 1


def study_of(
    file: StudyFile,
    codelists: dict[str, CodeList],
    forms: dict[str, Form],
    tables: dict[str, LookupTable] | None = None,
) -> Study:
    """The study of its parts, with canonical bytes and hash; forms in the order in which events first use them."""
    sets = file.event_sets
    used = [form for event in file.events.values() for name in event.forms for form in sets.get(name, [name])]
    order = [oid for oid in dict.fromkeys(used) if oid in forms]
    forms = {oid: forms[oid] for oid in [*order, *sorted(forms.keys() - set(order))]}
    whole = _Whole.model_construct(file=file, codelists=codelists, forms=forms, tables=tables or {})
    canonical = orjson.dumps({"v": FORMAT, "study": encoded(whole)}, option=orjson.OPT_SORT_KEYS)
    digest = hashlib.sha256(canonical).hexdigest()
    return Study(file=file, codelists=codelists, forms=forms, tables=whole.tables, hash=digest, canonical=canonical)


def study_from_canonical(data: bytes) -> Study:
    """The study of its canonical bytes; raises WrongStudy if they are not such bytes."""
    try:
        body = orjson.loads(data)
        if not isinstance(body, dict) or body.get("v") != FORMAT:
            raise ValueError("format")
        whole = _Whole.model_validate(_decoded(_Whole, body["study"]))
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        what = "these bytes are no canonical study of this format"
        raise WrongStudy([Complaint("study", 1, 1, what, "load the study from its folder")]) from error
    digest = hashlib.sha256(data).hexdigest()
    return Study(
        file=whole.file, codelists=whole.codelists, forms=whole.forms, tables=whole.tables, hash=digest, canonical=data
    )


def encoded(value: Any, annotation: Any = None) -> Any:
    """A model as JSON in which defaults are left out and ordered mappings are lists of [key, value]."""
    if isinstance(value, BaseModel):
        return {
            name: encoded(getattr(value, name), info.annotation)
            for name, info in type(value).model_fields.items()
            if info.is_required() or getattr(value, name) != info.get_default(call_default_factory=True)
        }
    bare = bared(annotation)
    if isinstance(value, dict) and get_origin(bare) is dict and get_args(bare)[1] is not object:
        inner = get_args(bare)[1]
        return [[key, encoded(item, inner)] for key, item in value.items()]
    if isinstance(value, list) and get_origin(bare) is list:
        return [encoded(item, get_args(bare)[0]) for item in value]
    return value


def _decoded(annotation: Any, value: Any) -> Any:
    bare = bared(annotation)
    if isinstance(bare, type) and issubclass(bare, BaseModel) and isinstance(value, dict):
        fields = bare.model_fields
        return {k: _decoded(fields[k].annotation, v) if k in fields else v for k, v in value.items()}
    if get_origin(bare) is dict and get_args(bare)[1] is not object and isinstance(value, list):
        return {key: _decoded(get_args(bare)[1], item) for key, item in value}
    if get_origin(bare) is list and isinstance(value, list):
        return [_decoded(get_args(bare)[0], item) for item in value]
    return value
