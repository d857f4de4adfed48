"""The quiet look of the screens: less empty room than Streamlit leaves, headings of a size for work."""

from __future__ import annotations

import streamlit as st

STYLE = """<style>
.stMainBlockContainer{padding:2.4rem 2rem 3rem;max-width:1560px}
section.stSidebar{width:232px!important;min-width:232px!important}
.stSidebar [data-testid="stSidebarHeader"]{height:2.2rem;margin-bottom:0}
.stMain h1{font-size:1.7rem}.stMain h2{font-size:1.5rem;padding:.2rem 0 .4rem}
.stMain h3{font-size:1.12rem;padding:.1rem 0 .4rem}.stMain h4{font-size:1rem;padding:.1rem 0}
.stMain blockquote{margin:0 0 .4rem .2rem;color:inherit}
@media (max-width:900px){.stMainBlockContainer{padding:2.2rem 1rem 3rem}
section.stSidebar{width:196px!important;min-width:196px!important}}
@media (max-width:640px){section.stSidebar{width:85vw!important}}
</style>"""


def dress() -> None:
    """Put the look on, once a run."""
    st.html(STYLE)
