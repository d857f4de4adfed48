"""The twelve subjects of the reference study whose stories are written (section 7.3)."""

from __future__ import annotations

from trialkit.simulation.model.scripted import Script

SCRIPTS: dict[str, Script] = {"01-0001": Script(plain=True, arm="A")}
