"""The report's document in a browser without a network: search, tables, links, print, and no script."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

browsers = pytest.importorskip("playwright.sync_api", reason="no playwright; pip install playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; on Debian: apt-get install chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with browsers.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def page(browser: Any, index: Path) -> Iterator[Any]:
    """Open the document offline; it must neither complain nor ask for any other file."""
    context = browser.new_context(offline=True, accept_downloads=True, viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(index.as_uri())
    yield opened
    assert said == []
    assert [url for url in asked if not url.startswith(("blob:", "data:", index.as_uri()))] == []
    context.close()


def shown(page: Any) -> list[str]:
    """Return the sections that are to be seen."""
    seen = "all => all.filter((one) => !one.hidden && one.checkVisibility()).map((one) => one.id)"
    return page.eval_on_selector_all("main > section", seen)


def visit(page: Any, name: str) -> None:
    page.evaluate("name => { location.hash = `#${name}` }", name)
    page.wait_for_function("name => !document.getElementById(name).hidden", arg=name)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("CTCF", {"one/gallery", "one/matches"}),
        ("mutation counts", {"one/mutation_maps"}),
        ("motif", {"one/gallery", "one/matches", "one/mutation_maps"}),
        ("hnf1a", {"one/matches"}),
        ("nothing of this", set()),
    ],
)
def test_search_finds_titles_captions_figures_and_cells(page: Any, words: str, found: set[str]) -> None:
    page.fill("#search", words)
    links = page.eval_on_selector_all("nav li:not([hidden]) > a", "all => all.map((one) => one.hash.slice(1))")
    assert {*links} & {"one/gallery", "one/matches", "one/mutation_maps"} == found
    assert page.inner_text("#found") == f"{len(links)} of 8 pages"
    if links:
        page.press("#search", "Enter")
        page.wait_for_function("name => !document.getElementById(name).hidden", arg=links[0])


def test_a_table_is_sorted_filtered_and_downloaded(page: Any) -> None:
    visit(page, "one/matches")
    table = "[id='one/matches'] tbody tr:not([hidden])"
    heads = page.locator("[id='one/matches'] th button")
    heads.nth(2).click()
    values = [row.split("\t") for row in page.locator(table).all_inner_texts()]
    assert [row[2] for row in values] == ["1.0e−9"] * 10 + [".020"] * 10 + [".500"] * 10 + ["–"] * 10
    heads.nth(2).click()
    assert [row.split("\t")[2] for row in page.locator(table).all_inner_texts()][::10] == [
        ".500",
        ".020",
        "1.0e−9",
        "–",
    ]
    page.locator("[id='one/matches'] .tools input").fill("usf1")
    assert page.locator("[id='one/matches'] .tools span").inner_text() == "10 of 40 rows"
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download TSV").locator("visible=true").click()
    assert waiting.value.suggested_filename == "one.matches.tsv"
    lines = Path(waiting.value.path()).read_text(encoding="utf-8").splitlines()
    assert lines[0] == "filter\tbest match\tq" and len(lines) == 11
    assert all(re.fullmatch(r"f\d+\tUSF1\t–", line) for line in lines[1:])


def test_a_figure_is_saved_as_png_and_svg(page: Any) -> None:
    visit(page, "one/gallery")
    saved = {}
    for kind in ("PNG", "SVG"):
        with page.expect_download() as waiting:
            page.locator("[id='one/gallery']").get_by_role("button", name=f"Save {kind}").click()
        assert waiting.value.suggested_filename == f"one.gallery.{kind.lower()}"
        saved[kind] = Path(waiting.value.path())
    with Image.open(saved["PNG"]) as picture:
        assert picture.size == (3300, 900) and len(picture.convert("L").getcolors()) > 20  # 11 by 3 inches, not blank
    text = ElementTree.parse(saved["SVG"]).getroot()
    assert "The strongest filter is CTCF" in "".join(text.itertext())


def test_a_figure_of_parts_is_turned_over_and_printed_whole(page: Any) -> None:
    visit(page, "one/mutation_maps")
    heights = "all => all.map((one) => one.getBoundingClientRect().height > 100)"
    assert page.eval_on_selector_all(".sheet", heights) == [True, False]
    page.get_by_role("button", name="2", exact=True).click()
    assert page.eval_on_selector_all(".sheet", heights) == [False, True]
    page.emulate_media(media="print")
    assert page.eval_on_selector_all(".sheet", heights) == [True, True]


def test_one_page_is_printed_alone(page: Any) -> None:
    visit(page, "one/matches")
    page.evaluate("window.print = () => { window.asked = true }")
    page.get_by_role("button", name="Print this page").locator("visible=true").click()
    assert page.evaluate("window.asked")
    page.emulate_media(media="print")
    seen = "all => all.filter((one) => one.checkVisibility()).map((one) => one.id)"
    assert page.eval_on_selector_all("main > section", seen) == ["one/matches"]
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert len(page.eval_on_selector_all("main > section", seen)) == 8


def test_every_link_leads_to_the_section_that_it_names(page: Any) -> None:
    for link in page.locator("nav li > a").all():
        link.click()
        name = link.get_attribute("href")[1:]
        assert shown(page) == [name] and link.get_attribute("aria-current") == "page"
    for side, last in (("prev", "overview"), ("next", "two.cells/image_maps")):
        for _ in range(7):
            before = page.evaluate("location.hash")
            page.keyboard.press({"prev": "ArrowLeft", "next": "ArrowRight"}[side])
            page.wait_for_function(
                "before => location.hash !== before && !named().closest('section').hidden", arg=before
            )
        assert shown(page) == [last]


def test_a_link_from_outside_opens_its_page(browser: Any, index: Path) -> None:
    page = browser.new_page()
    page.goto(f"{index.as_uri()}#one/gallery")
    assert shown(page) == ["one/gallery"] and page.title() == "Gallery of motifs · Convoscope"
    page.close()


def test_the_first_page_shows_figures_and_leads_to_answers(page: Any) -> None:
    sizes = page.eval_on_selector_all(".picture img", "all => all.map((one) => one.naturalWidth)")
    assert len(sizes) == 3 and min(sizes) > 100
    page.locator(".questions tr", has_text="Which motifs").get_by_role("link").first.click()
    assert shown(page) == ["one/gallery"]


def test_on_a_narrow_screen_a_title_need_not_be_scrolled(page: Any) -> None:
    visit(page, "one/gallery")
    title = page.locator("[id='one/gallery'] > .finding")
    assert not title.is_visible()
    page.set_viewport_size({"width": 390, "height": 900})
    assert title.is_visible() and title.inner_text() == "The strongest filter is CTCF"


def test_focus_is_visible(page: Any) -> None:
    for _ in range(6):
        page.keyboard.press("Tab")
        style = "getComputedStyle(document.activeElement)"
        assert page.evaluate(f"[{style}.outlineStyle, parseFloat({style}.outlineWidth) >= 2]") == ["solid", True]


def test_without_its_script_it_is_one_document(browser: Any, index: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(index.as_uri())
    assert all(section.is_visible() for section in page.locator("main > section").all())
    assert not page.locator("#search").is_visible()
    context.close()
