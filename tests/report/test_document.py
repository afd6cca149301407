from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from jinja2 import UndefinedError

from convoscope.report.document import cell, code, escape, markdown_to_html, render, table

FRAME = pd.DataFrame({"la|bel": ["a_b", "<c>"], "n": ["1", "2"]})
TEMPLATE = """\
# {{ title }}

Some {{ "x_y" | code }} of **{{ word }}** in {{ snake }}.

- one
- {{ item }}

{{ frame | table(["n"]) }}

{% block lines %}
```bash
{{ shell | safe }}
```
{% endblock %}
"""
VALUES = {"title": "Title & more", "word": "much", "snake": "snake_case*", "item": "two <three>", "frame": FRAME,
          "shell": "cat a | b > c\n*x*"}  # fmt: skip
# Every sign that Markdown or HTML takes for its own, as a class may be called.
NASTY = "a_b*c*|`d`<b>&amp;&#42;\"'\\~~[x](y)#1 &"


def rendered(folder: Path, template: str = TEMPLATE, **changes: object) -> str:
    (folder / "one.md.j2").write_text(template, encoding="utf-8")
    return render(folder / "one.md.j2", VALUES | changes)


def test_markdown_by_hand(tmp_path: Path) -> None:
    assert rendered(tmp_path) == (
        "# Title & more\n\n"
        "Some `x_y` of **much** in snake\\_case\\*.\n\n"
        "- one\n- two \\<three\\>\n\n"
        "| la\\|bel | n |\n|---|---:|\n| a\\_b | 1 |\n| \\<c\\> | 2 |\n\n"
        "```bash\ncat a | b > c\n*x*\n```\n"
    )


class Reader(HTMLParser):
    """Collects the visible text, and fails on tags that do not close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title"):
            self.words += data
        if self.cells and {"td", "th"} & set(self.open):
            self.cells[-1] += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    assert not reader.open
    return reader


def test_the_page_says_the_same_words(tmp_path: Path) -> None:
    words = read(markdown_to_html(rendered(tmp_path), "Title & more")).words
    for said in ("Title & more", "Some x_y of much in snake_case*.", "two <three>", "<c>", "cat a | b > c\n*x*"):
        assert said in words
    assert words.count("Title & more") == 1


def test_every_sign_of_a_value_is_shown(tmp_path: Path) -> None:
    template = "# t\n\n{{ word }}\n\n- **{{ word }}.**\n\n{{ frame | table }}\n\n| x |\n|---|\n| {{ word | cell }} |\n"
    text = rendered(tmp_path, template, word=NASTY, frame=pd.DataFrame({NASTY: [NASTY, code("a|<b>")]}))
    reader = read(markdown_to_html(text, "t"))
    assert reader.cells == [NASTY, NASTY, "a|<b>", "x", NASTY]
    assert reader.words.count(NASTY) == 5 and "<b>" not in markdown_to_html(text, "t")


def test_markdown_is_not_escaped_twice() -> None:
    assert escape(escape("a_b")) == "a\\_b" and cell(cell(code("a|_"))) == "`a\\|_`"
    assert table(pd.DataFrame({"x": [escape("|")]})) == "| x |\n|---|\n| \\| |"


def test_a_value_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UndefinedError, match="'nothing' is undefined"):
        rendered(tmp_path, "{{ nothing }}")


def test_numbers_are_aligned_on_the_right(tmp_path: Path) -> None:
    page = markdown_to_html(rendered(tmp_path), "t")
    assert page.count('style="text-align:right"') == 3
    assert page.count('<div class="scroll"><table>') == page.count("</table></div>") == 1
