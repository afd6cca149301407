import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from convoscope.interpretation.matching import load_jaspar
from convoscope.interpretation.meme import Motif, format_meme

COLUMNS = [
    *("filter", "influence:Reb1", "influence:Abf1", "influence", "sites", "information"),
    *("motif_id", "motif_name", "p_value", "q_value", "offset", "overlap", "strand"),
    *("networks", "reproducible"),
]
FUNGI = json.dumps({"taxa": ["fungi"]})
HEADER = "filter fold seed index sites information length consensus activating influence:Reb1 influence:Abf1"
ROWS = [
    "holdout.1.f000 holdout 1 0 40 9.5 9 NA 0.5 0.1 0.2",
    "holdout.1.f001 holdout 1 1 3 0 0  0.01 -0.3 0.1",
    "holdout.1.f002 holdout 1 2 90 11.2 9 TTACCC 0.9 0.2 -1.5",
]
TABLE = "\n".join([HEADER, *ROWS]).replace(" ", "\t") + "\n"


@pytest.fixture
def folder(tmp_path):
    """Write filters of which one is REB1, one is without a motif, one is noise."""
    reb1 = next(target for target in load_jaspar("JASPAR2026", ["fungi"]) if target.id == "MA0363.3")
    noise = np.random.default_rng(1).dirichlet([3] * 4, size=9)
    motifs = [Motif("holdout.1.f000", "", noise, 40), Motif("holdout.1.f002", "", reb1.matrix, 90)]
    (tmp_path / "motifs.meme").write_text(format_meme(motifs, "ACGT"))
    (tmp_path / "filters.tsv").write_text(TABLE)
    return tmp_path


def arguments(folder, spec):
    inputs = ["--motifs", folder / "motifs.meme", "--table", folder / "filters.tsv", "--spec", spec]
    return ["match", *inputs, "--matches", folder / "matches.tsv"]


def test_one_row_per_filter_by_influence(folder, run):
    run(*arguments(folder, FUNGI))
    table = pd.read_csv(folder / "matches.tsv", sep="\t", dtype={"motif_id": str}, keep_default_na=False)
    assert list(table.columns) == COLUMNS
    assert table["filter"].tolist() == ["holdout.1.f002", "holdout.1.f001", "holdout.1.f000"]
    assert table["influence"].tolist() == [1.5, 0.3, 0.2]
    first, without, noise = (row for _, row in table.iterrows())
    assert (first["motif_id"], first["motif_name"], first["offset"], first["overlap"], first["strand"]) == (
        ("MA0363.3", "REB1", "0", "9", "+")
    )
    assert float(first["q_value"]) < 1e-6
    assert without[COLUMNS[6:]].tolist() == [""] * 9
    assert table["reproducible"].tolist() == [""] * 3  # one network says nothing
    assert float(noise["q_value"]) > 0.05


def test_motif_of_two_of_three_networks_is_reproducible(folder, run):
    reb1 = next(target for target in load_jaspar("JASPAR2026", ["fungi"]) if target.id == "MA0363.3").matrix
    noise = np.random.default_rng(1).dirichlet([3] * 4, size=(3, 9))
    motifs = [Motif(f"holdout.{seed}.f000", "", noise[seed - 1], 40) for seed in (1, 2, 3)]
    motifs += [Motif("holdout.1.f002", "", reb1, 90), Motif("holdout.3.f002", "", reb1[::-1, ::-1], 90)]
    (folder / "motifs.meme").write_text(format_meme(motifs, "ACGT"))
    rows = [ROWS[0].replace("holdout.1.f000", motif.name) for motif in motifs]
    silent = "holdout.2.f001 holdout 2 1 3 0 0  0.01 -0.3 0.1"
    (folder / "filters.tsv").write_text("\n".join([HEADER, *rows, silent]).replace(" ", "\t") + "\n")
    for share, word in ((0.6, "yes"), (0.7, "no")):
        run(*arguments(folder, json.dumps({"taxa": ["fungi"], "reproducible": share})))
        table = pd.read_csv(folder / "matches.tsv", sep="\t", keep_default_na=False).set_index("filter")
        assert table.loc[["holdout.1.f002", "holdout.3.f002"], "networks"].tolist() == ["2", "2"]
        assert table.loc["holdout.3.f002", "reproducible"] == word
        assert table.loc["holdout.2.f000", ["networks", "reproducible"]].tolist() == ["1", "no"]
        assert table.loc["holdout.2.f001", ["networks", "reproducible"]].tolist() == ["", ""]


def test_no_motif_at_all_and_protein(folder, run, caplog):
    caplog.set_level("INFO")
    for letters in ("ACGT", "ACDEFGHIKLMNPQRSTVWY"):
        (folder / "motifs.meme").write_text(format_meme([], letters))
        run(*arguments(folder, FUNGI))
        table = pd.read_csv(folder / "matches.tsv", sep="\t")
        assert list(table.columns) == COLUMNS
        assert table["motif_id"].isna().all()
        assert len(table) == 3
    assert "motifs over ACDEFGHIKLMNPQRSTVWY are not matched" in caplog.text


def test_refusals(folder, refuse):
    assert "motifs.database: 'JASPAR1999'; one of JASPAR2026" in refuse(
        *arguments(folder, json.dumps({"database": "JASPAR1999"}))
    )
    (folder / "motifs.meme").write_text("no motifs\n")
    assert "motifs.meme: not a MEME file" in refuse(*arguments(folder, FUNGI))


def test_verb_needs_no_torch():
    code = "import sys; from convoscope.__main__ import load_verb; load_verb('match'); sys.exit('torch' in sys.modules)"
    library = Path(sys.modules["convoscope"].__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(library)}).returncode == 0
