"""A small working study to start from: written to a folder under its own name, explained line by line in remarks."""

from __future__ import annotations

import json
from pathlib import Path

from trialkit.errors import WrongFile, WrongStudy
from trialkit.study.loading import load_study
from trialkit.study.model import Study

_HERE = Path(__file__).parent


def new_study(folder: Path, oid: str, title: str) -> tuple[Study, list[Path]]:
    """Writes the study and gives it back loaded, with its files.

    Raises WrongFile if something stands in the folder already, and WrongStudy for an oid or title that cannot be one;
    nothing is left behind then.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WrongFile(f"{folder} is not empty", "name a folder that does not exist yet")
    written = []
    for file in sorted(_HERE.rglob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        for word, value in (("{OID}", oid), ("{TITLE}", title)):
            text = text.replace(f'"{word}"', json.dumps(value, ensure_ascii=False))
        path = folder / file.relative_to(_HERE)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    try:
        return load_study(folder), written
    except WrongStudy:
        for path in (*written, folder / "exports", folder):
            path.rmdir() if path.is_dir() else path.unlink()
        raise
