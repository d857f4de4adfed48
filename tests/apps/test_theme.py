"""The theme that is told to each browser: worked out once, and the same as Streamlit works out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

from apps import streamlit_app

OURS = Path(streamlit_app.__file__).parent / ".streamlit" / "config.toml"


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Streamlit with the settings of the screens."""
    with monkeypatch.context() as patch:
        patch.setattr(config, "get_config_files", lambda _name: [str(OURS)])
        config.get_config_options(force_reparse=True)
        streamlit_app._theme.cache_clear()
        yield
    config.get_config_options(force_reparse=True)
    streamlit_app._theme.cache_clear()


@pytest.mark.usefixtures("ours")
@pytest.mark.parametrize("section", ["theme", "theme.light", "theme.dark", "theme.sidebar"])
def test_the_theme_is_told_as_streamlit_tells_it(section: str) -> None:
    theirs, ours = CustomThemeConfig(), CustomThemeConfig()
    streamlit_app._populate_theme_msg(theirs, section)
    app_session._populate_theme_msg(ours, section)
    assert ours == theirs
    assert bool(ours.ByteSize()) is (section != "theme.sidebar")
