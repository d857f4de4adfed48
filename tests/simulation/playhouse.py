"""A small play for tests: the ward's study, two people who act, and stories whose text stands in the test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.ward import write_study
from trialkit.conduct.trial import Trial
from trialkit.simulation.loading import Play, load_play
from trialkit.simulation.playing import Turned, perform
from trialkit.simulation.stage import Clock, Stage
from trialkit.store.database import Store
from trialkit.study.loading import load_study

WORDS = "plum harbour violet anchor"
CAST = """\
opens: 2026-03-02T08:00
administrator: adi
data_manager: dee
sites:
  '01':
    name: Clinic North
    zone: Europe/London
    country: GBR
people:
  adi:
    name: Adi Okafor
    organisation: Contract Research
    grants:
    - role: administrator
  dee:
    name: Dee Larsen
    organisation: Contract Research
    grants:
    - role: datamanager
  mo:
    name: Mo Haddad
    organisation: Contract Research
    grants:
    - role: monitor
      sites: ['01']
  ana:
    name: Ana Souza
    organisation: Clinic North
    grants:
    - role: coordinator
      sites: ['01']
consent_texts:
- at: 2026-03-02T08:30
  sites: ['01']
  version: '1.0'
  approved: 2025-12-01
  valid_from: 2026-01-01
"""
PATTERNS = """\
patterns:
  measuring:
  - after: +0:10
    who: '@coordinator'
    form: VS
    values:
      VSDAT: +0:00
      SYSBP: '120'
      DIABP: '80'
      WEIGHT: '70.0'
"""
HEAD = """\
title: A day at the clinic
shows: what the test says
site: '01'
subject: 01-0001
acts:
- at: 2026-03-03T09:00
  do: enrol
  who: ana
"""


def write_play(folder: Path, story: str, head: str = HEAD, patterns: str = PATTERNS) -> Path:
    """The folder of a play with one story, whose acts after the enrolment stand in the test."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cast.yaml").write_text(CAST)
    (folder / "patterns.yaml").write_text(patterns)
    (folder / "day.yaml").write_text(head + story)
    return folder


def played(make_store: Callable[..., Store], tmp_path: Path, story: str) -> tuple[Stage, Play, list[Turned]]:
    """The story played in the ward's study, from an empty store on."""
    play = load_play(write_play(tmp_path / "stories", story))
    clock = Clock(datetime.fromisoformat(play.cast.opens).replace(tzinfo=UTC))
    made = make_store(study_oid="WARD-1", clock=clock)
    store = getattr(made, "store", made)
    stage = Stage(Trial(store), clock, play.cast, WORDS)
    stage.open(load_study(write_study(tmp_path / "ward")))
    return stage, play, perform(stage, play)
