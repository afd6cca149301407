"""Figures, pages and tables of the report as parts of one document."""

import csv
import re
from html import escape, unescape
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from convoscope.errors import InputError

MOST_ROWS, MOST_CELLS = 2000, 10_000  # of one table; a browser shows more only slowly
REFERENCE = re.compile(r'(href="|url\()#([^")]+)')
# What only a whole file needs: the sheet of styles would hold for the whole document (its two rules are in that of the
# document), a title would follow the pointer.
WHOLE = re.compile(
    r"<title>.*?</title>|<metadata>.*?</metadata>|<style.*?</style>|<defs>\s*<style.*?</defs>", re.DOTALL
)
PART = re.compile(r'<g id="part-\d+">\s*<path d="([^"]*)"')  # where a part of a tall figure lies
HEIGHT = re.compile(r"[ML] \S+ (\S+)")
OUTLINE = re.compile(r' d="([^"]*)"')
LONG = re.compile(r"-?\d+\.\d{3,}")
FONT = "'DejaVu Sans', sans-serif"
FONTS = "'DejaVu Sans', Verdana, sans-serif"  # the second has nearly the same widths, where the first is missing


class Part(NamedTuple):
    """What one file shows: the sentence that it says, and its markup."""

    finding: str
    markup: Markup


def inline_figure(text: str, prefix: str) -> Part:
    """Return an SVG as a part of a document in which ``prefix`` is its own.

    Names of its elements begin with the prefix, or are left out where nothing refers to them. Outlines are rounded to a
    hundredth of a point. It is as wide as there is room, at most as it was drawn. A figure with parts becomes a picture
    for each, which shows its share of the first.
    """
    title = re.search(r"<title>(.*?)</title>", text, re.DOTALL)
    finding = " ".join(unescape(title[1]).split()) if title else ""
    body = WHOLE.sub("", text[text.index("<svg") :])
    bounds = _bounds(body)
    used = {name for _, name in REFERENCE.findall(body)}
    body = re.sub(r' id="([^"]*)"', lambda found: f' id="{prefix}{found[1]}"' if found[1] in used else "", body)
    body = REFERENCE.sub(rf"\1#{prefix}\2", body)
    head, _, rest = body.partition(">")
    width = re.search(r' width="([^"]*)"', head)
    head = re.sub(r' (?:width|height|version|xmlns)="[^"]*"', "", head)
    label = f' role="img" aria-label="{escape(finding)}"' if finding else ""
    limit = f' style="max-width: {width[1]}"' if width else ""
    rest = OUTLINE.sub(lambda found: LONG.sub(_rounded, found[0]), re.sub(r"\n\s+", "\n", rest).replace(FONT, FONTS))
    if len(bounds) > 2:
        return Part(finding, Markup(_split(head, label + limit, rest, bounds, prefix)))
    return Part(finding, Markup(f"{head}{label}{limit}>{rest}"))


def _bounds(body: str) -> list[float]:
    """Return where the parts of a figure begin and where the last ends; the first begins at its top."""
    lows = [max(map(float, HEIGHT.findall(outline))) for outline in PART.findall(body)]
    return [0.0, *lows] if lows else []


def _split(head: str, attributes: str, rest: str, bounds: list[float], prefix: str) -> str:
    """Return a picture for each part: the first holds all, the others show their share of it."""
    box = re.search(r' viewBox="0 0 (\S+) (\S+)"', head)
    if box is None:
        return f"{head}{attributes}>{rest}"
    width, pages = box[1], []
    for number, (top, bottom) in enumerate(pairwise(bounds)):
        view = f'viewBox="0 {top:.2f} {width} {bottom - top:.2f}"'
        inner = f'<use xlink:href="#{prefix}all"/></svg>'
        if number == 0:
            view += f' data-box="0 0 {width} {box[2]}"'
            inner = f'<g id="{prefix}all">{rest.rpartition("</svg>")[0]}</g></svg>'
        pages.append(f"{head.replace(box[0], ' ' + view)}{attributes if number == 0 else _clone(attributes)}>{inner}")
    return "\n".join(
        f'<div class="sheet"><p class="part">{number} of {len(pages)}</p>\n{page}</div>'
        for number, page in enumerate(pages, 1)
    )


def _clone(attributes: str) -> str:
    """Return the attributes of a picture that repeats another: it says nothing of its own."""
    return re.sub(r' role="img" aria-label="[^"]*"', ' aria-hidden="true"', attributes)


def _rounded(number: re.Match[str]) -> str:
    """Return a coordinate with two decimals at most."""
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def inline_page(text: str) -> Part:
    r"""Return the body of one of the report's own pages, its headings one level lower, without the first.

    >>> inline_page("<body>\n<h1>A &amp; b</h1>\n<h1>Dropped</h1><p>c</p></body>")
    Part(finding='A & b', markup=Markup('<h3>Dropped</h3><p>c</p>'))
    """
    found = re.search(r"<body>\s*<h1>(.*?)</h1>\s*(.*)</body>", text, re.DOTALL)
    if found is None:
        raise InputError("page: no heading; only pages that this package writes are read")
    body = re.sub(r"(</?h)([12])>", lambda tag: f"{tag[1]}3>", found[2])
    return Part(unescape(found[1]), Markup(body))


class Rows(NamedTuple):
    """A table: its rows as markup, how many are shown, and how many there are."""

    markup: Markup
    shown: int
    total: int


def inline_table(path: Path) -> Rows:
    """Return a tab-separated table, cut where it is long; numbers are aligned on the right."""
    with path.open(encoding="utf-8", newline="") as stream:
        head, *rows = csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
    shown = rows[: max(1, min(MOST_ROWS, MOST_CELLS // max(1, len(head))))]
    numeric = [all(_is_number(row[column]) for row in shown) for column in range(len(head))]
    marks = [" class=number" if one else "" for one in numeric]
    heads = "".join(f'<th scope="col"{mark}>{escape(name)}' for name, mark in zip(head, marks, strict=True))
    lines = [
        "<tr>" + "".join(f"<td{mark}>{escape(value)}" for value, mark in zip(row, marks, strict=True)) for row in shown
    ]
    body = "\n".join(lines)
    markup = f'<div class="scroll"><table>\n<thead><tr>{heads}</thead>\n<tbody>\n{body}\n</tbody></table></div>'
    return Rows(Markup(markup), len(shown), len(rows))


def _is_number(value: str) -> bool:
    """Tell whether a value is a number, or unknown."""
    try:
        float(value or "nan")
    except ValueError:
        return False
    return True
