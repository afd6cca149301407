"""The verb ``simulate``: files that other tools read, the same bytes from the same seed, one line for bad input."""

import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pysam
import pytest
from Bio import motifs as bio_motifs

from convoscope.__main__ import main
from convoscope.interpretation.motifs.meme import Motif, format_meme, parse_meme
from convoscope.sequence.alphabet import ALPHABETS, encode_text

RESOURCES = Path(__file__).parents[2] / "resources"
DINUCLEOTIDES = RESOURCES / "sacCer3.dinucleotides.tsv"
FACTORS = {"CTCF": "MA0139.2", "GABPA": "MA0062.4"}
SMALL = {"chromosomes": 2, "length": 120_000, "factors": FACTORS, "sites": 50, "decoy": "MA0510.3"}


def options(folder: Path, spec: dict) -> list[object]:
    sites = [folder / "sites" / f"{name}.bed" for name in spec["factors"]]
    names = {"fasta": "genome.fa.gz", "sizes": "chrom.sizes", "gaps": "gaps.bed"}
    names |= {"truth": "truth.tsv", "motifs": "truth.meme", "variants": "variants.vcf.gz"}
    given = [part for flag, name in names.items() for part in (f"--{flag}", folder / name)]
    return ["simulate", "--spec", json.dumps(spec), "--dinucleotides", DINUCLEOTIDES, *given, "--sites", *sites]


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("first")
    assert main([str(word) for word in options(folder, SMALL)]) == 0
    return folder


def test_files_agree_with_each_other(folder):
    with pysam.FastaFile(str(folder / "genome.fa.gz")) as genome:
        sizes = dict(zip(genome.references, genome.lengths, strict=True))
        text = {name: genome.fetch(name) for name in sizes}
    assert (folder / "chrom.sizes").read_text() == "sim1\t120000\nsim2\t120000\n"
    assert sizes == {"sim1": 120_000, "sim2": 120_000}
    gaps = pd.read_csv(folder / "gaps.bed", sep="\t", names=["chrom", "start", "end"])
    for row in gaps.itertuples():
        assert set(text[row.chrom][row.start : row.end].upper()) == {"N"}
    assert sum(gaps["end"] - gaps["start"]) == sum(letters.upper().count("N") for letters in text.values()) > 0
    truth = pd.read_csv(folder / "truth.tsv", sep="\t", dtype={"start": "Int64", "summit": "Int64"})
    assert list(truth) == ["factor", "matrix_id", "chrom", "start", "end", "strand", "kind", "summit"]
    for name, matrix_id in FACTORS.items():
        peaks = pd.read_csv(folder / "sites" / f"{name}.bed", sep="\t", header=None)
        rows = truth[truth["factor"] == name].sort_values(["chrom", "summit"])
        assert peaks[1].tolist() == rows["summit"].tolist() and (peaks[2] == peaks[1] + 1).all()
        assert peaks[4].between(1, 1000).all() and set(peaks[5]) == {"."}
        assert set(rows["matrix_id"]) == {matrix_id}


def test_planted_sites_look_like_their_matrix(folder):
    truth = pd.read_csv(folder / "truth.tsv", sep="\t").query("factor == 'CTCF' and kind == 'strong' and strand == '+'")
    with open(folder / "truth.meme") as stream:
        [ctcf, _, decoy] = bio_motifs.parse(stream, "minimal")
    assert (ctcf.name, decoy.name) == ("MA0139.2", "MA0510.3")
    with pysam.FastaFile(str(folder / "genome.fa.gz")) as genome:
        sites = [genome.fetch(row.chrom, int(row.start), int(row.end)) for row in truth.itertuples()]
    codes = np.stack([encode_text(site, ALPHABETS["dna"]) for site in sites])
    frequencies = np.stack([(codes == code).mean(axis=0) for code in range(4)])
    matrix = np.array([ctcf.pwm[letter] for letter in "ACGT"])
    assert np.corrcoef(frequencies.ravel(), matrix.ravel())[0, 1] > 0.9


def test_same_seed_same_bytes(run, folder, tmp_path):
    run(*options(tmp_path / "again", SMALL))
    run(*options(tmp_path / "other", SMALL | {"seed": 2}))
    assert content(tmp_path / "again") == content(folder)
    assert content(tmp_path / "other")["genome.fa.gz"] != content(folder)["genome.fa.gz"]
    assert {str(path) for path in content(folder)} == {
        "chrom.sizes", "gaps.bed", "genome.fa.gz", "genome.fa.gz.fai", "genome.fa.gz.gzi",
        "sites/CTCF.bed", "sites/GABPA.bed", "truth.meme", "truth.tsv", "variants.vcf.gz", "variants.vcf.gz.tbi",
    }  # fmt: skip


