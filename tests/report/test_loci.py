"""The strongest held-out sites where they lie: what is chosen, drawn and said."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from convoscope.report import loci
from convoscope.report.locus import REACH, Locus, genes_around, in_lanes
from convoscope.report.mutation_map_data import make_block
from convoscope.sequence import bigwig
from convoscope.sequence.bigwig import TrackFolder

CENTER = 10_010  # of the strongest site
GENES = pd.DataFrame(
    [
        ("c1", 9000, 9900, "+", "ONE", "9000-9100,9800-9900"),
        ("c1", 9500, 30_000, "-", "A_GENE_OF_A_VERY_LONG_NAME", "9500-9600"),
        ("c1", 11_990, 12_500, ".", "LAST", "11990-12500"),
        ("c2", 9000, 9900, "+", "ELSEWHERE", "9000-9900"),
        *(("c1", 9700 + number, 9800, "+", f"SMALL{number}", f"{9700 + number}-9800") for number in range(5)),
    ],
    columns=["chrom", "start", "end", "strand", "name", "exons"],
)


def window(start: int, fold: str, a: float, b: float, origin: str = "site") -> dict[str, Any]:
    return {"id": f"c1:{start}", "chrom": "c1", "start": start, "end": start + 21, "strand": ".", "origin": origin,
            "fold": fold, "A": a, "b/c": b}  # fmt: skip


def mapped(names: list[str]) -> dict[str, np.ndarray]:
    """Return mutation maps of windows for label A; the letters right of the centre count, and are a motif."""
    count, length = len(names), 21
    values = np.zeros((count, length))
    values[:, 11:15] = [1.0, 3.0, 2.0, 1.0]
    return {
        "alphabet": np.array("dna"), "methods": np.array(["mutagenesis", "deeplift"]), "id": np.array(names),
        "label": np.array(["A"] * count), "prediction": np.full(count, 0.9),
        "codes": np.tile(np.arange(length) % 4, (count, 1)).astype(np.uint8), "heights": values,
        "map": np.zeros((count, 4, length)), "actual:mutagenesis": values, "actual:deeplift": -values,
        **{f"{kind}:{name}": np.full(count, np.nan)
           for kind in ("gap", "difference") for name in ("mutagenesis", "deeplift")},
        "hit:map": np.array([0]), "hit:name": np.array(["Near"]), "hit:start": np.array([11]),
        "hit:end": np.array([15]), "hit:strand": np.array(["-"]), "hit:p_value": np.array([1e-5]),
    }  # fmt: skip


@pytest.fixture
def made(tmp_path: Path) -> SimpleNamespace:
    """Two labels; the track of A is 1 at its strongest test site, that of b/c is highest where it has no site."""
    rows = [
        window(10_000, "test", 1, 0),
        window(10_500, "test", 1, 1),
        window(11_000, "test", 0, 0, "gc_matched"),
        window(12_000, "train", 1, 0),
        window(18_000, "test", 1, 0),
    ]
    examples = pd.DataFrame(rows)
    predictions = pd.DataFrame(
        [
            (row["id"], "holdout", row["fold"], label, 0.9 if row["start"] in (10_000, 11_000) else 0.6, 0.0)
            for label in ("A", "b/c")
            for row in rows
        ],
        columns=["id", "fold", "split", "label", "prediction", "spread"],
    )
    folder = tmp_path / "tracks"
    folder.mkdir()
    for name, peak in zip(bigwig.file_names(["A", "b/c"]), (CENTER, 9000), strict=True):
        values = np.full(2000, 0.1)
        values[peak // 10] = 1.0
        with bigwig.open_bigwig(folder / name, {"c1": 20_000}) as track:
            bigwig.add_contig(track, "c1", 20_000, values, 10, 0)
    return SimpleNamespace(examples=examples, predictions=predictions, tracks=TrackFolder(folder), folder=folder)


def drawn(made: SimpleNamespace, path: Path, **more: Any) -> tuple[str, pd.DataFrame]:
    loci.draw(path, examples=made.examples, predictions=made.predictions, tracks=made.tracks, **more)
    return path.read_text(), pd.read_csv(path.with_suffix(".tsv"), sep="\t")


def test_the_strongest_site_of_the_test_split_is_chosen(made: SimpleNamespace) -> None:
    found = [loci.strongest_site(made.examples, made.predictions, label) for label in ("A", "b/c")]
    assert [row["start"] for row in found if row is not None] == [10_000, 10_500]  # neither a negative nor training
    assert loci.strongest_site(made.examples.assign(A=0.0), made.predictions, "A") is None


def test_everything_about_a_locus_is_drawn(made: SimpleNamespace, tmp_path: Path) -> None:
    picture, table = drawn(made, tmp_path / "loci.svg", maps=mapped(["c1:10000", "c1:18000"]), genes=GENES)
    for text in ("A at c1:10,001–10,021: predicted .900", "b/c at c1:10,501–10,521", "A sites", "ONE →", "LAST",
                 "genes (and 4 more)", "DeepLIFT", "Near ←", "position on c1 (kb)"):  # fmt: skip
        assert f">{text}" in picture
    assert "ELSEWHERE" not in picture
    assert "At 1 of 2 loci of the strongest held-out sites the prediction is highest on a known site" in picture
    assert "the letter that counts most is in a named motif in 1 of 1" in picture
    assert set(table["part"]) == {"track", "site", "gene", "letter"}
    track = table[(table["part"] == "track") & (table["label"] == "A")]
    assert track["start"].min() == CENTER - REACH and track["end"].max() == CENTER + REACH + 1
    assert track.loc[track["value"] == 1, ["start", "end"]].to_numpy().tolist() == [[10_010, 10_020]]
    letters = table[table["part"] == "letter"].set_index("start")
    assert letters["value"].idxmin() == CENTER + 2 and letters.loc[CENTER, "name"] == "G"  # DeepLIFT's, as they are
    sites = table[(table["part"] == "site") & (table["label"] == "A")]
    assert sites[["name", "start"]].to_numpy().tolist() == [
        ["A", 10_000], ["A", 10_500], ["A", 12_000], ["b/c", 10_500]]  # fmt: skip


def test_letters_of_the_minus_strand_are_placed_in_reverse(made: SimpleNamespace, tmp_path: Path) -> None:
    strands = {"A.plus": 1, "A.minus": 2}
    (made.folder / "A.bw").unlink()
    for name, value in strands.items():
        with bigwig.open_bigwig(made.folder / f"{name}.bw", {"c1": 20_000}) as track:
            bigwig.add_contig(track, "c1", 20_000, np.full(2000, value, dtype=float), 10, 0)
    made.examples["strand"] = "-"
    picture, table = drawn(made, tmp_path / "loci.svg", maps=mapped(["c1:10000"]))
    assert "read from the minus strand" in picture
    assert set(table.loc[(table["part"] == "track") & (table["label"] == "A"), "value"]) == {2}
    letters = table[table["part"] == "letter"].set_index("start")
    assert letters["value"].idxmin() == CENTER - 2


def test_without_maps_and_genes_there_are_tracks_and_sites(
    run: Callable[..., None], drawing: Callable[..., list[object]], made: SimpleNamespace, tmp_path: Path
) -> None:
    made.examples.to_csv(tmp_path / "windows.tsv", sep="\t", index=False)
    made.predictions.to_csv(tmp_path / "predictions.tsv.gz", sep="\t", index=False)
    (tmp_path / "card.json").write_text(json.dumps({"labels": ["A", "b/c"]}))
    run(*drawing({"loci": tmp_path / "loci.svg"}, card=tmp_path / "card.json", examples=tmp_path / "windows.tsv",
                 predictions=tmp_path / "predictions.tsv.gz", tracks=made.folder))  # fmt: skip
    assert set(pd.read_csv(tmp_path / "loci.tsv", sep="\t")["part"]) == {"track", "site"}
    assert "motif" not in (tmp_path / "loci.svg").read_text()


def test_no_site_and_no_value_are_no_errors(made: SimpleNamespace, tmp_path: Path) -> None:
    made.examples["chrom"] = "c9"
    picture, _ = drawn(made, tmp_path / "loci.svg")
    assert "At 0 of 2 loci" in picture
    made.examples[["A", "b/c"]] = 0.0
    picture, table = drawn(made, tmp_path / "loci.svg")
    assert "No label has a site in the test split" in picture and table.empty


def test_a_letter_outside_motifs_is_not_counted() -> None:
    block = make_block(mapped(["c1:10000"]), 0)
    assert loci.in_motif(block) and not loci.in_motif(block._replace(marks=[]))


def test_peaks_at_other_sites_of_the_label_count(made: SimpleNamespace) -> None:
    values = np.zeros(2 * REACH + 1)
    values[REACH + 300] = 1
    sites = pd.DataFrame({"label": ["A", "B"], "start": [10_250, 10_310], "end": [10_260, 10_320]})
    locus = Locus("", "c1", CENTER, "A", values, sites, genes_around(None, "c1", CENTER), None)
    assert loci.is_highest(locus)
    assert not loci.is_highest(locus._replace(label="C"))
    assert not loci.is_highest(locus._replace(values=values * np.nan))


def test_names_of_genes_lie_within_the_picture_and_apart() -> None:
    found = genes_around(GENES, "c1", CENTER)
    assert found.set_index("name").loc["LAST", "left"] < 11_990
    assert found["text"].tolist()[:3] == ["ONE →", "A_GENE_O…NG_NAME ←", "LAST"]
    assert in_lanes(found)[:3] == [0, 1, 0]
