"""How the session speaks: clock times, minutes, volumes, and texts that HTML and Markdown leave alone."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from html import escape

import streamlit as st

STYLE = """<style>
.tk-now{display:grid;grid-template-columns:repeat(auto-fit,minmax(165px,1fr));gap:.6rem;margin:.2rem 0 .4rem}
.tk-now>div{border:1px solid rgba(128,140,150,.35);border-radius:.6rem;padding:.45rem .7rem;min-height:6.6rem}
.tk-now span{display:block;font-size:.8rem;opacity:.8}
.tk-now b{display:block;font-size:1.35rem;line-height:1.7rem;font-variant-numeric:tabular-nums}
.tk-now .late,.tk-shout{background:#b42318;color:#fff;border-color:#b42318}.tk-now .late span{opacity:1}
.tk-shout{border-radius:.6rem;padding:.7rem 1rem;margin:.3rem 0;font-size:1.15rem;font-weight:600}
.st-key-shout .tk-shout{padding:0;margin:.12rem 0;font-size:1.1rem;line-height:1.35rem}
:root{--tk-bar:5.2rem}
.stMain:has(.st-key-whose){margin-top:var(--tk-bar);height:calc(100% - var(--tk-bar))}
.stMain:has(.st-key-whose) .stMainBlockContainer{padding-top:.6rem}
.st-key-whose,.st-key-shout:has(.tk-shout){position:fixed;top:0;left:232px;right:0;width:auto;height:var(--tk-bar);
overflow:auto;padding:.3rem 2rem}
.st-key-whose{z-index:999;background:var(--tk-ground);border-bottom:1px solid rgba(128,140,150,.35);gap:0;
justify-content:center}
.st-key-whose h2{padding:0}
div:has(>:is(.st-key-whose,.st-key-shout)){position:absolute}
.st-key-shout:has(.tk-shout){z-index:1000000;background:#b42318;display:grid;grid-template-columns:1fr auto;
gap:0 1.2rem;align-content:safe center;align-items:center}
.st-key-shout:has(.stElementContainer:nth-child(2) .tk-shout) .tk-shout{font-size:1rem;line-height:1.15rem}
.st-key-shout:has(.stElementContainer:nth-child(2) .tk-shout) small{display:none}
.st-key-shout .stElementContainer:has(.stButton){grid-column:2;grid-row:1/span 9}
.st-key-shout .stButton button[kind]{background:#fff;border-color:#fff;outline-color:#fff}
.st-key-shout .stButton button[kind] *{color:#b42318!important;font-weight:700}
body:has(.stSidebar[aria-expanded=false]) :is(.st-key-whose,.st-key-shout:has(.tk-shout)){left:0;padding-left:4rem}
[class*=st-key-stopping] button[kind]{background:#b42318;border-color:#b42318}
[class*=st-key-stopping] button[kind] *{color:#fff!important;font-weight:600}
[class*=st-key-stopping] button[kind]:hover{background:#8f1a12;border-color:#8f1a12}
@media (max-width:900px){:root{--tk-bar:6.2rem}
.st-key-whose,.st-key-shout:has(.tk-shout){left:196px;padding:.3rem 1rem}
.st-key-shout .tk-shout{font-size:1rem;line-height:1.2rem}.tk-shout small{font-size:.82rem}
.stMain .st-key-whose h2{font-size:1.2rem}}
@media (max-width:640px){.st-key-whose,.st-key-shout:has(.tk-shout){left:0}}
.tk-shout small{display:block;font-weight:400;font-size:.9rem}
.tk-wide{overflow-x:auto}.tk-wide table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;
font-size:.86rem}.tk-wide th,.tk-wide td{text-align:left;padding:.28rem .4rem;
border-bottom:1px solid rgba(128,140,150,.3);vertical-align:top}
.tk-wide tbody th,.tk-wide td{white-space:nowrap}.tk-wide thead th{font-weight:600;opacity:.85;font-size:.78rem}
.tk-wide small{opacity:.8}
.tk-wide .why{display:block;white-space:normal;min-width:6rem;max-width:8rem}
.tk-wide tr.next{background:rgba(20,110,180,.12)}.tk-wide tr.bad{background:rgba(180,35,24,.12)}
.tk-wide .off{color:#b42318;font-weight:600}
@media (max-width:1100px){.tk-wide table{font-size:.8rem}.tk-wide th,.tk-wide td{padding:.25rem .18rem}
.tk-wide tbody td{white-space:normal}.tk-wide thead th{font-size:.7rem}}
@media (prefers-color-scheme:dark){.tk-wide .off{color:#ff9b8f}}
</style>"""


def dress() -> None:
    """Put the look of the session on, once a run."""
    st.html(STYLE)


def clock(at: dt.datetime | None) -> str:
    """10:23, or 10:23:05 where the second is known."""
    return "" if at is None else f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"


def span(seconds: float) -> str:
    """2:05 of minutes and seconds, or 1:02:05."""
    whole = int(abs(seconds))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def amount(volume: Decimal | None) -> str:
    """A volume to a tenth."""
    return "?" if volume is None else f"{volume:.1f}"


def rows(head: list[str], lines: list[tuple[str, list[str]]], caption: str) -> None:
    """A table to read: (class of the row, cells); the first cell names the row. Cells are HTML already."""
    top = "".join(f"<th scope=col>{re.sub('/(?=[a-zA-Z]{3})', '/<wbr>', escape(name))}</th>" for name in head)
    body = "".join(
        f"<tr class='{kind}'><th scope=row>{cells[0]}</th>{''.join(f'<td>{cell}</td>' for cell in cells[1:])}</tr>"
        for kind, cells in lines
    )
    st.html(f"<div class='tk-wide' tabindex=0 role=region aria-label='{escape(caption)}'><table><thead><tr>{top}</tr>"
            f"</thead><tbody>{body}</tbody></table></div>")  # fmt: skip
