import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from convoscope.report.places import (
    counts_finding,
    counts_table,
    draw_counts,
    draw_places,
    places_finding,
    places_table,
    shown_contigs,
    stacks,
)

SIZES = {"chrB": 2600, "chrA": 1300}


def windows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "chrom": ["chrA", "chrA", "chrB", "chrB"],
            "start": [0, 2, 100, 2590],
            "end": [10, 12, 110, 2600],
            "fold": ["train", "train", "test", "test"],
        }
    )


def test_bins_have_one_width_and_the_order_of_the_reference() -> None:
    table = places_table(windows(), np.array(["positive"] * 4), SIZES)
    assert table[["chrom", "start", "end", "examples"]].to_numpy().tolist() == [
        ["chrB", 100, 110, 1],
        ["chrB", 2590, 2600, 1],
        ["chrA", 0, 10, 2],
    ]


def test_no_example_is_lost_when_contigs_are_many() -> None:
    generator = np.random.default_rng(1)
    chrom = generator.choice([f"scaffold{k}" for k in range(500)], 2000)
    frame = pd.DataFrame({"chrom": chrom, "start": 5, "end": 15, "fold": "train"})
    sizes = {f"scaffold{k}": 1000 + k for k in range(500)}
    table = places_table(frame, np.array(["positive"] * 2000), sizes)
    assert table["examples"].sum() == 2000
    assert table["chrom"].nunique() == 25
    assert shown_contigs(frame["chrom"], sizes, 3) == sorted(
        frame["chrom"].value_counts().index[:3], key=lambda name: int(name[8:])
    )


def test_finding_tells_leaky_splits() -> None:
    assert places_finding(windows()) == "4 examples on 2 contigs; no contig is in two splits"
    mixed = windows().assign(fold=["train", "test", "test", "test"])
    assert places_finding(mixed) == (
        "4 examples on 2 contigs; 1 of them holds more than one split, apart by position only"
    )


def test_folds_of_one_bin_stand_on_each_other() -> None:
    part = pd.DataFrame({"start": [0, 0], "end": [10, 10], "fold": ["a", "b"], "examples": [2, 3]})
    shapes, folds = stacks(part, row=1, scale=0.1, direction=1)
    assert folds == ["a", "b"]
    assert np.allclose(shapes[0][:, 1], [1, 1, 0.8, 0.8])
    assert np.allclose(shapes[1][:, 1], [0.8, 0.8, 0.5, 0.5])


def test_drawing_names_contigs_and_folds() -> None:
    axes = Figure().subplots()
    draw_places(places_table(windows(), np.array(["positive", "negative"] * 2), SIZES), axes)
    said = "positives above each line, negatives below; tallest bar: 1 example in 0.01 kb"
    assert axes.get_title("left") + axes.get_title() == said
    assert [label.get_text() for label in axes.get_yticklabels()] == ["chrB", "chrA"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["train (2)", "test (2)"]


def test_sequences_are_counted_instead() -> None:
    table = counts_table(pd.Series(["test", "train", "train"]), np.array(["positive", "positive", "negative"]))
    assert table.to_numpy().tolist() == [
        ["train", "negative", 1],
        ["train", "positive", 1],
        ["test", "positive", 1],
    ]
    assert counts_finding(table) == "3 sequences, 67% of them positive"
    draw_counts(table, Figure().subplots())
    one = counts_table(pd.Series(["0"]), np.array(["positive"]))
    assert counts_finding(one) == "1 sequences in 1 groups; the largest, positive, holds 100%"
    assert counts_finding(one[:0]) == "No example was made"
    axes = Figure().subplots()
    draw_counts(one[:0], axes)
    assert [text.get_text() for text in axes.texts] == ["no example"]
