import functools
import json

import numpy as np
import pandas as pd
import pytest

from convoscope.interpretation.motifs.database import load_jaspar
from convoscope.interpretation.motifs.meme import Motif, format_meme, parse_meme

pytestmark = pytest.mark.usefixtures("few_comparisons")

COLUMNS = [
    *("filter", "influence:Reb1", "influence:Abf1", "influence", "sites", "information"),
    *("motif_id", "motif_name", "p_value", "q_value", "offset", "overlap", "strand"),
    *("networks", "reproducible"),
]
REB1 = "MA0363.3"
FUNGI = json.dumps({"taxa": ["fungi"]})
HEADER = "filter fold seed index sites information length consensus activating influence:Reb1 influence:Abf1"
ROWS = [
    "holdout.1.f000 holdout 1 0 40 9.5 9 NA 0.5 0.1 0.2",
    "holdout.1.f001 holdout 1 1 3 0 0  0.01 -0.3 0.1",
    "holdout.1.f002 holdout 1 2 90 11.2 9 TTACCC 0.9 0.2 -1.5",
]
TABLE = "\n".join([HEADER, *ROWS]).replace(" ", "\t") + "\n"


@functools.cache
def fungi():
    """Read the motifs of fungi, which the tests leave as they are."""
    return load_jaspar("JASPAR2026", ["fungi"])


def known_reb1():
    return next(target.matrix for target in fungi() if target.id == REB1)


@pytest.fixture
def folder(tmp_path):
    """Write filters of which one is REB1, one is without a motif, one is noise."""
    noise = np.random.default_rng(1).dirichlet([3] * 4, size=9)
    motifs = [Motif("holdout.1.f000", "", noise, 40), Motif("holdout.1.f002", "", known_reb1(), 90)]
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
        (REB1, "REB1", "0", "9", "+")
    )
    assert float(first["q_value"]) < 1e-6
    assert without[COLUMNS[6:]].tolist() == [""] * 9
    assert table["reproducible"].tolist() == [""] * 3  # one network says nothing
    assert float(noise["q_value"]) > 0.05


def test_motif_of_two_of_three_networks_is_reproducible(folder, run):
    reb1 = known_reb1()
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


def known_file(folder, letters, turned):
    """Write a database of REB1 and others, REB1 turned around or not."""
    targets = [each for place, each in enumerate(fungi()) if place < 60 or each.id == REB1]
    matrices = [t.matrix[::-1, ::-1] if turned and t.id == REB1 else t.matrix for t in targets]
    motifs = [Motif(t.id, "", matrix, 20) for t, matrix in zip(targets, matrices, strict=True)]
    (folder / "known.meme").write_text(format_meme(motifs, letters))
    return json.dumps({"database": str(folder / "known.meme")})


@pytest.mark.parametrize("known", ["ACGU", "ACGT"])
@pytest.mark.parametrize(("letters", "strands"), [("ACGU", "single"), ("ACGT", "single"), ("ACGT", "both")])
def test_a_file_of_motifs_is_read_in_the_direction_of_data_of_one_strand(folder, run, known, letters, strands):
    motifs = parse_meme((folder / "motifs.meme").read_text())
    (folder / "motifs.meme").write_text(format_meme(motifs, letters, strands))
    for turned in (False, True):
        run(*arguments(folder, known_file(folder, known, turned)))
        first = pd.read_csv(folder / "matches.tsv", sep="\t").iloc[0]
        found = first["motif_id"] == REB1 and first["q_value"] < 1e-3
        assert found == (strands == "both" or not turned)
        assert first["strand"] == ("-" if found and turned else "+")


def test_rna_has_no_name_in_jaspar_and_directed_dna_has_on_either_strand(folder, run, drawing, caplog):
    caplog.set_level("INFO")
    motifs = parse_meme((folder / "motifs.meme").read_text())
    turned = [motif._replace(matrix=motif.matrix[::-1, ::-1]) for motif in motifs]
    (folder / "motifs.meme").write_text(format_meme(turned, "ACGT", "single"))
    run(*arguments(folder, FUNGI))
    first = pd.read_csv(folder / "matches.tsv", sep="\t").iloc[0]
    assert (first["motif_id"], first["strand"]) == (REB1, "-")
    (folder / "motifs.meme").write_text(format_meme(turned, "ACGU", "single"))
    run(*arguments(folder, FUNGI))
    table = pd.read_csv(folder / "matches.tsv", sep="\t")
    assert list(table.columns) == COLUMNS
    assert table["motif_id"].isna().all() and table["q_value"].isna().all()
    assert table["networks"].tolist()[::2] == [1, 1]
    assert "RNA is not compared with JASPAR" in caplog.text
    files = {"motifs": folder / "motifs.meme", "matches": folder / "matches.tsv"}
    run(*drawing({"gallery": folder / "gallery.svg"}, FUNGI, **files))


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


