"""Mutation maps: what is cut out, drawn and said."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from convoscope.interpretation.truth.located_sites import COLUMNS
from convoscope.report.located_sites import located_finding, located_rows
from convoscope.report.mutation_map_data import Mark, agreement, best_span, make_block, maps_finding, maps_table
from convoscope.report.mutation_maps import (
    draw_heights,
    draw_letters,
    draw_marks,
    draw_method,
    draw_substitutions,
    norm_of,
)


def arrays(length=7, rows=2, alphabet="dna"):
    """Two windows; the highest letter of the first is its T at position 4, one right of the centre."""
    letters = 4 if alphabet == "dna" else 20
    generator = np.random.default_rng(1)
    codes = np.tile(np.arange(length) % 4, (rows, 1)).astype(np.uint8)
    heights = np.zeros((rows, length))
    heights[0, 4] = 2.0
    return {
        "alphabet": np.array(alphabet), "methods": np.array(["mutagenesis", "deeplift", "gradient_input"]),
        "id": np.array([f"c:{row}-9" for row in range(rows)]), "label": np.array(["X", "Y"][:rows]),
        "prediction": np.linspace(0.9, 0.5, rows), "codes": codes, "heights": heights,
        "map": generator.normal(size=(rows, letters, length)),
        "deletion": np.full((rows, length), -1.0), "insertion": np.stack([np.full((rows, length), 0.5 * (-1) ** n * n)
                                                                          for n in range(letters)], 1),
        "actual:mutagenesis": np.tile(np.arange(length), (rows, 1)) * 1.0,
        "actual:deeplift": np.tile(np.arange(length), (rows, 1)) * -2.0,
        "gap:deeplift": np.array([0.5, 0.0]), "difference:deeplift": np.array([-10.0, 0.0]),
        "gap:mutagenesis": np.full(2, np.nan), "difference:mutagenesis": np.full(2, np.nan),
        "hit:map": np.array([0, 1]), "hit:name": np.array(["Near", "Other"]), "hit:start": np.array([3, 0]),
        "hit:end": np.array([6, 2]), "hit:strand": np.array(["-", "+"]), "hit:p_value": np.array([1e-5, 1e-5]),
    }  # fmt: skip


def axes():
    return Figure().subplots()


def test_blocks_count_positions_from_the_centre():
    block = make_block(arrays(), 0)
    assert block.title == "X   c:0-9   predicted .900"
    assert block.text == "ACGTACG" and block.places.tolist() == [-3, -2, -1, 0, 1, 2, 3]
    assert block.marks == [Mark("Near", 0, 2, "-")]
    assert block.gaps == {"deeplift": 0.05}  # and no share of a difference of nothing
    assert make_block(arrays(), 1).gaps == {}
    assert not len(block.methods["gradient_input"])
    assert block.indels.tolist() == [[-1.0] * 7, [-1.5] * 7]  # of insertions 0, -.5, 1, -1.5 the largest
    without = {name: values for name, values in arrays().items() if name not in ("deletion", "insertion")}
    assert make_block(without, 0).indels.shape == (0, 7)


def test_long_windows_are_cut_to_the_highest_letters():
    heights = np.zeros(1000)
    heights[[700, 720]] = 1.0
    span = best_span(heights)
    assert span.stop - span.start == 121 and span.start <= 700 and span.stop > 720
    heights[500] = 0.05  # is not worth being moved for
    assert best_span(heights).start <= 700
    block = make_block(arrays(length=300), 0)
    assert len(block.text) == block.heights.size == block.changes.shape[1] == 121
    assert block.marks == []  # lies outside of what is shown


def test_letters_are_as_tall_as_their_values_and_stand_on_their_head_below_zero():
    block, panel = make_block(arrays(), 0), axes()
    draw_letters(block.text, block.places, np.array([2.0, -1.0, 0.001, 0, 0, 0, 0]), panel)
    drawn = [path for part in panel.collections if isinstance(part, PathCollection) for path in part.get_paths()]
    boxes = sorted(path.get_extents().intervaly.tolist() for path in drawn)
    assert boxes == [pytest.approx([-1, 0]), pytest.approx([0, 2])]
    assert panel.get_ylim()[0] < -1 and panel.get_ylim()[1] > 2


def test_an_empty_map_says_so():
    block, full, empty = make_block(arrays(), 0), axes(), axes()
    draw_heights(block, full)
    draw_heights(block._replace(heights=np.zeros(7), changes=np.zeros((4, 7))), empty)
    assert not full.texts and empty.texts[0].get_text().startswith("empty: neither the window nor a mutant")


def test_marks_and_gaps_are_written():
    block, panel = make_block(arrays(), 0), axes()
    draw_marks(block, panel)
    assert [text.get_text() for text in panel.texts] == ["Near ←"]
    assert panel.lines[0].get_xdata().tolist() == [-0.5, -0.5, 2.5, 2.5]
    with_gap, without = axes(), axes()
    draw_method(block, "deeplift", with_gap)
    draw_method(block, "gradient_input", without)
    assert [text.get_text() for text in with_gap.texts] == ["gap 5.0 %"]
    assert [text.get_text() for text in without.texts] == ["cannot explain this architecture"]


@pytest.mark.parametrize(("alphabet", "letters"), [("dna", "ACGT"), ("protein", "ACDEFGHIKLMNPQRSTVWY")])
def test_the_heat_map_has_a_row_for_each_letter(alphabet, letters):
    blocks, panel = [make_block(arrays(alphabet=alphabet), row) for row in (0, 1)], axes()
    norm = norm_of(blocks)
    draw_substitutions(blocks[0], letters, norm, panel)
    assert panel.images[0].get_array().shape == (len(letters), 7)
    assert -norm.vmin == norm.vmax == max(np.abs(block.changes).max() for block in blocks)
    own = panel.collections[0].get_offsets()
    assert own[:, 0].tolist() == blocks[0].places.tolist() and own[:2, 1].tolist() == [0, 1]


def test_the_finding_counts_motifs_and_agreement():
    blocks = [make_block(arrays(), row) for row in (0, 1)]
    assert agreement(blocks) == [("deeplift", pytest.approx(-1))]
    words = "In 1 of 2 windows the letter that matters most lies in a named motif"
    assert maps_finding(blocks) == f"{words}; attributions agree with mutagenesis by r = −1.00"
    alone = [block._replace(marks=[], methods={}) for block in blocks]
    assert maps_finding(alone) == "What every mutation does to the scores of 2 windows"
    assert maps_finding([]) == "No window was mapped"


def test_the_table_holds_what_is_drawn():
    table = maps_table([make_block(arrays(), row) for row in (0, 1)], "ACGT")
    assert len(table) == 14 and table["position"].tolist()[:2] == [-3, -2]
    assert table.loc[4, ["window", "label", "letter", "height"]].tolist() == ["c:0-9", "X", "A", 2.0]
    assert {"to A", "deleted", "inserted", "mutagenesis", "deeplift"} < set(table) and "gradient_input" not in table
    assert maps_table([], "ACGT").empty


def located(**changes):
    row = dict(zip(COLUMNS, ["all", 40, 0.95, 0.83, 0.99, 38, 1.0, 0.9, 1.0, 39, 0.97, 0.6], strict=True))
    return pd.DataFrame([row | changes])


def test_planted_sites_in_maps_are_told():
    words = "The letter that matters most lies in the planted site in "
    both = "100.0 % of 38 test windows with one strong site, in 95.0 % of all 40 with one site"
    assert located_finding(located()) == words + both
    assert located_finding(located(strong=40)) == f"{words}95.0 % of 40 test windows"
    assert located_finding(located()[:0]) == "No test window holds exactly one strong planted site"
    shown = located_rows(located())
    assert shown["highest letter on any"].tolist() == [".950 (.830 to .990)"]
    assert shown["empty maps"].tolist() == [1]


@pytest.fixture
def drawn(drawing, tmp_path):
    """Write arrays; return the words of the verb that draws them."""

    def write(content):
        np.savez(tmp_path / "maps.npz", **content)
        return drawing({"mutation_maps": tmp_path / "maps.svg"}, maps=tmp_path / "maps.npz")

    return write


def test_maps_are_drawn_with_and_without_indels_and_of_no_window(run, drawn):
    run(*drawn(arrays()))
    bare = {name: values for name, values in arrays().items() if name not in ("deletion", "insertion")}
    run(*drawn(bare))
    none = {name: values[:0] if values.ndim and name != "methods" else values for name, values in arrays().items()}
    run(*drawn({name: values for name, values in none.items() if name not in ("heights", "map")}))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"heights": None}, "no array 'heights'; it has alphabet, methods"),
        ({"hit:end": None}, "no array 'hit:end'"),
        ({"insertion": None}, "array 'deletion', but no 'insertion'"),
        ({"difference:deeplift": None}, "array 'gap:deeplift', but no 'difference:deeplift'"),
        ({"id": np.array(["x"])}, "array 'label' is <U1 (2,); text (maps 1) is expected"),
        ({"heights": np.zeros((2, 6))}, "array 'heights' is float64 (2, 6); finite (maps 2, length 7) is expected"),
        ({"heights": np.full((2, 7), "x")}, "array 'heights' is <U1 (2, 7)"),
        ({"heights": np.full((2, 7), np.nan)}, "array 'heights' has values that are no finite numbers"),
        ({"actual:deeplift": np.zeros(7)}, "array 'actual:deeplift' is float64 (7,)"),
        ({"hit:map": np.array([0, 2])}, "array 'hit:map' is from 0 to 2; 0 to 1 are allowed"),
        ({"hit:end": np.array([6, 8])}, "array 'hit:end' is from 6 to 8; 0 to 7 are allowed"),
        ({"hit:start": np.array([-1, 0])}, "array 'hit:start' is from -1 to 0; 0 to 6 are allowed"),
        ({"alphabet": np.array("greek")}, "alphabet 'greek'; dna"),
        ({"alphabet": np.array("protein")}, "maps of 4 letters; not of protein"),
        ({"codes": np.full((2, 7), 99)}, "codes to 99, maps of 4 letters; not of dna"),
    ],
)
def test_arrays_of_maps_that_do_not_fit_are_refused(refuse, drawn, tmp_path, changes, said):
    content = {name: values for name, values in {**arrays(), **changes}.items() if values is not None}
    assert said in refuse(*drawn(content))
    assert not (tmp_path / "maps.svg").exists()
