"""Every page, view and opened row of every role of the demo: nothing comes over the line that the role must not see.

What is searched is what the server sends, tables and lists of choices included: more than a browser shows. The control:
the same search over what an unblinded pharmacist, or somebody of another site, gets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from apps.screens_list import LIST
from tests.browser.conftest import Served
from tests.browser.line import Drawn, Line, line, session_of
from tests.browser.secrets import Eyes, Said, caught, everything, secrets
from trialkit.cli.demo import PASSPHRASE, PASSWORD
from trialkit.cli.opening import opened
from trialkit.conduct.trial import Trial
from trialkit.study.compiled import CompiledStudy
