"""Where in the window motifs fire: bins by hand, the densest part, what the title says, and what is drawn."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from convoscope.report.positions import densest_part, draw_hits, of_motifs, positions_finding, positions_table


def positions(place: float, hits: int, name: str = "f") -> pd.DataFrame:
    return pd.DataFrame({"motif": [name], "centre": [place], "hits": [hits]})


def test_hits_are_placed_by_the_sites_centre() -> None:
    table = positions_table(positions(50, 60), ["f"], window=100, bins=10)
    assert table.loc[table["hits"] > 0, ["low", "high", "hits", "share"]].to_numpy().tolist() == [[0, 10, 60, 1]]
    assert densest_part(table) == (-10.0, 10.0, 1.0)


@pytest.mark.parametrize("window", [8, 101, 201, 1000])
def test_bins_hold_equally_many_positions(window: int) -> None:
    every = pd.DataFrame({"motif": "f", "centre": np.arange(window) + 0.5, "hits": 1})
    table = positions_table(every, ["f"], window)
    assert table["hits"].sum() == window
    assert table["hits"].iloc[:-2].nunique() <= 1 and len(table) <= 41


def test_finding_names_where_hits_crowd() -> None:
    table = positions_table(positions(50, 60), ["f", "silent"], window=100, bins=10)
    assert positions_finding(table, {"f": "f (REB1)", "silent": "silent"}) == (
        "1 of 1 shown motifs fire mostly at one place; most of all f (REB1): 100% of its hits between −10 and +10 bp "
        "from the centre (20% if place did not matter)"
    )
    draw_hits(table[table["motif"] == "silent"], "silent", Figure().subplots())


def test_few_hits_are_not_judged() -> None:
    table = positions_table(positions(50, 49), ["f"], window=100)
    assert positions_finding(table, {"f": "f"}) == "No motif has 50 hits: positions cannot be judged"


@pytest.mark.parametrize(
    ("window", "bins", "edges"),
    [
        (100, 10, np.arange(-50, 51, 10)),
        (101, 10, np.arange(0, 111, 11) - 50.5),
        (7, 40, np.arange(8) - 3.5),  # bins of one bp at least
        (9, 4, [-4.5, -1.5, 1.5, 4.5]),  # a bin of two bp would need five of them
    ],
)
def test_bins_are_whole_bp_from_the_windows_left_end(window: int, bins: int, edges: list[float]) -> None:
    table = positions_table(positions(0.5, 1), ["f"], window, bins)
    assert table["low"].tolist() == list(edges[:-1]) and table["high"].tolist() == list(edges[1:])
    assert table["hits"].tolist() == table["share"].tolist() == [1] + [0] * (len(edges) - 2)


def test_windows_have_at_most_forty_bins() -> None:
    assert [len(positions_table(positions(1, 1), ["f"], window)) for window in (39, 40, 41, 80, 81)] == [
        39, 40, 21, 40, 27
    ]  # fmt: skip


def test_both_ends_of_the_window_and_both_strands_are_counted() -> None:
    ends = pd.DataFrame({"motif": ["f", "f", "f", "g"], "centre": [0.0, 100.0, 10.0, 5.0], "hits": [1, 2, 5, 9]})
    table = positions_table(pd.concat([ends, ends]), ["f", "silent"], window=100, bins=10)
    own = table[table["motif"] == "f"]
    assert own["hits"].tolist() == [2, 10, 0, 0, 0, 0, 0, 0, 0, 4]
    np.testing.assert_allclose(own["share"], [0.125, 0.625, 0, 0, 0, 0, 0, 0, 0, 0.25])
    assert table["motif"].tolist() == ["f"] * 10 + ["silent"] * 10
    assert table.loc[table["motif"] == "silent", ["hits", "share"]].to_numpy().tolist() == [[0, 0]] * 10


def shares(*values: float) -> pd.DataFrame:
    low, hits = np.arange(len(values)) * 10.0, np.rint(np.array(values) * 100).astype(int)
    return pd.DataFrame({"motif": "f", "low": low, "high": low + 10, "hits": hits, "share": values})


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((0.5, 0.25, 0.25), (0, 10, 0.5)),  # a fifth of three bins is one bin at least
        ((0.25, 0.25, 0.5), (20, 30, 0.5)),
        ((0.1, 0.1, 0.1, 0.3, 0, 0, 0.2, 0.1, 0, 0.1), (20, 40, 0.4)),
        ((0.2, 0.1, 0, 0, 0.2, 0.1, 0, 0, 0.2, 0.2), (80, 100, 0.4)),
        ((0.3, 0.1, 0, 0, 0.3, 0.1, 0, 0, 0.1, 0.1), (0, 20, 0.4)),  # the first of equals
    ],
)
def test_the_densest_fifth(values: tuple[float, ...], expected: tuple[float, float, float]) -> None:
    assert densest_part(shares(*values)) == pytest.approx(expected)


def test_filters_are_crowded_from_twice_the_even_share_on() -> None:
    at, below = (0.4, 0.15, 0.15, 0.15, 0.15), (0.39, 0.16, 0.15, 0.15, 0.15)
    table = pd.concat([shares(*below), shares(*at).assign(motif="g"), shares(0.49, 0, 0, 0, 0).assign(motif="few")])
    assert positions_finding(table, {"f": "F", "g": "G", "few": "Few"}) == (
        "1 of 2 shown motifs fire mostly at one place; most of all G: 40% of its hits between +0 and +10 bp from the "
        "centre (20% if place did not matter)"
    )


def test_fifty_hits_are_judged() -> None:
    table = positions_table(positions(50, 50), ["f"], window=100)
    assert positions_finding(table, {"f": "f"}).startswith("1 of 1 shown motifs fire mostly at one place")


@pytest.mark.parametrize(("values", "top"), [((0.4, 0.4, 0.1, 0.1), 62.5), ((1.0, 0, 0, 0), 125.0)])
def test_hits_are_drawn_in_percent_of_the_filter(values: tuple[float, ...], top: float) -> None:
    axes = Figure().subplots()
    draw_hits(shares(*values), "a filter", axes)
    stairs = axes.patches[0].get_data()  # type: ignore[attr-defined]
    np.testing.assert_allclose(stairs.values, np.array(values) * 100)
    assert stairs.edges.tolist() == [0, 10, 20, 30, 40]
    level, centre = axes.lines
    assert list(level.get_ydata()) == [25, 25] and list(centre.get_xdata()) == [0, 0]
    assert (axes.get_xlim(), axes.get_ylim()) == ((0, 40), (0, top))
    assert (axes.get_title(), axes.texts[0].get_text()) == ("a filter", "100 hits")


@pytest.mark.parametrize(("size", "written"), [(34, 34 * "x"), (35, 17 * "x" + "…" + 16 * "x")])
def test_long_names_are_cut_in_their_middle(size: int, written: str) -> None:
    axes = Figure().subplots()
    draw_hits(shares(0.5, 0.5), size * "x", axes)
    assert axes.get_title() == written


def test_the_axis_holds_the_level_of_no_preference() -> None:
    axes = Figure().subplots()
    draw_hits(shares(0.25, 0.25, 0.25, 0.25), "f", axes)
    assert axes.get_ylim() == (0, 62.5)
    draw_hits(shares(0, 0, 0, 0, 0), "silent", axes)
    assert axes.get_ylim() == (0, 50)


def test_hits_of_filters_move_to_the_centre_of_their_motif() -> None:
    found = pd.DataFrame({"filter": ["a", "b", "b", "c"], "strand": list("++-+"), "centre": 10.0, "hits": [1, 2, 3, 4]})
    shown = pd.DataFrame({"motif": ["M1"], "members": ["a b"], "shifts": ["0 -2.5"]})
    moved = of_motifs(found, shown)
    assert moved.to_numpy().tolist() == [["M1", 10.0, 1], ["M1", 7.5, 2], ["M1", 12.5, 3]]
    assert of_motifs(found, shown[:0]).empty
    alone = of_motifs(found, pd.DataFrame({"filter": ["a"]}))
    assert alone["motif"].tolist() == ["a", "b", "b", "c"]
