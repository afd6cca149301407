"""Tables as HTML pages that need nothing but themselves."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from convoscope.report.wording import interval, number, quantity

Format = Callable[[Any], str]
STYLE = """
body { font: 14px/1.45 "DejaVu Sans", Verdana, "Helvetica Neue", Arial, sans-serif; color: #222; background: #fff;
  margin: 16px; }
h1 { font-size: 16px; margin: 0 0 12px; }
p { color: #555; margin: 12px 0 0; max-width: 80ch; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 9px; text-align: left; vertical-align: top; white-space: nowrap; }
th { border-bottom: 2px solid #222; vertical-align: bottom; white-space: normal; }
td { border-bottom: 1px solid #ddd; }
td.wide { white-space: normal; overflow-wrap: anywhere; min-width: 22ch; max-width: 60ch; }
.number { text-align: right; }
.range { display: block; font-size: 11px; color: #666; }
.good { color: #00614a; font-weight: bold; }
.bad { color: #a34700; font-weight: bold; }
""".strip()
WORDS = {
    "ahead": "good",
    "behind": "bad",
    "found": "good",
    "not found": "bad",
    "decoy, not learned": "good",
    "decoy, counted against a site": "good",
    "decoy, taken for a site": "bad",
}
WIDE = 40


def _plain(value: object) -> str:
    """Write text as it is and nothing for a missing value."""
    return "" if value is None or value is pd.NA or value != value else str(value)


def integer(value: Any) -> str:
    """Write a count with separators of thousands.

    >>> integer(1078.0), integer(float("nan"))
    ('1,078', '–')
    """
    return "–" if pd.isna(value) else f"{round(value):,}"


def probability(value: Any) -> str:
    """Write a p- or q-value, small ones with an exponent.

    >>> probability(0.0421), probability(3.21e-9)
    ('.042', '3.2e−9')
    """
    if pd.isna(value):
        return "–"
    if value >= 0.001:
        return number(value)
    mantissa, exponent = f"{max(value, 1e-300):.1e}".split("e")
    return f"{mantissa}e−{abs(int(exponent))}"


def seconds(value: Any) -> str:
    """Write a duration.

    >>> seconds(7.25), seconds(272), seconds(9000)
    ('7.2 s', '4 min 32 s', '2 h 30 min')
    """
    if pd.isna(value):
        return "–"
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def measure(value: Any) -> str:
    """Write a figure with its interval.

    >>> measure((0.946, 0.931, 0.96)), measure((0.01, -0.02, 0.04)), measure((0.5, float("nan"), float("nan")))
    ('.946 (.931–.960)', '.010 (−.020 to .040)', '.500')
    """
    middle, low, high = value
    bounds = f"{number(low)}–{number(high)}" if low >= 0 else interval(low, high)
    return number(middle) + (f" ({bounds})" if np.isfinite([low, high]).all() else "")


def measured(value: Any) -> str:
    """Write a figure that has a unit, with its interval, in significant digits.

    >>> measured((2.5e-12, 2e-12, 3e-12)), measured((1.5, float("nan"), float("nan")))
    ('2.5e-12 (2e-12 to 3e-12)', '1.5')
    """
    middle, low, high = value
    bounds = f" ({quantity(low)} to {quantity(high)})" if np.isfinite([low, high]).all() else ""
    return quantity(middle) + bounds


def _choose_format(column: pd.Series) -> Format:
    """Return how a column without a format of its own is written: text, interval, count, or three decimals."""
    values = column.dropna()
    if len(values) and values.map(lambda value: isinstance(value, tuple)).all():
        return measure
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return _plain
    return integer if len(values) and (values == values.round()).all() else number


def _cell(value: Any, write: Format, numeric: bool) -> str:
    """Return one cell."""
    text = write(value)
    kinds = [kind for kind, holds in (("number", numeric), ("wide", len(text) > WIDE)) if holds]
    kinds += [WORDS[text]] if text in WORDS else []
    mark = f' class="{" ".join(kinds)}"' if kinds else ""
    middle, bracket, bounds = text.partition(" (") if write is measure else (text, "", "")
    range_ = f' <span class="range">({escape(bounds)}</span>' if bracket else ""
    return f"<td{mark}>{escape(middle)}{range_}</td>"


def table_block(frame: pd.DataFrame, formats: Mapping[str, Format] | None = None) -> str:
    """Return a table as a part of a page; as :func:`table_to_html`."""
    chosen = {name: (formats or {}).get(name) or _choose_format(frame[name]) for name in frame.columns}
    numeric = {name: way is not _plain for name, way in chosen.items()}
    heads = "".join(
        f'<th scope="col"{" class=number" if numeric[name] else ""}>{escape(str(name))}</th>' for name in chosen
    )
    lines = [
        "<tr>" + "".join(_cell(row[name], chosen[name], numeric[name]) for name in chosen) + "</tr>"
        for row in frame.to_dict("records")
    ]
    empty = f'<tr><td colspan="{max(len(chosen), 1)}">nothing to list</td></tr>'
    body = "\n".join(lines or [empty])
    return f'<div class="scroll"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>\n'


def note(caption: str) -> str:
    """Return a paragraph, or nothing without words."""
    return f"<p>{escape(caption)}</p>\n" if caption else ""


def whole_page(title: str, body: str, style: str = "") -> str:
    """Return a page with the title as its heading, and further rules of style behind the house's own."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE}\n{style}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n"
        f"{body}</body>\n</html>\n"
    )


def table_to_html(
    frame: pd.DataFrame, title: str, caption: str = "", formats: Mapping[str, Format] | None = None
) -> str:
    """Return a table as a whole HTML page.

    Parameters
    ----------
    frame
        Column names are the headings.
    title
        What the table shows; a heading and the page's title.
    caption
        How to read it.
    formats
        Heading to a function that writes one value; columns without one are written by what they hold.
    """
    return whole_page(title, table_block(frame, formats) + note(caption))
