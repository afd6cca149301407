"""A text with tables, built once and written as Markdown for GitHub and as a page of the report.

Inside texts and cells, `` `code` `` and ``**bold**`` are understood, nothing else: all other signs are written as they
are.
"""

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import Any, NamedTuple

import pandas as pd

from convoscope.report.html import whole_page

INLINE = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*")
# Signs that Markdown would take for its own, and characters that a browser would take for a tag.
MARKDOWN = re.compile(r"([\\*_\[\]<>|~#])")
PAGE = """
body { max-width: 62rem; line-height: 1.55; }
h2 { font-size: 15px; margin: 28px 0 8px; border-bottom: 1px solid #ddd; padding-bottom: 4px; }
p, li { color: #222; max-width: 88ch; }
p { margin: 8px 0; }
ul { margin: 8px 0; padding-left: 20px; }
h3 { font-size: 13px; margin: 18px 0 6px; }
td { white-space: normal; }
td:first-child { white-space: nowrap; }
.scroll { margin: 10px 0 16px; }
pre { background: #f5f5f5; padding: 10px 12px; overflow-x: auto; font-size: 12px; line-height: 1.45; }
code { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 12px; overflow-wrap: anywhere; }
""".strip()


class Heading(NamedTuple):
    """A title; level 1 is that of the document."""

    text: str
    level: int = 2


class Text(NamedTuple):
    """A paragraph."""

    text: str


class Bullets(NamedTuple):
    """A list."""

    items: Sequence[str]


class Code(NamedTuple):
    """Lines of a language to be copied."""

    text: str
    language: str = "bash"


class Grid(NamedTuple):
    """A table of texts; columns whose name is in ``numbers`` are aligned on the right."""

    frame: pd.DataFrame
    numbers: Sequence[str] = ()


Block = Heading | Text | Bullets | Code | Grid


def inline(text: str, plain: Callable[[str], str], code: Callable[[str], str], bold: Callable[[str], str]) -> str:
    """Return a text whose code, bold parts and rest are each written by their function."""
    parts, end = [], 0
    for found in INLINE.finditer(text):
        parts.append(plain(text[end : found.start()]))
        parts.append(code(found[1]) if found[1] is not None else bold(found[2]))
        end = found.end()
    return "".join([*parts, plain(text[end:])])


def markdown_text(text: str) -> str:
    r"""Write a text so that Markdown shows every sign of it.

    >>> print(markdown_text("a_b|c by `d_e` is **far** off"))
    a\_b\|c by `d_e` is **far** off
    """
    mark = lambda part: MARKDOWN.sub(r"\\\1", part)  # noqa: E731
    return inline(text, mark, lambda part: "`" + part.replace("|", r"\|") + "`", lambda part: f"**{mark(part)}**")


def html_text(text: str) -> str:
    """Write a text for a page.

    >>> html_text("a < b by `c`")
    'a &lt; b by <code>c</code>'
    """
    return inline(
        text, escape, lambda part: f"<code>{escape(part)}</code>", lambda part: f"<strong>{escape(part)}</strong>"
    )


def markdown_grid(grid: Grid) -> str:
    """Return a pipe table."""
    names = [str(name) for name in grid.frame.columns]
    rows = [names, *grid.frame.astype(str).to_numpy().tolist()]
    lines = ["| " + " | ".join(markdown_text(text) for text in row) + " |" for row in rows]
    rule = "|" + "|".join("---:" if name in grid.numbers else "---" for name in names) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def html_grid(grid: Grid) -> str:
    """Return a table that scrolls where it is too wide."""
    marks = {name: ' class="number"' if name in grid.numbers else "" for name in grid.frame.columns}
    head = "".join(f'<th scope="col"{mark}>{html_text(str(name))}</th>' for name, mark in marks.items())
    rows = [
        "<tr>" + "".join(f"<td{mark}>{html_text(str(row[name]))}</td>" for name, mark in marks.items()) + "</tr>"
        for row in grid.frame.to_dict("records")
    ]
    body = "\n".join(rows)
    return f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>'


MARKDOWN_OF: dict[type, Callable[[Any], str]] = {
    Heading: lambda block: "#" * block.level + " " + markdown_text(block.text),
    Text: lambda block: markdown_text(block.text),
    Bullets: lambda block: "\n".join(f"- {markdown_text(item)}" for item in block.items),
    Code: lambda block: f"```{block.language}\n{block.text}\n```",
    Grid: markdown_grid,
}
HTML_OF: dict[type, Callable[[Any], str]] = {
    Heading: lambda block: f"<h{block.level}>{html_text(block.text)}</h{block.level}>",
    Text: lambda block: f"<p>{html_text(block.text)}</p>",
    Bullets: lambda block: "<ul>\n" + "\n".join(f"<li>{html_text(item)}</li>" for item in block.items) + "\n</ul>",
    Code: lambda block: f"<pre><code>{escape(block.text)}</code></pre>",
    Grid: html_grid,
}


def document_to_markdown(blocks: Sequence[Block]) -> str:
    """Return a document as Markdown of GitHub's flavour."""
    return "\n\n".join(MARKDOWN_OF[type(block)](block) for block in blocks) + "\n"


def document_to_html(blocks: Sequence[Block]) -> str:
    """Return a document as a page that needs nothing but itself; its title is the first heading."""
    first, *rest = blocks
    body = "\n".join(HTML_OF[type(block)](block) for block in rest)
    return whole_page(first.text if isinstance(first, Heading) else "", body + "\n", PAGE + "\n")
