"""JSON Schemas of the study files for editors, made from the models: keys are completed, wrong ones underlined.

In the files every scalar is text, so numbers and flags are described as texts of their shape.
"""

from __future__ import annotations

from typing import Any

from trialkit.study.loading import CodeLists, LookupTables
from trialkit.study.model import Form, StudyFile

_TEXTS: dict[str, dict[str, Any]] = {
    "boolean": {"enum": ["yes", "no"]},
    "integer": {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^-?[0-9]{1,9}$"}]},
}


def schemas() -> dict[str, dict[str, Any]]:
    """File name -> JSON Schema (draft 2020-12) of `study.yaml`, `codelists.yaml`, `tables.yaml` and the forms."""
    found = {}
    for name, model in (("study", StudyFile), ("codelists", CodeLists), ("tables", LookupTables), ("form", Form)):
        schema = _as_text(model.model_json_schema())
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        found[f"{name}.schema.json"] = schema
    return found


def _as_text(node: Any) -> Any:
    """The schema with numbers and flags as YAML files write them; a text may look like a number to an editor."""
    if isinstance(node, list):
        return [_as_text(part) for part in node]
    if not isinstance(node, dict):
        return node
    kind = node.get("type")
    kept = {
        k: _as_text(v)
        for k, v in node.items()
        if k not in ("title", "default") or not isinstance(v, str | bool | int | list)
    }
    if isinstance(kind, str) and kind in _TEXTS:
        kept.pop("type")
        return {**kept, **_TEXTS[kind]}
    if kind == "string" and "enum" not in node and "const" not in node:
        kept["type"] = ["string", "number", "boolean"]
    return kept
