"""Files that are there, whole, after a power cut: written beside, flushed, renamed, the folder flushed too."""

from __future__ import annotations

import os
from pathlib import Path

from trialkit.errors import StoreRefused


def write(path: Path, data: bytes) -> None:
    """Replace the file in one step; readable by its owner only (0600). Raises StoreRefused when the disk will not."""
    try:
        _write(path, path.with_name(path.name + ".new"), data)
    except OSError as error:
        # the files written here come after a commit, or before anything was made: no acknowledged entry hangs on them
        raise StoreRefused(
            f"{path} could not be written ({error.strerror or error}): what was acknowledged is saved; "
            "not signed yet; the next start signs it",
            "make room on the disk; nothing that was acknowledged is lost",
        ) from error


def _write(path: Path, beside: Path, data: bytes) -> None:
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make renames in the folder last."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
