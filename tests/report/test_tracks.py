import json

import numpy as np
import pandas as pd
import pytest

from convoscope.report import tracks
from convoscope.sequence import bigwig

SIZES = {"c2": 30_000, "c1": 5000}  # not in the order of their names


def agreement(*rows):
    return pd.DataFrame(rows, columns=["label", "sites", "others", "metric", "track", "windows"])


def test_finding():
    one = ("a", 5, 5, "auroc", 0.9, 0.905)
    assert tracks.finding(agreement(one), True) == (
        "Read from the track alone, held-out sites stand out as well as in single windows: AUROC .900 and .905"
    )
    two = tracks.finding(agreement(one, ("b", 5, 5, "auroc", 0.7, 0.8)), False)
    assert (
        "test sites, which other folds' networks were trained on, do not stand out equally well as in single windows"
        in two
    )
    assert "mean AUROC .800 and .853 over 2 labels, which differ by .100 at most" in two
    assert "cannot be judged" in tracks.finding(agreement(("a", 5, 0, "auroc", np.nan, np.nan)), True)


@pytest.fixture
def given(drawing, tmp_path):
    """Tracks that are 1 over the sites of their label; c1 has no value."""
    rows = []
    for number, start in enumerate(range(1500, 28_000, 500)):
        label = number % 3
        rows.append(
            (f"w{number}", "c2", start, start + 20, "site" if label < 2 else "gc_matched", label == 0, label == 1)
        )
    rows.append(("far", "c1", 100, 120, "site", 1, 0))
    windows = pd.DataFrame(rows, columns=["id", "chrom", "start", "end", "origin", "a", "b/c"]).assign(strand=".")
    windows = windows.astype({"a": float, "b/c": float})
    windows.to_csv(tmp_path / "windows.tsv", sep="\t", index=False)
    long = [
        (name, "holdout", "test", label, 0.3 + 0.4 * truth, 0.1)
        for label in ("a", "b/c")
        for name, truth in zip(windows["id"], windows[label], strict=True)
    ]
    names = ["id", "fold", "split", "label", "prediction", "spread"]
    pd.DataFrame(long, columns=names).to_csv(tmp_path / "predictions.tsv.gz", sep="\t", index=False)
    (tmp_path / "tracks").mkdir()
    for label, name in zip(("a", "b/c"), bigwig.file_names(["a", "b/c"]), strict=True):
        values = np.zeros(3000)
        sites = windows.loc[(windows[label] > 0) & (windows["chrom"] == "c2"), "start"]
        values[(sites + 10) // 10] = 1
        with bigwig.open_bigwig(tmp_path / "tracks" / name, SIZES) as track:
            bigwig.add_contig(track, "c2", 30_000, values, 10, 0)
    (tmp_path / "card.json").write_text(json.dumps({"labels": ["a", "b/c"]}))
    return drawing({"tracks": tmp_path / "tracks.svg"}, card=tmp_path / "card.json", tracks=tmp_path / "tracks",
                   examples=tmp_path / "windows.tsv", predictions=tmp_path / "predictions.tsv.gz")  # fmt: skip


def test_the_verb_draws_and_writes_what_it_draws(run, given, tmp_path):
    run(*given)
    assert (tmp_path / "tracks.svg").read_text().startswith("<?xml")
    table = pd.read_csv(tmp_path / "tracks.tsv", sep="\t")
    found = table[table["part"] == "agreement"].set_index("label")
    assert found.loc["a", ["sites", "others"]].tolist() == [18, 35]  # the site on c1 has no value
    assert found[["track", "windows"]].to_numpy().tolist() == [[1, 1], [1, 1]]
    profile = table[(table["part"] == "profile") & (table["label"] == "a")]
    peak = profile[profile["series"] == "sites"].set_index("distance")["value"].idxmax()
    assert abs(peak) < 30
    assert set(table.loc[table["part"] == "locus", "chrom"]) == {"c2"}
    assert (table["part"] == "site").sum() > 10


def test_windows_are_compared_with_the_track_of_their_strand(run, given, tmp_path):
    """The value 1 stands 100 bp downstream of each site, on its strand alone."""
    windows = pd.read_csv(tmp_path / "windows.tsv", sep="\t")
    windows["strand"] = np.where(windows.index // 3 % 2, "-", "+")
    windows.to_csv(tmp_path / "windows.tsv", sep="\t", index=False)
    for label, name in zip(("a", "b/c"), bigwig.file_names(["a", "b/c"]), strict=True):
        (tmp_path / "tracks" / name).unlink()
        for strand, word, way in (("+", "plus", 100), ("-", "minus", -100)):
            values = np.zeros(3000)
            sites = windows[(windows[label] > 0) & (windows["chrom"] == "c2") & (windows["strand"] == strand)]
            for beside in (-20, -10, 0, 10, 20):
                values[(sites["start"] + 10 - (way < 0) + way + beside) // 10] = 1
            [file] = bigwig.file_names([f"{label}.{word}"])
            with bigwig.open_bigwig(tmp_path / "tracks" / file, SIZES) as track:
                bigwig.add_contig(track, "c2", 30_000, values, 10, 0)
    run(*given)
    table = pd.read_csv(tmp_path / "tracks.tsv", sep="\t")
    profile = table[(table["part"] == "profile") & (table["series"] == "sites")]
    high = profile[profile["value"] > 0.6]
    assert set(high["label"]) == {"a", "b/c"} and ((high["distance"] - 100).abs() < 30).all()
    assert set(table.loc[table["part"] == "locus", "label"]) == {"a (+)", "a (-)", "b/c (+)", "b/c (-)"}
    sites = table[table["part"] == "site"]
    own = windows[(windows["a"] > 0.5) & (windows["strand"] == "-")]
    assert set(sites.loc[sites["label"] == "a (-)", "position"]) <= set(own["start"] + 9)


def test_one_class_alone_is_no_error(run, given, tmp_path):
    windows = pd.read_csv(tmp_path / "windows.tsv", sep="\t")
    windows.assign(a=0.0, **{"b/c": 0.0}).to_csv(tmp_path / "windows.tsv", sep="\t", index=False)
    run(*given)
    assert "cannot be judged" in (tmp_path / "tracks.svg").read_text()


def test_no_value_at_all_is_no_error(run, given, tmp_path):
    windows = pd.read_csv(tmp_path / "windows.tsv", sep="\t")
    windows.assign(chrom="c1").to_csv(tmp_path / "windows.tsv", sep="\t", index=False)
    run(*given)
    assert "cannot be judged" in (tmp_path / "tracks.svg").read_text()


def test_a_missing_track_is_refused(refuse, given, tmp_path):
    (tmp_path / "tracks" / "a.bw").unlink()
    assert "a.bw: cannot be opened as bigWig" in refuse(*given)
