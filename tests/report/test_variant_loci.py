"""The strongest variants where they lie: what is chosen, drawn and said."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from convoscope.evaluation.strongest_variants import strongest_variants
from convoscope.report.allele_letters import alleles_of, draw_alleles
from convoscope.sequence import bigwig

LABELS = ["A", "B"]


def scored(*rows: tuple[str, int, float, float]) -> pd.DataFrame:
    """Return scores of variants from REF .5: contig, position, difference of A and of B."""
    columns = {"row": [], "allele": [], "chrom": [], "pos": [], "id": [], "ref": [], "alt": [], "padded": []}
    table = pd.DataFrame(columns, dtype=object)
    for number, (chrom, position, *differences) in enumerate(rows, start=1):
        table.loc[number - 1, list(columns)] = [number, 1, chrom, position, ".", "A", "C", 0]
        for label, difference in zip(LABELS, differences, strict=True):
            values = {"ref": 0.5, "alt": 0.5 + difference, "difference": difference, "log_odds": difference,
                      "largest": difference, "spread": 0.0}  # fmt: skip
            table.loc[number - 1, [f"{label}:{name}" for name in values]] = list(values.values())
    return table


def test_the_strongest_variant_of_each_locus_is_chosen_for_its_label() -> None:
    table = scored(("c1", 5000, 0.1, -0.3), ("c1", 5600, 0.2, 0.0), ("c1", 9000, 0.25, 0.0), ("c2", 5000, 0.0, 0.0))
    found = strongest_variants(table, LABELS)
    assert [(row["pos"], label) for row, label in found] == [(5000, "B"), (9000, "A"), (5000, "A")]
    assert strongest_variants(table.iloc[:0], LABELS) == []


@pytest.fixture
def given(tmp_path: Path, drawing: Callable[..., list[object]]) -> list[object]:
    """Tracks of c1; a site of B at 5,000, none at 9,000."""
    window = {"id": "w", "chrom": "c1", "start": 4990, "end": 5010, "strand": ".", "origin": "site", "fold": "train"}
    pd.DataFrame([{**window, "A": 0.0, "B": 1.0}]).to_csv(tmp_path / "windows.tsv", sep="\t", index=False)
    (tmp_path / "card.json").write_text(json.dumps({"labels": LABELS}))
    (tmp_path / "tracks").mkdir()
    for label in LABELS:
        with bigwig.open_bigwig(tmp_path / "tracks" / f"{label}.bw", {"c1": 12_000}) as track:
            bigwig.add_contig(track, "c1", 12_000, np.full(1200, 0.5), 10, 0)
    scored(("c1", 5000, 0.1, -0.3), ("c1", 9000, 0.25, 0.0), ("c9", 9000, 0.4, 0.0)).to_csv(
        tmp_path / "scores.tsv", sep="\t", index=False
    )
    files = {"examples": "windows.tsv", "card": "card.json", "tracks": "tracks", "scores": "scores.tsv"}
    figure = {"variant_loci": tmp_path / "loci.mine.svg"}
    return drawing(figure, **{name: tmp_path / file for name, file in files.items()})


def test_variants_are_drawn_where_tracks_have_values(
    run: Callable[..., None], given: list[object], tmp_path: Path
) -> None:
    run(*given)
    picture, table = (tmp_path / "loci.mine.svg").read_text(), pd.read_csv(tmp_path / "loci.mine.tsv", sep="\t")
    assert "c1:5000 A&gt;C: B .500 → .200" in picture and "c1:9000 A&gt;C: A .500 → .750" in picture
    assert "c9" not in picture
    assert "Of the 2 strongest variants 1 lower the prediction at a known site of the label, 1 raise it" in picture
    assert table.loc[table["part"] == "site", ["label", "name"]].to_numpy().tolist() == [["B", "B"]]


def test_no_variant_is_no_error(run: Callable[..., None], given: list[object], tmp_path: Path) -> None:
    scored(("c9", 9000, 0.4, 0.0)).to_csv(tmp_path / "scores.tsv", sep="\t", index=False)
    run(*given)
    assert "No variant lies where the tracks have values" in (tmp_path / "loci.mine.svg").read_text()


LETTERS = pd.DataFrame(
    [("REF", -1, "G", 0.5), ("REF", 0, "A", -1.0), ("REF", 1, "T", 3.0), ("ALT", -1, "G", 0.5), ("ALT", 0, "C", 0.1)],
    columns=["allele_shown", "position", "letter", "contribution"],
).assign(row=1, allele=1, label="B")


def test_letters_of_both_alleles_are_drawn_where_they_are_known(
    run: Callable[..., None], given: list[object], tmp_path: Path
) -> None:
    LETTERS.to_csv(tmp_path / "letters.tsv", sep="\t", index=False)
    where = given.index("--files") + 1
    run(*given[:where], f"variant_letters={tmp_path / 'letters.tsv'}", *given[where:])
    picture, table = (tmp_path / "loci.mine.svg").read_text(), pd.read_csv(tmp_path / "loci.mine.tsv", sep="\t")
    assert picture.count(">REF A<") == picture.count(">ALT C<") == 1  # the second variant has none
    rows = table[table["part"] == "letter with REF"]
    assert rows[["start", "name", "value"]].to_numpy().tolist() == [
        [4998, "G", 0.5],
        [4999, "A", -1.0],
        [5000, "T", 3.0],
    ]


def test_both_alleles_have_one_scale_and_a_band_where_they_differ() -> None:
    found = alleles_of(LETTERS, pd.Series({"row": 1, "allele": 1, "ref": "A", "alt": "CAG"}))
    rows = Figure().subplots(2, 1)
    draw_alleles(found, rows)
    assert [one.name for one in found] == ["REF A", "ALT CAG"]
    assert rows[0].get_ylim() == rows[1].get_ylim() == pytest.approx((-1.08, 3.24))
    assert {patch.get_width() for axes in rows for patch in axes.patches} == {3}
