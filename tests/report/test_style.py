import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from convoscope.report import pictures, style

COPY = style._copy  # before other tests of figures do without


@pytest.fixture(autouse=True)
def copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let figures be written with their copies."""
    monkeypatch.setattr(style, "_copy", COPY)


def draw(path: Path) -> bytes:
    with style.drawing(path, 2, pd.DataFrame({"x": [1, 2], "y": [0.123456789, 2]})) as figure:
        style.headline(figure, "A rises with B")
        figure.subplots().plot([1, 2], [3, 4])
    return path.read_bytes()


def test_same_drawing_same_bytes(tmp_path: Path) -> None:
    first = draw(tmp_path / "a.svg")
    assert first == draw(tmp_path / "b.svg")
    assert b"<dc:date>" not in first
    assert b"A rises with B" in first


@pytest.mark.parametrize("seed", ["1", "2"])
def test_copies_are_the_same_bytes_in_every_process(seed: str, tmp_path: Path) -> None:
    draw(tmp_path / "a.svg")
    program = f"""
import pandas as pd
from pathlib import Path
from convoscope.report import style
table = pd.DataFrame({{"x": [1, 2], "y": [0.123456789, 2]}})
with style.drawing(Path({str(tmp_path)!r}) / "b.svg", 2, table) as figure:
    style.headline(figure, "A rises with B")
    figure.subplots().plot([1, 2], [3, 4])
"""
    subprocess.run([sys.executable, "-c", program], check=True, env={**os.environ, "PYTHONHASHSEED": seed})
    for ending in (".svg", ".pdf", ".png", ".tsv"):
        assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()


def test_text_of_a_pdf_can_be_edited(tmp_path: Path) -> None:
    draw(tmp_path / "a.svg")
    content = (tmp_path / "a.pdf").read_bytes()
    assert b"/CIDFontType2" in content and b"/FontFile2" in content and b"/Type3" not in content
    assert b"CreationDate" not in content and b"A rises with B" in content


@pytest.mark.parametrize(("height", "dots"), [(2.0, (2100, 382)), (60.0, (1915, 10445))])
def test_a_png_has_300_dots_per_inch_of_a_journal_and_no_more_than_a_screen_bears(
    height: float, dots: tuple[int, int], tmp_path: Path
) -> None:
    with style.drawing(tmp_path / "a.svg", height, pd.DataFrame({"x": [1]})) as figure:
        figure.subplots()
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == dots


def test_table_lies_beside_the_figure(tmp_path: Path) -> None:
    draw(tmp_path / "a.svg")
    assert (tmp_path / "a.tsv").read_text() == "x\ty\n1\t0.123457\n2\t2\n"


def test_failed_drawing_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="half way"), style.drawing(tmp_path / "a.svg", 2, pd.DataFrame()):
        raise RuntimeError("half way")
    assert list(tmp_path.iterdir()) == []


def test_global_style_is_given_back(tmp_path: Path) -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    draw(tmp_path / "a.svg")
    assert dict(matplotlib.rcParams) == before


def test_bases_have_the_colours_of_the_field() -> None:
    assert [style.BASES[base] for base in "ACGT"] == ["#009E73", "#0072B2", "#E69F00", "#D55E00"]


@pytest.mark.parametrize("count", [0, 1, 6, 7, 30])
def test_colors_are_distinct(count: int) -> None:
    assert len(set(style.colors(count))) == count


def test_fold_colors_keep_named_splits() -> None:
    assert style.fold_colors(["test", "train"]) == {"train": "#8C8C8C", "test": "#0072B2"}
    assert list(style.fold_colors(["10", "9", "1"])) == ["1", "9", "10"]


def test_unknown_methods_get_spare_colors() -> None:
    found = style.method_colors(["model", "forest", "kmer"])
    assert found["model"] == style.BLUE
    assert len(set(found.values())) == 3


def test_layout_is_rounded_beyond_the_last_bits_of_its_solver(tmp_path: Path) -> None:
    for nested in (False, True):
        with style.drawing(tmp_path / "a.svg", 9.0, pd.DataFrame({"x": [1]})) as figure:
            style.headline(figure, "found")
            parts = figure.subfigures(2, 1, height_ratios=[1, 3]) if nested else [figure]
            for axes in [axes for part in parts for axes in part.subplots(1, 2)]:
                axes.set_ylabel("a long name of an axis")
        boxes = [axes.get_position(original=True).extents.tolist() for axes in figure.axes]
        boxes += [part.bbox_relative.extents.tolist() for part in figure.subfigs]
        assert boxes == [[round(value, pictures.DIGITS) for value in box] for box in boxes]
        assert len(boxes) == (6 if nested else 2)
        assert 0.03 < figure.axes[0].get_position().x0 < 0.1  # laid out with room for the name, not the default .125