def test_filters_that_learned_the_same_are_merged_and_named(folder, run):
    reb1 = known_reb1()
    noise = np.random.default_rng(1).dirichlet([3] * 4, size=9)
    matrices = {"1.f000": reb1, "2.f000": reb1[::-1, ::-1], "3.f000": reb1, "3.f001": noise}
    motifs = [Motif(f"holdout.{name}", "", matrix, 40) for name, matrix in matrices.items()]
    (folder / "motifs.meme").write_text(format_meme(motifs, "ACGT"))
    effects = dict(zip(matrices, ("2.0 0.1", "1.0 0.2", "-4.0 0.3", "0.5 0.0"), strict=True))
    rows = [f"holdout.{name} holdout 1 0 40 9.5 9 NA 0.5 {effects[name]}" for name in matrices]
    (folder / "filters.tsv").write_text("\n".join([HEADER, *rows]).replace(" ", "\t") + "\n")
    written = ["--merged", folder / "merged.meme", "--merged-table", folder / "merged.tsv"]
    run(*arguments(folder, FUNGI), *written)
    table = pd.read_csv(folder / "merged.tsv", sep="\t").set_index("filter")
    assert table["members"].to_dict() == {
        "holdout.3.f000": "holdout.3.f000",  # it lowers
        "holdout.1.f000": "holdout.1.f000 holdout.2.f000",
        "holdout.3.f001": "holdout.3.f001",
    }
    both = table.loc["holdout.1.f000"]
    assert (both["influence:Reb1"], both["influence:Abf1"]) == pytest.approx((3.0, 0.3))
    assert (both["sites"], both["filters"], both["networks"], both["reproducible"]) == (80, 2, 2, "yes")
    assert both["motif_name"] == "REB1" and both["q_value"] < 1e-4
    merged = parse_meme((folder / "merged.meme").read_text())
    assert [(motif.name, motif.alternative) for motif in merged] == [
        ("M1", "REB1"), ("M2", "REB1"), ("M3", ""),
    ]  # fmt: skip
    assert table["motif"].tolist() == ["M1", "M2", "M3"]
    assert both["shifts"] == "0 0" and both["consensus"] == "RTTACCCGG"
    assert (both["offset"], both["overlap"], both["strand"]) == (0, 9, "+")
    np.testing.assert_allclose(merged[1].matrix, reb1, atol=1e-5)


def test_a_motif_is_turned_to_the_strand_of_its_match_where_data_has_two(folder, run):
    motifs = parse_meme((folder / "motifs.meme").read_text())
    turned = [motif._replace(matrix=motif.matrix[::-1, ::-1][:-2]) for motif in motifs]  # REB1 without its first two
    written = ["--merged", folder / "merged.meme", "--merged-table", folder / "merged.tsv"]
    for strands, sign, offset in (("both", "+", 2), ("single", "-", 0)):
        (folder / "motifs.meme").write_text(format_meme(turned, "ACGT", strands))
        run(*arguments(folder, FUNGI), *written)
        first = pd.read_csv(folder / "merged.tsv", sep="\t").iloc[0]
        assert (first["motif_name"], first["strand"], first["offset"]) == ("REB1", sign, offset)
        merged = parse_meme((folder / "merged.meme").read_text())[0].matrix
        expected = motifs[1].matrix[2:]
        np.testing.assert_allclose(merged, expected if strands == "both" else expected[::-1, ::-1], atol=1e-5)


def test_too_few_targets_are_refused(folder, refuse):
    targets = fungi()[:10]
    (folder / "few.meme").write_text(format_meme([Motif(each.id, "", each.matrix, 20) for each in targets], "ACGT"))
    spec = json.dumps({"database": str(folder / "few.meme")})
    assert "TOMTOM's p-values need at least 25" in refuse(*arguments(folder, spec))
    assert not (folder / "matches.tsv").exists()
