from html.parser import HTMLParser

import pandas as pd
import pytest

from convoscope.report.document import (
    HTML_OF,
    MARKDOWN_OF,
    Bullets,
    Code,
    Grid,
    Heading,
    Text,
    document_to_html,
    document_to_markdown,
)

FRAME = pd.DataFrame({"la|bel": ["a_b", "<c>"], "n": ["1", "2"]})
BLOCKS = [
    Heading("Title & more", 1),
    Text("Some `x_y` of **much** in snake_case*."),
    Bullets(["one", "two <three>"]),
    Grid(FRAME, ["n"]),
    Code("cat a | b > c\n*x*"),
]


def test_markdown_by_hand() -> None:
    assert document_to_markdown(BLOCKS) == (
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
        self.words = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title"):
            self.words += data


def test_the_page_says_the_same_words() -> None:
    reader = Reader()
    reader.feed(document_to_html(BLOCKS))
    assert not reader.open
    for words in ("Title & more", "Some x_y of much in snake_case*.", "two <three>", "<c>", "cat a | b > c\n*x*"):
        assert words in reader.words


def test_every_kind_of_block_is_written_in_both() -> None:
    assert set(MARKDOWN_OF) == set(HTML_OF) == {type(block) for block in BLOCKS}


@pytest.mark.parametrize("number", ["n"])
def test_numbers_are_aligned_on_the_right(number: str) -> None:
    page = document_to_html([Heading("t", 1), Grid(FRAME, [number])])
    assert page.count('class="number"') == 3
