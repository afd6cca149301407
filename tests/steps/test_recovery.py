"""The verb ``recovery`` on the truth of the verb ``simulate``."""

import json
from pathlib import Path

import pandas as pd
import pytest

from convoscope.interpretation.motifs.meme import Motif, format_meme, parse_meme

pytestmark = pytest.mark.usefixtures("few_comparisons")

DINUCLEOTIDES = Path(__file__).parents[2] / "resources" / "sacCer3.dinucleotides.tsv"
SPEC = {"chromosomes": 1, "length": 60_000, "factors": {"CTCF": "MA0139.2", "GABPA": "MA0062.4"}, "sites": 20}


@pytest.fixture
def arguments(run, tmp_path):
    named = {"fasta": "genome.fa.gz", "sizes": "sizes", "gaps": "gaps", "truth": "truth.tsv", "motifs": "truth.meme"}
    options = [part for flag, name in named.items() for part in (f"--{flag}", tmp_path / name)]
    spec = json.dumps(SPEC | {"decoy": "MA0510.3"})
    options += ["--dinucleotides", DINUCLEOTIDES]
    run("simulate", "--spec", spec, *options, "--sites", tmp_path / "CTCF.bed", tmp_path / "GABPA.bed")
    planted = parse_meme((tmp_path / "truth.meme").read_text())
    learned = [Motif("holdout.1.f000", "", planted[0].matrix[1:], 50)]
    (tmp_path / "motifs.meme").write_text(format_meme(learned, "ACGT"))
    (tmp_path / "filters.tsv").write_text("filter\tinformation\tinfluence:CTCF\nholdout.1.f000\t11.5\t0.8\n")
    inputs = {"motifs": "motifs.meme", "filters": "filters.tsv", "truth": "truth.meme", "truth-table": "truth.tsv"}
    given = [part for flag, name in inputs.items() for part in (f"--{flag}", tmp_path / name)]
    return ["recovery", *given, "--recovery", tmp_path / "recovery.tsv"]


def test_recovery_of_a_learned_motif(run, arguments, tmp_path):
    run(*arguments)
    table = pd.read_csv(tmp_path / "recovery.tsv", sep="\t").set_index("factor")
    assert table["found"].to_dict() == {"CTCF": "yes", "GABPA": "no", "decoy": "no"}
    assert table.loc["CTCF", ["matrix_id", "filter"]].to_list() == ["MA0139.2", "holdout.1.f000"]
    assert table.loc["CTCF", ["information", "influence"]].to_list() == [11.5, 0.8]


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("filters.tsv", "", "filters.tsv: not a tab-separated table (no header)"),
        ("filters.tsv", "filter\tsites\nx\t1\n", "filters.tsv: no column 'information'; it has filter, sites"),
        ("filters.tsv", "filter\tinformation\nx\t1\n", "filters: no row for motif holdout.1.f000"),
        ("truth.tsv", "factor\tmatrix_id\tkind\n", "truth: no site of MA0139.2 CTCF"),
        ("motifs.meme", "nothing", "motifs.meme: not a MEME file"),
    ],
)
def test_bad_input_is_one_line(refuse, arguments, tmp_path, file, content, message):
    (tmp_path / file).write_text(content)
    assert message in refuse(*arguments)
    assert not (tmp_path / "recovery.tsv").exists()


def test_database_is_checked(refuse, arguments):
    assert "'JASPAR1066'; one of" in refuse(*arguments, "--database", "JASPAR1066")
