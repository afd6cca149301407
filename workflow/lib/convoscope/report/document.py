"""Documents written as Markdown templates, and the page of the report that is made from the same text.

Every value that a template prints is escaped, so that Markdown shows all its signs; what a filter or a block returns
is Markdown already (`markupsafe.Markup`) and stays as it is.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markdown_it import MarkdownIt
from markupsafe import Markup

from convoscope.report.html import whole_page

# Signs that Markdown would take for its own, among them the & of an entity.
SIGNS = re.compile(r"([\\`*_\[\]<>|~#]|&(?=#?\w+;))")
BARE_PIPE = re.compile(r"(?<!\\)\|")
STYLE = """
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


def escape(value: object) -> Markup:
    r"""Write a value so that Markdown shows every sign of it; Markdown stays.

    >>> print(escape("a_b|c"), escape(code("a_b")))
    a\_b\|c `a_b`
    """
    return value if isinstance(value, Markup) else Markup(SIGNS.sub(r"\\\1", str(value)))


def code(value: object) -> Markup:
    """Mark a value as code."""
    return Markup(f"`{value}`")


def cell(value: object) -> Markup:
    r"""Write a value as a cell of a table, where a pipe is escaped even in code.

    >>> print(cell(code("a|b")))
    `a\|b`
    """
    return Markup(BARE_PIPE.sub(r"\|", escape(value)))


def table(frame: pd.DataFrame, numbers: Sequence[str] = ()) -> Markup:
    """Return a pipe table; the columns ``numbers`` are aligned on the right."""
    rows = [list(frame.columns), *frame.itertuples(index=False)]
    lines = ["| " + " | ".join(map(cell, row)) + " |" for row in rows]
    rule = "|" + "|".join("---:" if name in numbers else "---" for name in frame.columns) + "|"
    return Markup("\n".join([lines[0], rule, *lines[1:]]))


def render(template: Path, values: Mapping[str, Any], **filters: Any) -> str:
    """Return a Markdown template with its values; one that it names and that is not given is an error."""
    return _compiled(template, tuple(filters.items())).render(values)


@functools.cache
def _compiled(template: Path, filters: tuple[tuple[str, Any], ...]) -> Template:
    """Return a template, which takes longer to compile than to fill in."""
    # Jinja escapes for HTML whatever has passed `finalize`; Markup passes both.
    environment = Environment(
        loader=FileSystemLoader(template.parent), autoescape=True, finalize=escape, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters |= {"code": code, "cell": cell, "table": table, **dict(filters)}
    return environment.get_template(template.name)


def markdown_to_html(text: str, title: str) -> str:
    """Return Markdown that begins with its title as a page that needs nothing but itself; HTML in it is shown."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    body = reader.render(text.partition("\n")[2])
    body = body.replace("<table>", '<div class="scroll"><table>').replace("</table>", "</table></div>")
    return whole_page(title, body, STYLE + "\n")
