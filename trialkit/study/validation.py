"""From a tree of texts to a model: pydantic's errors become complaints with place, plain words and a remedy.

What can be mended by leaving it out is left out after it was complained of, so that the rest is still looked at and
every fault of a study is told in one go.
"""

from __future__ import annotations

import types
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, RootModel, ValidationError

from trialkit.study.complaint import Path
from trialkit.study.text import Source
from trialkit.values import nearest

_SUBSTANCE = ("groups", "items", "events")
"""Without these nothing that refers to the file can be judged."""

M = TypeVar("M", bound=BaseModel)


def validated(source: Source, model: type[M]) -> M | None:
    """The model of a source, faults noted in it; None if not even the rest makes sense."""
    if source.root is None:
        return None
    plain = source.root.plain()
    if not isinstance(plain, dict):
        source.complain((), "a mapping is expected", f"start with {next(iter(model.model_fields))}:")
        return None
    hollow = False
    for attempt in range(3):
        try:
            return model.model_validate(plain)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                path = _path(detail["loc"], plain)
                if attempt == 0:
                    what, hint, at_key = _worded(detail, path, model)
                    source.complain(path, what, hint, at_key=at_key)
                hollow |= bool(path) and path[-1] in _SUBSTANCE and detail["type"] in ("dict_type", "missing")
                _mend(plain, path, detail["type"])
            if hollow:
                return None
    return None


def annotation_at(model: Any, path: Path) -> Any:
    """The annotation of the value at a path of a model, or None."""
    here = bare(model)
    if isinstance(here, type) and issubclass(here, RootModel):
        here = bare(here.model_fields["root"].annotation)
    for step in path:
        if isinstance(here, type) and issubclass(here, BaseModel):
            info = here.model_fields.get(str(step))
            here = bare(info.annotation) if info else None
        elif get_origin(here) in (dict, list):
            here = bare(get_args(here)[-1])
        else:
            return None
    return here


def bare(annotation: Any) -> Any:
    """Without Annotated and without `| None`."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, types.UnionType):
            rest = [a for a in get_args(annotation) if a is not type(None)]
            if len(rest) != 1:
                return annotation
            annotation = rest[0]
        else:
            return annotation


def _path(loc: tuple[int | str, ...], plain: Any) -> Path:
    """The path of an error without pydantic's own markers."""
    path: list[str | int] = []
    here = plain
    for step in loc:
        if step == "[key]":
            break
        path.append(step)
        if isinstance(here, dict):
            here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            here = None
    return tuple(path)


def _worded(detail: Any, path: Path, model: type[BaseModel]) -> tuple[str, str, bool]:
    """(what, hint, at the key?) of one pydantic error."""
    kind, name, given = detail["type"], str(path[-1]) if path else "", detail.get("input")
    if kind == "missing":
        owner = f"{path[-2]} has no {name}" if len(path) > 1 else f"{name} is missing"
        return owner, f"add {name}:", True
    if kind == "extra_forbidden":
        owner = annotation_at(model, path[:-1])
        known = list(owner.model_fields) if isinstance(owner, type) and issubclass(owner, BaseModel) else []
        meant = nearest(name, known)
        return f"{name} is not a key here", f"did you mean {meant}?" if meant else "keys are " + ", ".join(known), True
    if kind == "string_pattern_mismatch":
        at_key = "[key]" in detail["loc"]
        return f"{given!r} is not an id", "capital letters, digits and _, starting with a letter, at most 40", at_key
    if kind == "literal_error":
        allowed = list(get_args(annotation_at(model, path)))
        meant = nearest(str(given), allowed)
        return (
            f"{given!r} is no {_singular(path)}",
            f"did you mean {meant}?" if meant else "one of " + ", ".join(allowed),
            False,
        )
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return f"{name} must have entries of its own", "write one key: value a line under it, indented", False
    if kind == "list_type":
        return f"{name} must be a list", "write one - entry a line under it", False
    if kind in ("string_type", "int_type", "bool_type"):
        return f"{name} must be a single text", "write it on one line, in quotes if it holds a colon", False
    if kind == "value_error":
        said = str(detail["ctx"]["error"])
        hints = {
            "is neither yes nor no": "write yes or no",
            "is not a whole number": "write digits only",
            "is empty": "write something, or leave the key out if it may be absent",
        }
        return f"{name}: {given!r} {said}" if given else f"{name} {said}", hints.get(said, "mend it"), False
    return f"{name}: {detail['msg']}", "see docs/language.md", False


def _singular(path: Path) -> str:
    name = next((str(step) for step in reversed(path) if isinstance(step, str)), "value")
    return name


def _mend(plain: Any, path: Path, kind: str) -> None:
    """Leaves the faulty part out; what is missing gets a stand-in."""
    here = plain
    for step in path[:-1]:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            return
    if not path:
        return
    last = path[-1]
    if isinstance(here, dict):
        if kind == "missing":
            here[last] = (
                {} if last in ("codes", "columns", "items", "groups", "events") else [] if last == "forms" else "?"
            )
        elif kind == "value_error" and here.get(last) == "":
            here[last] = "?"
        else:
            here.pop(last, None)
    elif isinstance(here, list) and isinstance(last, int) and last < len(here):
        here[last] = "?"
