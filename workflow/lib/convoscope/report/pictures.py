"""How a drawn figure becomes files, the same bytes for the same drawing: SVG for pages, PDF to edit, PNG for slides."""

from pathlib import Path
from typing import Any

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

DIGITS = 6  # of positions in a figure: a thousandth of a pixel
PRINTED, DOTS = 7.0, 300  # inches of a page of two columns, and dots per inch there
MOST = 20e6  # dots of a PNG
POINTS = 72  # per inch
PACKED = 3  # how hard a PNG is compressed: by 6, which is usual, a twelfth smaller in twice the time


def fix_layout(figure: Figure) -> None:
    """Lay a figure out and round where its axes are, to ``DIGITS`` of the width and height that they are part of.

    The solver of the constrained layout orders its equations by addresses in memory, so that its results differ in the
    last bit from run to run (matplotlib 3.11, kiwisolver 1.5), and with them the ids of clip paths.
    """
    FigureCanvasSVG(figure)  # sizes of text, and so the layout, are those of this format
    engine = figure.get_layout_engine()
    assert engine is not None
    engine.execute(figure)
    figure.set_layout_engine(None)  # with any other matplotlib would draw once more, to lay the figure out
    for part in figure.subfigs:
        part.bbox_relative.set_points(part.bbox_relative.get_points().round(DIGITS))
    for axes in figure.axes:
        box = axes.get_position(original=True)
        box.set_points(box.get_points().round(DIGITS))
        axes.set_position(box)


def write_svg(figure: Figure, path: Path) -> None:
    """Lay a figure out and write it as SVG."""
    fix_layout(figure)
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None, **_title(figure)})


def write_pdf(figure: Figure, path: Path) -> None:
    """Write a figure that is laid out as PDF; where the style says so, fonts are in it as TrueType."""
    from convoscope.report.fonts import cut_fast  # takes long, and pages need none

    with cut_fast():
        figure.savefig(path, format="pdf", dpi=_dots(figure), metadata={"CreationDate": None, **_title(figure)})


def write_png(figure: Figure, pdf: Path, path: Path) -> None:
    """Write a figure as PNG, ``DOTS`` per inch where it is printed ``PRINTED`` inches wide.

    It is a picture of the PDF, which takes a tenth of the time in which matplotlib would draw it again.
    """
    from pypdfium2 import PdfDocument  # pages need none

    with PdfDocument(pdf) as document:
        document[0].render(scale=_dots(figure) / POINTS).to_pil().save(path, format="png", compress_level=PACKED)


def _dots(figure: Figure) -> float:
    """Return the dots per inch of a figure as it was drawn, fewer where there would be too many."""
    width, height = figure.get_size_inches()
    return min(DOTS * PRINTED / width, (MOST / (width * height)) ** 0.5)


def _title(figure: Figure) -> dict[str, Any]:
    """Return what a figure says as its title, nothing for one that says nothing."""
    title = figure.get_suptitle().replace("\n", " ")
    return {"Title": title} if title else {}
