"""The look of the door's own pages: plain HTML, no script needed, everything escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from starlette.responses import HTMLResponse

STYLE = """
:root{color-scheme:light;--ink:#1b2733;--soft:#5b6b7b;--line:#c9d3dc;--blue:#0b5cad;--bad:#9b1c1c;--warn:#fff4d6}
*{box-sizing:border-box}body{margin:0;font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;color:var(--ink);
background:#f3f6f8}main{max-width:30rem;margin:6vh auto;padding:2rem;background:#fff;border:1px solid var(--line);
border-radius:10px}main.wide{max-width:52rem}h1{font-size:1.4rem;margin:0 0 .25rem}
h2{font-size:1.05rem;margin:1.5rem 0 .4rem}
p{margin:.4rem 0 1rem}.soft{color:var(--soft)}label{display:block;font-weight:600;margin:.9rem 0 .25rem}
input,select{width:100%;font:inherit;padding:.55rem .7rem;border:1px solid #8fa0ae;border-radius:6px;background:#fff}
input:focus,select:focus,button:focus,a:focus{outline:3px solid #7db4ee;outline-offset:1px}
button{font:inherit;font-weight:600;margin-top:1.2rem;padding:.6rem 1.2rem;border:0;border-radius:6px;color:#fff;
background:var(--blue);cursor:pointer}button.plain{background:#fff;color:var(--blue);border:1px solid var(--blue)}
.bad{border-left:4px solid var(--bad);background:#fdecec;padding:.6rem .9rem;margin:1rem 0}
.note{border-left:4px solid #b98900;background:var(--warn);padding:.6rem .9rem;margin:1rem 0}
table{border-collapse:collapse;width:100%;margin:.5rem 0}th,td{text-align:left;padding:.35rem .6rem;
border-bottom:1px solid var(--line);vertical-align:top}pre{white-space:pre-wrap;background:#f3f6f8;padding:1rem;
border-radius:6px;font-size:.9rem}details{border:1px solid var(--line);border-radius:6px;padding:.5rem .8rem;
margin:.4rem 0}summary{cursor:pointer;font-weight:600}summary:focus{outline:3px solid #7db4ee}details th{width:55%;
font-weight:400}td{overflow-wrap:anywhere}code{overflow-wrap:anywhere}.people{display:flex;flex-wrap:wrap;gap:.4rem;margin-top:.5rem}
.people button{margin:0;padding:.35rem .7rem;font-weight:500;text-align:left}
.people small{display:block;color:var(--soft)}
"""
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}


def page(title: str, *parts: str, status: int = 200, wide: bool = False, banner: str = "") -> HTMLResponse:
    """A whole page. `parts` are HTML already; everything that came from outside went through `text`."""
    warn = f'<div class="note" role="note">{text(banner)}</div>' if banner else ""
    body = "".join(parts)
    shape = ' class="wide"' if wide else ""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{text(title)} · trialkit</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body><main{shape}><h1>{text(title)}</h1>{warn}{body}</main></body></html>",
        status_code=status,
        headers=HEADERS,
    )


def text(value: object) -> str:
    """Any text as HTML."""
    return escape(str(value), quote=True)


def bad(sentence: str, hint: str = "") -> str:
    """What went wrong and what to do, read out at once."""
    said = f"{sentence[:1].upper()}{sentence[1:]}{'' if sentence.endswith(('.', '!', '?', ':')) else '.'}"
    told = f"<strong>{text(said)}</strong> {text(hint[:1].upper() + hint[1:])}"
    return f'<div class="bad" role="alert">{told}</div>' if sentence else ""


def field(name: str, label: str, *, kind: str = "text", value: str = "", fill: str = "off", focus: bool = False,
          optional: bool = False) -> str:  # fmt: skip
    """A labelled input."""
    return (
        f'<label for="{name}">{text(label)}</label><input id="{name}" name="{name}" type="{kind}" '
        f'value="{text(value)}" autocomplete="{fill}"{" autofocus" if focus else ""}'
        f"{'' if optional else ' required'}>"
    )


def choice(name: str, label: str, options: Iterable[tuple[str, str]], chosen: str = "") -> str:
    """A labelled list to choose from: (value, words)."""
    rows = "".join(
        f'<option value="{text(value)}"{" selected" if value == chosen else ""}>{text(words)}</option>'
        for value, words in options
    )
    return f'<label for="{name}">{text(label)}</label><select id="{name}" name="{name}">{rows}</select>'


def hidden(name: str, value: str) -> str:
    """A value that comes back with the form."""
    return f'<input type="hidden" name="{name}" value="{text(value)}">'
