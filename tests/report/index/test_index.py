"""The report as one document: order, names, links, captions, tables; nothing from outside."""

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pandas as pd
import pytest
from small_report import CAPTIONS, OVERVIEWS, make_overviews, make_report

from convoscope.__main__ import main
from convoscope.files import write_json
from convoscope.report.index.captions import overview_to_html, rst_to_html
from convoscope.report.index.entries import CATEGORIES, ROWS, Entry, parse_entries
from convoscope.report.index.inlined import inline_figure, inline_table
from convoscope.report.index.landing import PICTURES, QUESTIONS, STEPS
from convoscope.report.items import captions
from convoscope.report.style import drawing, headline, mark_parts


class Names(HTMLParser):
    """Collect ids and what links, images and references point to."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attributes}
        self.ids += [given["id"]] if "id" in given else []
        link = given.get("href", given.get("xlink:href"))
        self.links += [link] if link and tag == "a" else []
        self.loaded += [link] if link and tag != "a" else []
        self.loaded += [given["src"]] if "src" in given else []
        self.loaded += re.findall(r"url\(([^)]*)\)", given.get("clip-path", "") + given.get("style", ""))


@pytest.fixture(scope="module")
def names(index: Path) -> Names:
    found = Names()
    found.feed(index.read_text(encoding="utf-8"))
    return found


def test_sections_are_in_the_order_of_reading(index: Path) -> None:
    found = re.findall(r'<section id="([^"]+)" data-', index.read_text(encoding="utf-8"))
    assert found == [
        "overview", "summary", "one/gallery", "one/matches", "one/mutation_maps", "one/variants_table/few",
        "one/model_card", "two.cells/image_maps",
    ]  # fmt: skip


def test_every_name_is_unique_and_every_link_resolves(index: Path, names: Names) -> None:
    assert [name for name, count in Counter(names.ids).items() if count > 1] == []
    for link in names.links:
        if link.startswith("#"):
            assert unquote(link[1:]) in names.ids
        else:
            assert not urlsplit(link).scheme and (index.parent / unquote(link)).is_file()


def test_nothing_is_loaded_but_from_the_document_itself(names: Names) -> None:
    assert names.loaded
    for reference in names.loaded:
        assert reference.startswith("data:") or reference.removeprefix("#") in names.ids


def test_findings_captions_and_tables_are_in_it(index: Path) -> None:
    text = index.read_text(encoding="utf-8")
    assert "The strongest filter is CTCF</text>" in text and 'class="finding">40 filters &amp; their names<' in text
    caption = (CAPTIONS / "gallery.rst").read_text(encoding="utf-8").split('"')[0].strip()
    assert f"<p>{caption}" in text
    assert "Table of the figure (3,000 rows)" in text and "The first 2,000 rows; all are in the file." in text
    assert "<h3>What it is</h3>" in text and "<h1>Dropped" not in text
    assert "<p>ahead</p>" in text  # of the table of the first page


def test_the_same_report_is_the_same_bytes(index: Path, tmp_path: Path) -> None:
    words = [f"{item}={path}" for item, path in make_report(tmp_path).items()]
    given = ["--files", *words, "--captions", str(CAPTIONS), "--overviews", *make_overviews(tmp_path)]
    assert main(["report-index", *given, "--index", f"{tmp_path}/i.html"]) == 0
    assert (tmp_path / "i.html").read_bytes() == index.read_bytes()


def test_every_experiment_has_a_card_with_links_to_what_it_says(index: Path) -> None:
    text = index.read_text(encoding="utf-8")
    one, two = text.split('<article class="card"')[1:]
    assert '<p class="verdict ahead">Better than 6-mers by .063 AUROC</p>' in one
    assert '<a href="#one/matches">Few groups: 7</a>.' in one and "<code>split.strategy</code>" in one
    assert "<span>by &lt;chromosome&gt;</span>" in one and "<p>3 networks were trained with convoscope 1.</p>" in one
    assert re.findall(r'data-of="([^"]+)"', one) == ["one/gallery", "one/mutation_maps"]
    assert "Which motifs did it learn?<td>The strongest filter is CTCF<td>" in one
    assert "Where on the genome?<td>add <code>tracks</code> or <code>regions</code><td>" in one
    assert "What does it look at?<td>Nuclei decide<td>" in two and "Read with care" not in two.split("</article>")[0]


def test_every_question_is_answered_by_items_that_there_are() -> None:
    for kind, questions in QUESTIONS.items():
        asked = {item for question in questions for item in question.items} | set(PICTURES[kind])
        asked |= {item for _, _, items in STEPS for item in items}
        assert asked <= set(ROWS)
        for items in (question.items for question in questions):
            assert any(not ROWS[item].wanted or set(ROWS[item].wanted) == {kind} for item in items) or "tracks" in items


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "three"}, "--overviews: 'three' has no figure or page; one of one, two.cells"),
        ({"verdict": "good"}, "found 'good'"),
        ({"steps": None}, "steps: "),
    ],
)
def test_overviews_of_nothing_or_damaged_are_refused(
    changes: dict[str, Any], said: str, report: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [f"{item}={path}" for item, path in report.items()]
    write_json(tmp_path / "overview.json", OVERVIEWS[0] | changes)
    given = ["--files", *words, "--captions", str(CAPTIONS), "--overviews", f"{tmp_path}/overview.json"]
    assert main(["report-index", *given, "--index", f"{tmp_path}/i.html"]) == 2
    assert said in capsys.readouterr().err and not (tmp_path / "i.html").exists()


def test_every_row_has_a_category_and_a_text() -> None:
    assert {row.category for row in ROWS.values()} == set(CATEGORIES)
    assert {Entry(item, Path()).caption for item in ROWS} | {"workflow.rst"} == set(captions())
    assert all((CAPTIONS / name).is_file() for name in captions())


def test_block_and_kind_are_in_the_name_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "one" / "figures" / "records.a.b.svg"
    path.parent.mkdir(parents=True)
    path.touch()
    [entry] = parse_entries([f"predicted={path}"])
    assert (entry.experiment, entry.kind, entry.block, entry.title) == ("one", "records", "a.b", "A.b: records")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["plot=a.svg"], "--files: 'plot=a.svg'; ITEM=PATH with one of composition, "),
        (["gallery"], "--files: 'gallery'; ITEM=PATH with one of "),
        (["gallery=gone.svg"], "--files: gone.svg: no such file; give an existing one"),
        (["variants=x/figures/gallery.svg"], "is no file of variants; that is called variants.{block}.svg"),
        (["gallery=x/figures/gallery.svg"] * 2, "--files: x/gallery is given twice; give each section once"),
    ],
)
def test_other_files_are_refused(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x/figures").mkdir(parents=True)
    Path("x/figures/gallery.svg").write_text("<svg></svg>")
    assert main(["report-index", "--files", *words, "--captions", str(CAPTIONS), "--index", "index.html"]) == 2
    assert said in capsys.readouterr().err and not Path("index.html").exists()


def test_a_folder_without_captions_is_refused(
    report: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [f"{item}={path}" for item, path in report.items()]
    assert main(["report-index", "--files", *words, "--captions", str(tmp_path), "--index", f"{tmp_path}/i.html"]) == 2
    assert "has no workflow.rst; give the folder workflow/report" in capsys.readouterr().err


def test_names_in_a_figure_begin_with_its_prefix_and_others_are_left_out() -> None:
    text = """<?xml version="1.0"?>
