"""What would make the text of a figure hard to read in print: too small, over other text, or outside the picture."""

import itertools
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.path import Path as Outline
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Bbox

from convoscope.report import style

PAGE = 7.0  # inches that journals of two columns print, of a figure of the full width
SMALLEST = 6.5  # points there
SLACK = 1.5  # points at each side of a text's box that hold no ink


class Written(NamedTuple):
    """A text as it is drawn: what it says, its size, the box around it in points, and the box turned with it."""

    text: str
    size: float
    box: Bbox
    turned: Outline


def measure(text: Text, renderer: RendererBase) -> Written:
    """Return where a text is drawn, its boxes less their ``SLACK``."""
    box = Text.get_window_extent(text, renderer)
    angle = math.radians(text.get_rotation())
    sine, cosine = abs(math.sin(angle)), abs(math.cos(angle))
    if min(sine, cosine) < 1e-6:
        width, height = (box.width, box.height) if cosine > sine else (box.height, box.width)
    else:
        height = 1.2 * text.get_fontsize() * (1 + text.get_text().count("\n"))
        width = (box.width - height * sine) / cosine
    sides = max(width - 2 * SLACK, 0.1), max(height - 2 * SLACK, 0.1)
    place = Affine2D().translate(-0.5, -0.5).scale(*sides).rotate(angle)
    place.translate((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
    return Written(
        text.get_text(), text.get_fontsize(), box.padded(-SLACK), Outline.unit_rectangle().transformed(place)
    )


def problems(texts: list[Written], figure: Figure) -> list[str]:
    """Return a line for each text that is too small or outside, and each two that overlap."""
    sizes = [(one.text, one.size * PAGE / style.WIDTH) for one in texts]
    width, height = 72 * figure.get_size_inches()
    outside = [one for one in texts if min(one.box.min) < 0 or one.box.x1 > width or one.box.y1 > height]
    return [
        *(f"{text!r} has {size:.1f} points in print" for text, size in sizes if size < SMALLEST),
        *(f"{one.text!r} leaves the picture" for one in outside),
        *(
            f"{one.text!r} and {other.text!r} overlap"
            for one, other in itertools.combinations(texts, 2)
            if one.box.overlaps(other.box) and one.turned.intersects_path(other.turned, filled=True)
        ),
    ]


@contextmanager
def reading() -> Iterator[dict[str, list[str]]]:
    """Collect what is hard to read in each figure that is saved meanwhile, by its title."""
    found: dict[str, list[str]] = {}
    draw, save = Text.draw, style._save

    def noted_save(figure: Figure, path: Path) -> None:
        written: dict[Text, Written] = {}  # as drawn last, when the layout is known

        def noted_draw(text: Text, renderer: RendererBase, *more: Any, **words: Any) -> None:
            draw(text, renderer, *more, **words)
            if text.get_visible() and text.get_text().strip():
                written[text] = measure(text, renderer)

        with mock.patch.object(Text, "draw", noted_draw):
            save(figure, path)
        found[figure.get_suptitle()] = problems(list(written.values()), figure)

    with mock.patch.object(style, "_save", noted_save):
        yield found
