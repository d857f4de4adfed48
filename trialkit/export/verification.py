"""Is an export what it says? The published stand-alone verifier, asked from the library."""

from __future__ import annotations

from pathlib import Path

from trialkit.errors import Broken
from trialkit.ledger.verify_export import Report, verify


def verify_folder(folder: Path, vkey: str, since: Path | None = None) -> Report:
    """Verify an export with the log's public key alone. Raises Broken, which names place and fault, if it fails."""
    report = verify(folder, vkey, since)
    if not report.passed:
        raise Broken(f"{report.where}: {report.what}" if report.where else report.what, "", file=report.where)
    return report
