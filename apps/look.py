"""The quiet look of the screens: less empty room than Streamlit leaves, headings of a size for work, legible at rest.

Colours of the theme stand in .streamlit/config.toml, light and dark; what is said here holds in both.
"""

from __future__ import annotations

import streamlit as st

FRAME = """
.stMainBlockContainer{padding:2.4rem 2rem 3rem;max-width:1560px}
section.stSidebar{width:232px!important;min-width:232px!important}
.stSidebar [data-testid="stSidebarHeader"]{height:2.2rem;margin-bottom:0}
.stMain h1{font-size:1.7rem}.stMain h2{font-size:1.5rem;padding:.2rem 0 .4rem}
.stMain h3{font-size:1.12rem;padding:.4rem 0 .35rem}.stMain h4{font-size:1rem;padding:.1rem 0}
.stMain blockquote{margin:0 0 .4rem .2rem;color:inherit}
@media (max-width:900px){.stMainBlockContainer{padding:2.2rem 1rem 3rem}
section.stSidebar{width:196px!important;min-width:196px!important}
.stSidebar [data-testid="stSidebarContent"]{padding-inline:.6rem}}
@media (max-width:640px){section.stSidebar{width:85vw!important}}
"""
# who only reads a form reads it as well as who types: what is shut is marked by its ground, not by faint ink
# dialogs and popovers lie outside the page's own element, so these rules are for the whole document
LEGIBLE = """
:root{--tk-ground:#fff;--tk-ink:#1b2733;--tk-soft:#55636f;--tk-on-primary:#fff;--tk-red:#9b1c1c;--tk-orange:#8a4b00}
@media (prefers-color-scheme:dark){
:root{--tk-ground:#12181f;--tk-ink:#e6ecf1;--tk-soft:#a9b6c2;--tk-on-primary:#0c141b;--tk-red:#ff9d94;--tk-orange:#ffbe76}}
.stTextInput [data-testid="InputInstructions"]{display:none}
.stToastContainer{top:auto!important;bottom:1rem!important}
[data-testid="stCaptionContainer"]{color:var(--tk-soft)!important;opacity:1!important}
[data-testid="stWidgetLabel"]{color:var(--tk-ink)!important;opacity:1}
:is(input,textarea):disabled{opacity:1;color:var(--tk-ink)!important;-webkit-text-fill-color:var(--tk-ink)!important}
:is(input,textarea)::placeholder{color:var(--tk-soft);-webkit-text-fill-color:var(--tk-soft);opacity:1;
font-style:italic}
[data-testid="stButtonGroup"] button{flex:0 0 auto!important}
[data-testid="stButtonGroup"] button:disabled *{color:var(--tk-ink)}
:is(button,a)[kind^="primary"]:not(:disabled) *{color:var(--tk-on-primary)!important}
button:disabled *{color:var(--tk-soft)}
"""
TEXT = """
.tk{font-size:.92rem;overflow-wrap:break-word}
.tk .wide{overflow-x:auto;margin:.4rem 0 .9rem}
.tk table{border-collapse:collapse;width:100%}
.tk th,.tk td{border:1px solid color-mix(in srgb,currentColor 28%,transparent);padding:.25rem .5rem;text-align:left;
vertical-align:top}
.tk thead th{background:color-mix(in srgb,currentColor 7%,transparent)}.tk tbody th{font-weight:600}
.tk dl{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:.1rem 1rem;margin:.4rem 0 .8rem}
.tk dt{font-weight:600}.tk dd{margin:0;overflow-wrap:anywhere}
.tk code,.tk .code{font:.9em/1.45 ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere;background:none;
color:inherit;padding:0}
.tk .lines{white-space:pre-line}.tk h3,.tk h4{padding:.6rem 0 .2rem}
.tk .matrix th,.tk .matrix td{padding:.1rem .25rem;text-align:center;font-size:.85em}
.tk .matrix tbody th{text-align:left}.tk .matrix abbr{text-decoration:none}
.tk .narrow{width:auto;min-width:24rem}.tk .items{table-layout:fixed;min-width:58rem}
.tk .items :is(th,td):last-child{width:24%}.tk .items td:last-child{font-size:.85em}
.tk details{border:1px solid color-mix(in srgb,currentColor 24%,transparent);border-radius:8px;margin:0 0 .45rem}
.tk summary{padding:.42rem .75rem;cursor:pointer;border-radius:8px}
.tk :is(summary,.ways a):hover{background:color-mix(in srgb,currentColor 7%,transparent)}
.tk details>p{margin:.1rem .75rem .3rem}.tk .soft{color:var(--tk-soft)}
.tk .ways{list-style:none;columns:3 13rem;gap:0 1rem;margin:0 .75rem .5rem;padding:0}
.tk .ways.log{columns:1}.tk .ways li{margin:0;padding:0;break-inside:avoid}
.tk .ways a{display:block;padding:.28rem .35rem;border-radius:6px;text-decoration:none}
.tk .bad{font-weight:700}.tk a{text-decoration:underline;color:inherit}
"""
BOARD = """
.tk .unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.tk table.board{width:auto;border-collapse:separate;border-spacing:0}
.tk .board th,.tk .board td{padding:.12rem .2rem;text-align:center;min-width:1.55rem;height:1.75rem;font-size:.8rem;
border-width:0 1px 1px 0;position:relative}
.tk .board thead th{border-top-width:1px;font-weight:600}
.tk .board th:first-child{border-left-width:1px;position:sticky;left:0;z-index:1;
background:var(--tk-ground);padding:.12rem .5rem;font-size:.88rem;white-space:nowrap}
.tk .board td a{display:block;text-decoration:none;line-height:1.5rem;font-size:.95rem}
.tk .board abbr{text-decoration:none}
.tk .ask{background:color-mix(in srgb,#d5482f 24%,transparent);font-weight:700}
.tk .wait{background:color-mix(in srgb,#d99a1c 24%,transparent)}
.tk .good{background:color-mix(in srgb,#3a9a5b 16%,transparent);font-weight:400}
.tk .shut{background:color-mix(in srgb,currentColor 12%,transparent)}
.tk .legend,.tk .bars{list-style:none;padding:0;margin:.2rem 0;display:flex;flex-wrap:wrap;gap:.25rem 1.1rem}
.tk .legend li,.tk .bars li{margin:0;padding:0}
.tk .sign{display:inline-block;min-width:1.5rem;text-align:center;border-radius:3px}
.tk .bars{display:grid;grid-template-columns:repeat(auto-fill,minmax(9rem,1fr));margin-bottom:.4rem}
.tk .bar{display:block;height:6px;border-radius:3px;background:color-mix(in srgb,currentColor 14%,transparent)}
.tk .bar span{display:block;height:6px;border-radius:3px;background:#3f86c6}
[class*="st-key-duty-"] a p strong{display:block;font-size:1.9rem;line-height:1.15;font-weight:600}
.stMain [data-testid="stPageLink"] a :is(span,p){white-space:normal;overflow:visible;text-overflow:clip;
line-height:1.35}
[class*="st-key-duty-"] [data-testid="stCaptionContainer"]{padding-left:.5rem}
[class*="st-key-duty-urgent-"]{border-left:4px solid #c0392b!important}
.tk-tools{display:block;width:1.15em;overflow:hidden;white-space:nowrap;color:var(--tk-soft)}
.tk-made .tk-tools{position:absolute;right:0;bottom:0}
button.tk-sign{font:inherit;background:none;border:0;border-radius:6px;cursor:pointer;padding:.3rem;min-height:1.9rem}
.tk-red{color:var(--tk-red)}.tk-orange{color:var(--tk-orange)}
.tk-first{animation:tk-first 1ms}@keyframes tk-first{from{opacity:.99}}
.st-key-next{border-left:4px solid #2f7fc1!important;gap:.35rem}
.st-key-next :is(.stSkeleton,[data-testid="stSkeleton"]){height:23px;min-height:0}
"""
# what takes no answer has no ground and a broken rim, so that nobody tries to type in it
FORM = """
:is([data-testid="stTextInputRootElement"],[data-testid="stTextAreaRootElement"],[data-baseweb="select"]>div):has(
:is(input,textarea):disabled){background:none!important;border-style:dashed!important}
:is(input,textarea):disabled{background:none!important}
[data-testid="stButtonGroup"] button:disabled{border-style:dashed!important}
.tk-beside{display:flex;align-items:center;gap:.5rem;white-space:nowrap}.tk-read{font-size:.875rem;color:var(--tk-soft)}
[class*="st-key-tk-about-"]{display:none}
.tk .tk-calculated{margin-bottom:.55rem;line-height:1.5}.tk .tk-calculated small{font-size:.875rem}
.tk .tk-calculated>small:first-child,.tk .tk-made>small:first-child{display:block}
.tk button{font:inherit;color:inherit;background:none;border:0;border-radius:6px;cursor:pointer}
.tk button:hover,button.tk-sign:hover{background:color-mix(in srgb,currentColor 7%,transparent)}
.tk .tk-made{position:relative;display:block;width:100%;padding:.05rem 2rem .05rem 0;text-align:left}
.st-key-waits [data-testid="stPageLink"] a{min-width:20rem;min-height:3rem;padding:.4rem 1rem;border-radius:8px;
border:1px solid color-mix(in srgb,currentColor 28%,transparent)}
.st-key-waits [data-testid="stPageLink"] a p{font-size:1.15rem}
.st-key-questions [data-testid="stButtonGroup"] button{min-width:3.4rem;min-height:2.75rem}
.st-key-questions [data-testid="stButtonGroup"] button p{font-size:1.1rem}
:is(.st-key-hand-in,[class*="st-key-as-it-is"]) button{min-height:3rem;padding-inline:1.6rem}
.tk:has(>.wide:only-child){position:relative}
.tk-more::after{content:"\\2192";position:absolute;right:1px;top:1px;bottom:1px;z-index:1;width:1.5rem;line-height:34px;
text-align:right;color:var(--tk-ink);pointer-events:none;
background:linear-gradient(to right,transparent,var(--tk-ground) 55%)}
"""
STYLE = f"<style>{FRAME}{LEGIBLE}{TEXT}{BOARD}{FORM}</style>"
"""Stands in the page itself (door/screens_page.py): nothing is drawn without it and moves when it comes."""


def dress(looks: int) -> None:
    """Once a run: a toast of a run that ends with another run is taken away unless something stands before it there.

    `looks`: how many pages were looked at so far, by which the browser knows the page that stands (door/leaving.js).
    """
    st.html(f"<style>{FRAME}:root{{--tk-looks:{looks}}}</style>")