<svg xmlns:xlink="x" width="72pt" height="36pt" viewBox="0 0 72 36" xmlns="y" version="1.1">
 <title>A &lt; b</title>
 <metadata><dc:title>A</dc:title></metadata>
 <defs>
  <style type="text/css">*{stroke-linejoin: round}</style>
 </defs>
 <g id="figure_1"><path id="m1" d="M 0 0
L 1 1"/><use xlink:href="#m1" clip-path="url(#p2)"/></g>
 <defs><clipPath id="p2"/></defs>
</svg>"""
    finding, markup = inline_figure(text, "s3-")
    assert finding == "A < b"
    assert markup == (
        '<svg xmlns:xlink="x" viewBox="0 0 72 36" role="img" aria-label="A &lt; b" style="max-width: 72pt">\n'
        '<g><path id="s3-m1" d="M 0 0\nL 1 1"/><use xlink:href="#s3-m1" clip-path="url(#s3-p2)"/></g>\n'
        '<defs><clipPath id="s3-p2"/></defs>\n</svg>'
    )


def test_a_figure_of_parts_is_a_picture_of_each_and_holds_them_once(tmp_path: Path) -> None:
    with drawing(tmp_path / "a.svg", 4.0, pd.DataFrame({"x": [1]})) as figure:
        headline(figure, "Two windows")
        parts = figure.subfigures(2, 1)
        mark_parts(parts)
        for number, part in enumerate(parts):
            part.subplots().set_title(f"window {number}")
    finding, markup = inline_figure((tmp_path / "a.svg").read_text(), "s3-")
    first, second = markup.split('<div class="sheet">')[1:]
    assert finding == "Two windows" and "1 of 2" in first and "2 of 2" in second
    boxes = [[float(value) for value in box.split()] for box in re.findall(r' viewBox="([^"]+)"', markup)]
    assert boxes[0][:3] == [0, 0, 792] and boxes[1] == [0, boxes[0][3], 792, pytest.approx(288 - boxes[0][3])]
    assert 'data-box="0 0 792 288"' in first and "window 0" in first and "window 1" in first
    assert '<use xlink:href="#s3-all"/>' in second and 'aria-hidden="true"' in second and "<path" not in second


def test_a_caption_links_to_the_pages_that_it_names(report: dict[str, Path], tmp_path: Path) -> None:
    assert '<a class="reference external" href="#a/b">Performance</a>' in rst_to_html(
        "See Performance_.", {"Performance": "#a/b"}
    )
    words = [f"{item}={path}" for item, path in report.items()]
    for path in [*CAPTIONS.glob("*.rst")]:
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"))
    (tmp_path / "matches.rst").write_text("As in Variants_.")
    given = ["--files", *words, "--captions", str(tmp_path), "--index", f"{tmp_path}/i.html"]
    assert main(["report-index", *given]) == 0
    assert 'href="#one/mutation_maps">Variants</a>.' in (tmp_path / "i.html").read_text(encoding="utf-8")


def test_numbers_of_a_table_are_aligned_and_signs_escaped(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text('name\tx\n<a> "b"\t1e-3\nc\t\n')
    rows = inline_table(tmp_path / "a.tsv")
    assert (rows.shown, rows.total) == (2, 2)
    assert '<th scope="col">name<th scope="col" class=number>x' in rows.markup
    assert "<tr><td>&lt;a&gt; &quot;b&quot;<td class=number>1e-3\n<tr><td>c<td class=number>\n" in rows.markup


def test_the_first_page_without_experiments_has_no_table() -> None:
    text = (CAPTIONS / "workflow.rst").read_text(encoding="utf-8")
    shown = overview_to_html(text, None, {"Data": "#a/b"})
    assert 'href="#a/b">Data</a>' in shown and "<table" not in shown and "script" not in shown and "<img" not in shown


def test_a_figure_has_links_to_its_copies_and_its_table(index: Path) -> None:
    [files] = re.findall(r'id="one/gallery".*?<p class="files">(.*?)</p>', index.read_text(encoding="utf-8"), re.DOTALL)
    links = dict(re.findall(r'<a href="([^"]+)"[^>]*>(\w+)</a>', files))
    assert links == {f"one/figures/gallery.{kind}": kind.upper() for kind in ("svg", "pdf", "png", "tsv")}
    assert all((index.parent / link).exists() for link in links)
