"""A study as one page: everything of it stands there, every link leads somewhere, and the page needs nothing else."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from typer.testing import CliRunner

from tests.study.small import FILES, write_small
from trialkit.cli.study import app
from trialkit.export.web.describe import described
from trialkit.export.web.markup import document, rows, tag
from trialkit.study.building import compile_study
from trialkit.study.loading import load_study
from trialkit.study.tracing import trace

TABLES = """\
LIMITS:
  title: Limits of pressures
  key: SEX
  columns:
    LOW:
      label: Lowest
      type: integer
      unit: mmHg
  rows:
    F:
      LOW: "90"
"""


class Outline(HTMLParser):
    """The ids and links of a page, its text, and the tags that stand open at its end."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.ids += [str(found["id"])] if "id" in found else []
        self.links += [str(found[key]) for key in ("href", "src") if key in found]
        if name not in ("meta", "br", "input"):
            self.open.append(name)

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop() == name

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def page(folder: Path, **changes: str) -> bytes:
    files = {f"{name}.yaml": text for name, text in changes.items()}
    return described(compile_study(load_study(write_small(folder, files))))


def test_the_page_tells_events_forms_items_checks_and_what_they_share(tmp_path: Path) -> None:
    vs = FILES["vs.yaml"].replace(
        "require: DIABP < SYSBP", "require: DIABP < SYSBP or SYSBP > lookup(LIMITS, DM.SEX, LOW)"
    )
    told = Outline(page(tmp_path, tables=TABLES, vs=vs)).text
    for words in (
        "SMALL-1 1.0 A small study",
        "V1 Screening scheduled day -7 from V2 −14/+0",
        "VS: Vital signs",
        "SYSBP Systolic integer, mmHg possible 40 to 300 usual 90 to 160",
        "WEIGHT Weight decimal, kg, 1 digit after the point",
        "when SYSBP > P_MAX_SBP",
        "= years( BRTHDAT , today)",
        "PRE Before -10 −50/+9 moment( ECSTDAT , ECSTTIM )",
        "T40 40 minutes",
        "VS-001",
        "Diastolic ({DIABP}) is not below systolic ({SYSBP}).",
        "P_MAX_SBP Highest systolic pressure before a dose 140 mmHg condition of VS.VSREP",
        "TOXGR: Grade Used by AE.AETOXGR Code Meaning 1 Mild",
        "LIMITS: Limits of pressures Used by VS-001 SEX Lowest (mmHg) F 90",
        "coordinator Coordinator own site open DM",
        "SYSBP = 120 DIABP = 120",
        "G05 hard A date or time later than now",
    ):
        assert words in told


def test_what_a_check_asks_beside_values_is_told_with_what_it_reads(tmp_path: Path) -> None:
    rule = "signed(EC) and count(AE) < 9 and any(EC.STEPS, ECSTEP == 'STOP') and others(DM, SEX == 'F') < 2"
    vs = FILES["vs.yaml"].replace("require: DIABP < SYSBP", f"require: {rule}")
    vs = vs.split("    cases:")[0] + "  VS-002" + vs.split("  VS-002")[1]
    outline = Outline(page(tmp_path, vs=vs))
    told = "reads records of DM , DM.SEX , records of AE , signatures of EC , rows of EC.STEPS , EC.ECSTEP"
    assert told in outline.text
    assert {link for link in outline.links if link.removeprefix("#") not in outline.ids} == set()


def test_every_link_leads_to_one_place_of_the_page(tmp_path: Path) -> None:
    outline = Outline(page(tmp_path))
    assert len(outline.ids) == len(set(outline.ids))
    assert {link for link in outline.links if link.removeprefix("#") not in outline.ids} == set()
    assert len(outline.links) > 100
    assert outline.open == []


def test_the_page_is_complete_in_itself_and_readable_without_scripts(tmp_path: Path) -> None:
    made = page(tmp_path).decode()
    assert [link for link in Outline(made.encode()).links if not link.startswith("#")] == []
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|https?://", made)
    assert re.search(r'<div class="search noprint" id="searching" hidden>', made)
    assert '<html lang="en">' in made
    assert '<label for="search">' in made


def test_what_a_study_says_never_becomes_markup(tmp_path: Path) -> None:
    hostile = FILES["dm.yaml"].replace("label: Asked by", "label: </td><script>alert(1)</script>")
    made = page(tmp_path, dm=hostile).decode()
    assert made.count("<script>") == 1
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in made
    assert tag("a", "x", title='"><b>') == '<a title="&quot;&gt;&lt;b&gt;">x</a>'


def test_an_expression_links_to_the_items_and_thresholds_it_names(tmp_path: Path) -> None:
    made = page(tmp_path).decode()
    assert '<code><a href="#item-VS-SYSBP">SYSBP</a> &gt; <a href="#parameter-P_MAX_SBP">P_MAX_SBP</a></code>' in made
    found = re.search(r"<code>any\(<a href=\"#group-EC-STEPS\">STEPS</a>, .*?</code>", made)
    assert found is not None
    assert "== 'STOP'" in found.group()
    assert '<a href="#item-EC-ECSTDAT">here.ECSTDAT</a>' in found.group()


def test_the_trace_leads_from_an_item_to_all_that_reads_it(tmp_path: Path) -> None:
    found = trace(compile_study(load_study(write_small(tmp_path))))
    assert found.items["VS", "SYSBP"] == [("VS", "when", "VSREP"), ("VS", "check", "VS-001")]
    assert found.items["EC", "ECVOL"] == [("EC", "compute", "ECTOTAL")]
    assert found.of("EC", "ECSTTIM", "reference") == [("EC", "reference", "GRID")]
    assert found.names == {"P_MAX_SBP": [("VS", "when", "VSREP")]}


def test_the_verb_writes_the_same_page_every_time(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "study")
    for name in ("a", "b"):
        result = CliRunner().invoke(app, ["describe", str(folder), "--out", str(tmp_path / name / "study.html")])
        assert result.exit_code == 0
        assert "study.html" in result.stdout
    one, two = ((tmp_path / name / "study.html").read_bytes() for name in ("a", "b"))
    assert one == two == page(tmp_path / "study")


def test_ink_and_paper_differ_enough_to_be_read() -> None:
    style = document("x", tag("p", "x")).decode()

    def light(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", style))
    for name in ("ink", "soft", "link", "good", "bad"):
        for paper in ("#ffffff", colours["pale"], "#fff4cf"):
            assert (light(paper) + 0.05) / (light(colours[name]) + 0.05) >= 4.5, (name, paper)


def test_a_table_names_its_columns_and_lines() -> None:
    assert rows(("Code", "Meaning"), [("Y", "Yes")]) == (
        '<div class="wide"><table><thead><tr><th scope="col">Code</th><th scope="col">Meaning</th></tr></thead>'
        '<tbody><tr><th scope="row">Y</th><td>Yes</td></tr></tbody></table></div>'
    )
