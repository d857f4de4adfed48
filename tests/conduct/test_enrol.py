"""Subject numbers: which a site may give, which comes next, and what is said of one that does not fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures_store import Made
from tests.ward import Clock, Ward, write_study
from tests.ward_study import STUDY
from trialkit.conduct.enrol import enrol, example, next_free, skipped
from trialkit.errors import WrongValue

NAMED = STUDY.replace("'[0-9]{2}-[0-9]{4}'", "'(?P<site>[0-9]{2})-[0-9]{4}'")


@pytest.fixture
def ward(make_store: Callable[..., Made], tmp_path: Path) -> Ward:
    clock = Clock()
    made = make_store(study_oid="WARD-1", clock=clock)
    return Ward.open(made.store, clock, write_study(tmp_path / "ward", NAMED))


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_number_of_another_site_is_refused_and_the_next_free_one_is_told(ward: Ward) -> None:
    for number in ("01-0002", "01-0007"):
        enrol(ward.trial, ward.ana, "01", number)
    assert next_free(ward.trial, "01") == "01-0008"
    with pytest.raises(WrongValue, match="02-0099 is a number of site 02, not of site 01") as refused:
        enrol(ward.trial, ward.ana, "01", "02-0099")
    assert "01-0008" in refused.value.hint
    assert ward.trial.everything().record("subject/02-0099") is None


@pytest.mark.parametrize("engine", ["sqlite"])
def test_the_numbers_that_would_be_left_out_are_counted(ward: Ward) -> None:
    enrol(ward.trial, ward.ana, "01", "01-0002")
    found = [skipped(ward.trial, "01", number) for number in ("01-0003", "01-0004", "01-0903", "01-0001", "02-0009")]
    assert found == [0, 1, 900, 0, 0]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_what_a_number_looks_like_is_said_by_an_example_and_not_by_a_pattern(ward: Ward) -> None:
    with pytest.raises(WrongValue) as refused:
        enrol(ward.trial, ward.ana, "01", "14")
    assert refused.value.hint == "numbers look like 01-0014; the next free one here is 01-0002"


def test_examples_follow_the_pattern_and_where_it_is_too_free_none_is_made_up() -> None:
    assert example("(?P<site>[0-9]{2})-[0-9]{4}", "07") == "07-0014"
    assert example("[0-9]{2}-[0-9]{4}") == "01-0014"
    assert example("01-[0-9]{3}-[0-9]{4}") == "01-001-0014"
    assert example("[A-Z]+[0-9]*") == ""
