"""Fonts in PDF files are cut faster than by matplotlib, to the same bytes."""

from pathlib import Path

import matplotlib
import pytest
from matplotlib.backends._backend_pdf_ps import get_glyphs_subset
from matplotlib.figure import Figure

from convoscope.report import fonts
from convoscope.report.pictures import write_pdf
from convoscope.report.style import STYLE


@pytest.mark.parametrize(
    ("text", "common"), [("AUROC − .95, “a” ≤ b", 2), ("both in Ωμέγα", 1), ("no glyph for \ue123", 1)]
)
@pytest.mark.filterwarnings("ignore:Glyph")
def test_fonts_cut_twice_are_the_same_bytes(
    text: str, common: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut: list[bool] = []

    class Noted(fonts._Font):
        def __init__(self, content: bytes) -> None:
            super().__init__(content)
            cut.append(True)

    monkeypatch.setattr(fonts, "_Font", Noted)
    with matplotlib.rc_context(STYLE):
        figure = Figure()
        figure.text(0.1, 0.5, text)
        write_pdf(figure, tmp_path / "a.pdf")
        assert len(cut) == common  # of the fonts for Latin characters and for others
        monkeypatch.setattr(fonts, "_cut_twice", get_glyphs_subset)
        write_pdf(figure, tmp_path / "b.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