def test_variants_are_read_by_their_index_and_agree_with_the_genome(folder):
    with pysam.VariantFile(folder / "variants.vcf.gz") as variants, pysam.FastaFile(folder / "genome.fa.gz") as genome:
        assert list(variants.header.contigs) == ["sim1", "sim2"]
        records = list(variants.fetch("sim2"))
        assert len(records) > 10
        for record in records:
            assert genome.fetch(record.chrom, record.start, record.stop).upper() == record.ref
            assert record.info["SWITCH"] == (record.info["KIND"] == "switch")
            assert ("LOST" in record.info and record.info["LOST"] in FACTORS) == (
                record.info["KIND"] in ("breaks", "switch")
            )


def test_variants_change_no_other_file(run, folder, tmp_path):
    given = options(tmp_path / "without", SMALL)
    at = given.index("--variants")
    run(*given[:at], *given[at + 2 :])
    others = {name: text for name, text in content(folder).items() if "variants" not in name}
    assert content(tmp_path / "without") == others


def test_matrices_are_those_of_the_file_where_it_has_them(run, refuse, folder, tmp_path):
    run(*options(tmp_path / "file", SMALL), "--matrices", RESOURCES / "planted.meme")
    assert content(tmp_path / "file") == content(folder)  # the file holds what JASPAR has
    (tmp_path / "own.meme").write_text(format_meme([Motif("MINE.1", "mine", np.eye(4)[[0, 1, 2, 3] * 3], 7)], "ACGT"))
    own = SMALL | {"factors": {"mine": "MINE.1", "CTCF": "MA0139.2"}}
    run(*options(tmp_path / "own", own), "--matrices", tmp_path / "own.meme")
    motifs = parse_meme((tmp_path / "own" / "truth.meme").read_text())
    assert [(motif.name, motif.alternative) for motif in motifs] == [
        ("MINE.1", "mine"), ("MA0139.2", "CTCF"), ("MA0510.3", "decoy"),
    ]  # fmt: skip
    assert "simulate.factors.mine: no matrix 'MINE.1' in JASPAR2026" in refuse(*options(tmp_path / "none", own))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a table of dinucleotide and count with one row for each of the 16"),
        ("dinucleotide\tcount\nAA\t1\n", "not a table of dinucleotide and count"),
        (DINUCLEOTIDES.read_text().replace("GC\t452567", "GC\t-3"), "GC '-3'; a positive whole number"),
        (DINUCLEOTIDES.read_text().replace("GC\t452567", "GC\t0"), "GC '0'; a positive whole number"),
    ],
)
def test_other_compositions_are_refused(refuse, tmp_path, text, message):
    (tmp_path / "counts.tsv").write_text(text)
    given = [tmp_path / "counts.tsv" if word == DINUCLEOTIDES else word for word in options(tmp_path / "x", SMALL)]
    assert f"counts.tsv: {message}" in refuse(*given)
    assert not (tmp_path / "x").exists()


def test_the_default_size_takes_seconds(run, tmp_path):
    factors = FACTORS | {"HNF1A": "MA0046.3", "USF1": "MA0093.4", "HNF4A": "MA0114.5"}
    begin = time.process_time()
    run(*options(tmp_path, {"factors": factors, "decoy": "MA0510.3"}))
    assert time.process_time() - begin < 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"factors": {"CTCF": "MA9999.1"}}, "simulate.factors.CTCF: no matrix 'MA9999.1' in JASPAR2026"),
        ({"decoy": "nothing"}, "simulate.decoy: no matrix 'nothing'"),
        ({"factors": {}}, "simulate.factors: none"),
        ({"sites": 5000}, "simulate.sites: 2 factors with 5000 peaks each put 5000 peaks on a chromosome"),
        ({"sites": 0}, "--spec: sites:"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(refuse, tmp_path, change, message):
    assert message in refuse(*options(tmp_path / "bad", SMALL | change))
    assert not content(tmp_path)


def test_number_of_site_files(refuse, tmp_path):
    assert "--sites: 1 files; one for each of 2 factors" in refuse(*options(tmp_path, SMALL)[:-1])
