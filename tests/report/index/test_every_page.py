"""Every page of the report as a reader sees it, at three widths and printed: links, and text that is cut or covered.

Of a small report and, where CONVOSCOPE_REPORT names its index.html, of any other.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

browsers = pytest.importorskip("playwright.sync_api", reason="no playwright; pip install playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; on Debian: apt-get install chromium")
WIDTHS = (1440, 1024, 390)


@pytest.fixture(scope="module", params=["small", "given"])
def document(request: pytest.FixtureRequest, index: Path) -> Path:
    """Return the index of a report."""
    given = os.environ.get("CONVOSCOPE_REPORT")
    if request.param == "given" and not given:
        pytest.skip("no further report; CONVOSCOPE_REPORT can name the index.html of one")
    return index if request.param == "small" else Path(str(given)).absolute()


@pytest.fixture(scope="module")
def page(document: Path) -> Iterator[Any]:
    """Open a report offline."""
    with browsers.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_context(offline=True, viewport={"width": 1440, "height": 900}).new_page()
        opened.goto(document.as_uri())
        yield opened
        browser.close()


def sections(page: Any) -> list[str]:
    """Return the names of all pages."""
    return page.eval_on_selector_all("main > section", "all => all.map((one) => one.id)")


def faults(page: Any, script: str) -> dict[str, list[str]]:
    """Return what a script finds wrong on every page, where that is anything."""
    found = {}
    for name in sections(page):
        page.evaluate("name => { location.hash = `#${name}` }", name)
        page.wait_for_function("name => !document.getElementById(name).hidden", arg=name)
        found[name] = page.evaluate(script, name)
    return {name: wrong for name, wrong in found.items() if wrong}


def test_every_link_leads_to_a_page_or_a_file(page: Any, document: Path) -> None:
    addresses = set(page.eval_on_selector_all("a[href]", "all => all.map((one) => one.getAttribute('href'))"))
    inside = {unquote(link[1:]) for link in addresses if link.startswith("#")}
    there = set(page.eval_on_selector_all("[id]", "all => all.map((one) => one.id)"))
    assert inside - there == set() and len(inside) >= len(sections(page))
    files = {link for link in addresses if not link.startswith("#") and not urlsplit(link).scheme}
    assert [link for link in files if not (document.parent / unquote(link)).exists()] == []
    assert {urlsplit(link).scheme for link in addresses} <= {"", "http", "https"}


def test_every_page_is_one_or_two_clicks_from_the_first(page: Any) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    for name in sections(page)[1:]:
        page.evaluate("location.hash = '#overview'")
        page.locator(f"nav li > a[href='#{name}']").click()
        assert page.locator(f"[id='{name}'] > h2").is_visible(), name


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_its_window_and_no_block_lies_over_another(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    assert faults(page, "() => [document.documentElement.scrollWidth].filter((wide) => wide > innerWidth)") == {}
    assert faults(page, BLOCKS) == {}


@pytest.mark.parametrize("width", WIDTHS)
def test_no_text_is_cut_or_too_small_to_read(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    assert faults(page, CUT) == {}


def test_no_words_of_a_figure_lie_over_others(page: Any) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    assert faults(page, COVERED) == {}


def test_print_has_every_page(page: Any) -> None:
    page.emulate_media(media="print")
    hidden = (
        "all => all.filter(one => !one.checkVisibility() || one.getBoundingClientRect().height < 20).map(one => one.id)"
    )
    assert page.eval_on_selector_all("main > section", hidden) == []
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf())) >= len(sections(page))
    page.emulate_media(media="screen")


# Pairs of blocks of a page that overlap, as their boxes are drawn.
BLOCKS = """name => {
  const blocks = [...document.getElementById(name).children].filter((one) => one.checkVisibility());
  const boxes = blocks.map((one) => one.getBoundingClientRect());
  return boxes.slice(1).flatMap((box, place) => box.top < boxes[place].bottom - 1 ? [blocks[place + 1].className] : []);
}"""
# Text that sticks out of a box that hides it, or out of its figure, or is small; what scrolls is reached, and the parts
# of a figure that its other pictures show are there.
CUT = """name => {
  const section = document.getElementById(name), found = [];
  const walker = document.createTreeWalker(section, NodeFilter.SHOW_TEXT);
  const apart = (box, edge) =>
    box.right < edge.left || box.left > edge.right || box.bottom < edge.top || box.top > edge.bottom;
  const inside = (box, edge) => box.left > edge.left - 1 && box.right < edge.right + 1
    && box.top > edge.top - 1 && box.bottom < edge.bottom + 1;
  while (walker.nextNode()) {
    const text = walker.currentNode, parent = text.parentElement;
    if (!text.data.trim() || !parent.checkVisibility() || parent.closest("style, defs, .away")) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const box = range.getBoundingClientRect();
    for (let outer = parent; outer && outer !== section; outer = outer.parentElement) {
      const style = getComputedStyle(outer), flow = style.overflowX + style.overflowY;
      const edge = outer.getBoundingClientRect();
      if (/auto|scroll/.test(style.overflowX) || (outer.dataset.box && apart(box, edge))) break;
      if (/hidden|clip/.test(flow) && !inside(box, edge)) found.push(`cut: ${text.data.trim()}`);
    }
    const small = parent.closest("svg") ? box.height < 6 : parseFloat(getComputedStyle(parent).fontSize) < 11;
    if (small) found.push(`small: ${text.data.trim()}`);
  }
  return found;
}"""
# Pairs of words of a figure whose boxes overlap; those that are turned by other than right angles have no such box.
COVERED = """name => {
  const found = [], section = document.getElementById(name);
  const straight = (one) => {
    const matrix = one.getScreenCTM();
    return Math.min(Math.abs(matrix.a), Math.abs(matrix.b)) < 1e-3;
  };
  for (const svg of section.querySelectorAll("svg")) {
    const seen = [...svg.querySelectorAll("text")].filter((one) => one.textContent.trim() && one.checkVisibility());
    const texts = seen.filter(straight), boxes = texts.map((one) => one.getBoundingClientRect());
    boxes.forEach((one, place) => boxes.slice(0, place).forEach((other, before) => {
      const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (wide > 1 && high > 0.35 * Math.min(one.height, other.height)) {
        found.push(`${texts[before].textContent.trim()} | ${texts[place].textContent.trim()}`);
      }
    }));
  }
  return found;
}"""
