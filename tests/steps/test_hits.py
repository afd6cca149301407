import json

import numpy as np
import pandas as pd
import pysam
import pytest

from convoscope.interpretation.motifs.meme import Motif, format_meme
from convoscope.sequence.alphabet import ALPHABETS, encode_text

WORD = "TTACCCGAGC"


def matrix(letters):
    return np.eye(4)[encode_text(letters, ALPHABETS["dna"])] * 0.96 + 0.01


@pytest.fixture
def folder(tmp_path):
    """Write a genome with one site on each strand, and its motif, learned as the database's other strand."""
    generator = np.random.default_rng(1)
    first, second = ("".join(generator.choice(list("ACGT"), 4000)) for _ in range(2))
    turned = WORD.translate(str.maketrans("ACGT", "TGCA"))[::-1]
    first = first[:100] + WORD + first[110:2000] + "N" * 50 + first[2050:3990] + turned.lower()
    (tmp_path / "genome.fa").write_text(f">b\n{first}\n>a\n{second}\n")
    motifs = [Motif("holdout.1.f000", "", matrix(turned), 90), Motif("holdout.1.f001", "", matrix("ACGTACGTAC"), 90)]
    (tmp_path / "motifs.meme").write_text(format_meme(motifs, "ACGT"))
    names = {"filter": ["holdout.1.f000", "holdout.1.f001"], "motif_name": ["REB1 short", "X"]}
    evidence = {"q_value": [1e-6, 0.5], "influence": [1.0, 2.0], "strand": ["-", "+"], "reproducible": ["yes", "yes"]}
    pd.DataFrame(names | evidence).to_csv(tmp_path / "matches.tsv", sep="\t", index=False)
    return tmp_path


def arguments(folder, **spec):
    inputs = ["--motifs", folder / "motifs.meme", "--matches", folder / "matches.tsv", "--genome", folder / "genome.fa"]
    options = ["--spec", json.dumps(spec), "--naming", "{}"]
    return ["hits", *inputs, *options, "--hits", folder / "hits.bed.gz", "--index", folder / "hits.bed.gz.tbi"]


def test_sites_are_found_on_their_strand_and_indexed(folder, run):
    run(*arguments(folder, p_value=2e-6))
    with pysam.TabixFile(str(folder / "hits.bed.gz")) as found:
        rows = [row.split("\t") for row in found.fetch("b")]
        assert found.fetch("b", 3000, 4000).__next__().split("\t")[:3] == ["b", "3990", "4000"]
    assert [(row[1], row[2], row[3], row[5]) for row in rows] == [
        ("100", "110", "REB1_short", "+"),
        ("3990", "4000", "REB1_short", "-"),
    ]
    p_value = float(rows[0][6])
    assert 0.25**10 * 0.5 < p_value < 2e-6
    assert int(rows[0][4]) == round(-10 * np.log10(p_value))


@pytest.mark.parametrize(
    ("facts", "strands"),
    [
        ({"alphabet": "dna"}, {"+", "-"}),
        ({"alphabet": "dna", "strands": "single", "direction": "site"}, {"+", "-"}),
        ({"alphabet": "dna", "strands": "single"}, {"+"}),
        ({"alphabet": "rna", "direction": "site"}, {"+", "-"}),
    ],
)
def test_motifs_are_looked_for_on_the_strands_that_windows_have(folder, run, facts, strands):
    (folder / "card.json").write_text(json.dumps({"labels": ["a"], **facts}))
    letters = "ACGU" if facts["alphabet"] == "rna" else "ACGT"
    turned = WORD.translate(str.maketrans("ACGT", "TGCA"))[::-1]
    single = "single" if facts.get("strands") == "single" or letters == "ACGU" else "both"
    motif = Motif("holdout.1.f000", "", matrix(turned), 90)
    (folder / "motifs.meme").write_text(format_meme([motif], letters, single))
    run(*arguments(folder, p_value=2e-6), "--card", folder / "card.json")
    with pysam.TabixFile(str(folder / "hits.bed.gz")) as found:
        rows = [row.split("\t") for row in found.fetch("b")]
    # Data of one strand keeps the motif as it was learned: the sites' own other strand.
    expected = {("100", "-"), ("3990", "+")} if single == "single" else {("100", "+"), ("3990", "-")}
    expected = {(start, strand) for start, strand in expected if strand in strands}
    assert {(row[1], row[5]) for row in rows} == expected


def test_a_genome_of_rna_is_scanned(folder, run):
    path = folder / "genome.fa"
    name, *rest = path.read_text().replace("T", "U").replace("t", "u").split("\n")
    path.write_text("\n".join([name, *rest]))
    run(*arguments(folder, p_value=2e-6))
    with pysam.TabixFile(str(folder / "hits.bed.gz")) as found:
        assert len(list(found.fetch("b"))) == 2


def test_chosen_contigs_and_nothing_to_find(folder, run):
    run(*arguments(folder, contigs=["a"]))
    assert "b\t" not in pysam.BGZFile(str(folder / "hits.bed.gz")).read().decode()
    table = pd.read_csv(folder / "matches.tsv", sep="\t").assign(reproducible="no")
    table.to_csv(folder / "matches.tsv", sep="\t", index=False)
    run(*arguments(folder))
    with pysam.TabixFile(str(folder / "hits.bed.gz")) as found:
        assert list(found.fetch()) == []


def test_refusals(folder, refuse):
    assert "hits.contigs: 'c'" in refuse(*arguments(folder, contigs=["c"]))
    whole = (folder / "motifs.meme").read_text()
    (folder / "motifs.meme").write_text(whole.replace("MOTIF ", "MOTIF another."))
    assert "is not in the file of motifs; motifs.tsv goes with motifs.meme, matches.tsv with filters.meme" in refuse(
        *arguments(folder)
    )
    (folder / "motifs.meme").write_text(format_meme([], "ACDEFGHIKLMNPQRSTVWY"))
    assert "a genome is scanned for ACGT" in refuse(*arguments(folder))
    assert not (folder / "hits.bed.gz").exists()
