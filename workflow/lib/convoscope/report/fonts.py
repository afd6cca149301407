"""Fonts that a PDF embeds: cut to the glyphs in use, which would take longer than all else of writing a figure."""

import logging
import string
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from typing import Any

from fontTools import subset
from matplotlib.backends import _backend_pdf_ps
from matplotlib.backends._backend_pdf_ps import SubsetResults, font_as_file, get_glyphs_subset
from matplotlib.font_manager import get_font

UNREAD = ("GDEF", "GPOS", "GSUB", "MATH", "kern")  # tables of a font by which text is laid out; a PDF has it laid out
COMMON = string.ascii_letters + string.digits + string.punctuation + " −–×±²·∂∇σρ≤…“”›←→↑↓↕⋆ᵀ"  # in figures


@contextmanager
def cut_fast() -> Iterator[None]:
    """Let matplotlib cut fonts in less time, to the same bytes but for ``UNREAD``, and say nothing of every glyph.

    To cut these tables, or to look what they hold before they are dropped, takes long. matplotlib has no setting for
    it.
    """
    load, level = subset.load_font, subset.log.level

    def load_short(*given: Any) -> Any:
        font = load(*given)
        for tag in UNREAD:
            if tag in font:
                del font[tag]
        return font

    subset.load_font = load_short
    _backend_pdf_ps.get_glyphs_subset = _cut_twice
    subset.log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        subset.load_font = load
        _backend_pdf_ps.get_glyphs_subset = get_glyphs_subset
        subset.log.setLevel(level)


class _Font(BytesIO):
    """A font in memory that matplotlib takes for a file: with the number of the font in it."""

    face_index = 0


@contextmanager
def _cut_twice(fontfile: Any, glyphs: set[int]) -> Iterator[SubsetResults]:
    """Cut a font to some glyphs: from its ``COMMON`` ones, which are cut once, where those have them all."""
    font, places = _cut_common(fontfile)
    if not set(glyphs) <= places.keys():
        with get_glyphs_subset(fontfile, glyphs) as cut:
            yield cut
        return
    with get_glyphs_subset(_Font(font), {places[one] for one in glyphs}) as cut:
        yield SubsetResults(cut.font, {one: cut.glyph_index_map[places[one]] for one in glyphs})


@cache
def _cut_common(path: Any) -> tuple[bytes, dict[int, int]]:
    """Return a font of the ``COMMON`` characters alone, and the places of their glyphs in it by those in the whole."""
    whole = get_font(path)
    with get_glyphs_subset(path, {whole.get_char_index(ord(one)) for one in COMMON}) as cut:
        return font_as_file(cut.font).getvalue(), cut.glyph_index_map
