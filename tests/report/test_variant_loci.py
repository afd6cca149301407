"""The strongest variants where they lie: what is chosen, drawn and said."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from convoscope.report import variant_loci
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
    found = variant_loci.strongest_variants(table, LABELS)
    assert [(row["pos"], label) for row, label in found] == [(5000, "B"), (9000, "A"), (5000, "A")]
    assert variant_loci.strongest_variants(table.iloc[:0], LABELS) == []


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
