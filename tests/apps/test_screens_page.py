"""The page of the screens: what the script of the door is given along."""

from __future__ import annotations

from pathlib import Path

import streamlit

from apps.door.screens_page import AHEAD, ahead


def test_each_part_that_is_fetched_ahead_is_a_file_of_this_streamlit() -> None:
    files = ahead()
    assert [name for name in AHEAD if not any(f"/{name}." in file for file in files)] == []
    assert all((Path(streamlit.__file__).parent / f"static{file}").is_file() for file in files)
