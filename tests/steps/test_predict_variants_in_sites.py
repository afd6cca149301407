"""The verb predict-variants with --sites, and what it says without."""

import gzip

import numpy as np
import pandas as pd
import pysam
import pytest
import torch

from convoscope import modelfile
from convoscope.models import build
from convoscope.prediction import ensemble
from convoscope.prediction.variants.annotation import read_info
from convoscope.sequence.alphabet import ALPHABETS, encode_many, read_strand

DNA = ALPHABETS["dna"]
CONTIG = "".join(np.random.default_rng(11).choice(list("ACGT"), 120))
LENGTH = 20


def write_network(path, seed, **changes):
    facts = {
        "architecture": "cnnprom", "options": {"filters": [4], "lengths": [5], "hidden": [6]}, "channels": 4,
        "space": [LENGTH], "labels": ["a", "b"], "modality": "sequence", "task": "multilabel", "alphabet": "dna",
        "unknown": "uniform", "strands": "single", "direction": "site", **changes,
    }  # fmt: skip
    torch.manual_seed(seed)
    network = build(facts["architecture"], 4, facts["space"], 2, facts["options"])
    modelfile.save(path, network.eval(), facts)
    return path


def vcf(path, rows):
    lines = ["##fileformat=VCFv4.2", "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    path.write_text("\n".join([*lines, *("\t".join([*map(str, row), ".", ".", "."]) for row in rows)]) + "\n")
    return path


def other(letter):
    return "ACGT"[("ACGT".index(letter) + 1) % 4]


def snv(pos):
    return ("1", pos, ".", CONTIG[pos - 1], other(CONTIG[pos - 1]))


@pytest.fixture
def given(tmp_path):
    (tmp_path / "genome.fa").write_text(f">chr1\n{CONTIG}\n>chr2\n{CONTIG}\n")
    sites = [
        "1\t30\t31\tfirst;=,x y\t0\t+", "1\t36\t37\t.\t0\t-", "1\t3\t4\tedge\t0\t+", "1\t90\t91\tnone\t0\t.",
        "9\t1\t2\taway\t0\t+",
    ]  # fmt: skip
    (tmp_path / "sites.bed").write_text("\n".join(sites) + "\n")
    return {
        "models": [write_network(tmp_path / f"{seed}.safetensors", seed) for seed in (1, 2)],
        "genome": tmp_path / "genome.fa",
        "vcf": vcf(tmp_path / "in.vcf", [snv(33), snv(22), snv(45), snv(2), snv(80), ("2", 5, ".", CONTIG[4], "N")]),
        "sites": tmp_path / "sites.bed",
        "device": "cpu",
        **{name: tmp_path / file for name, file in
           (("scores", "scores.tsv.gz"), ("annotated", "annotated.vcf.gz"), ("dropped", "dropped.tsv"))},
    }  # fmt: skip


def words(given, **changes):
    options = {**given, **changes}
    found = ["predict-variants"]
    for name, value in options.items():
        if value is not None:
            several = value if isinstance(value, list) else [value]
            found += [f"--{name.replace('_', '-')}", *several]
    return found


def read(path):
    return pd.read_csv(path, sep="\t", dtype={"chrom": str, "site": str})


def annotated(given):
    with pysam.VariantFile(str(given["annotated"])) as content:
        return list(content)


def test_an_allele_has_a_row_per_site_and_one_value_in_the_copy(given, run, caplog):
    caplog.set_level("INFO")
    run(*words(given))
    table, lost = read(given["scores"]), read(given["dropped"])
    assert table[["row", "site", "window_start", "strand", "position", "padded"]].to_numpy().tolist() == [
        [1, "first;=,x y", 20, "+", 12, 0],
        [1, "1:36-37", 27, "-", 14, 0],
        [2, "first;=,x y", 20, "+", 1, 0],
        [3, "1:36-37", 27, "-", 2, 0],
        [4, "edge", -7, "+", 8, 7],
    ]
    assert lost[["row", "reason"]].to_numpy().tolist() == [
        [5, "in the window of no site"],
        [6, "ALT has ambiguous letters"],
    ]
    assert "cannot_tell" not in table and not [one for one in caplog.records if one.levelname == "WARNING"]
    assert "sites: windows of 3; left out: 1 no_strand, 1 unknown_contig" in caplog.text
    assert "windows of 1 reach over the end of their contig; circular contigs are read as linear" in caplog.text
    assert "scored: 4" in caplog.text and "rows, one per allele and site: 5" in caplog.text

    best = table.iloc[:2][["a:difference", "b:difference"]].abs().max(axis=1).to_numpy().argmax()
    lines = gzip.decompress(given["annotated"].read_bytes()).decode().splitlines()
    first = read_info(next(line for line in lines if not line.startswith("#")).split("\t")[7])
    name = ["first%3B%3D%2Cx%20y", "1:36-37"][best]
    assert (first["CONVOSCOPE_SITE"], first["CONVOSCOPE_SITES"]) == (name, "2")
    assert (first["CONVOSCOPE_SITE_STRAND"], first["CONVOSCOPE_SITE_POSITION"]) == ("+-"[best], ["12", "14"][best])
    found = annotated(given)
    assert found[0].info["CONVOSCOPE_a_DIFFERENCE"][0] == pytest.approx(table["a:difference"][best], rel=1e-4)
    assert found[1].info["CONVOSCOPE_SITES"] == (1,)
    assert "CONVOSCOPE_SITE" not in found[4].info


def test_scores_are_those_of_the_training_windows(given, run):
    run(*words(given))
    table = read(given["scores"])
    networks = ensemble.load(given["models"])
    changed = CONTIG[:32] + other(CONTIG[32]) + CONTIG[33:]
    texts = [read_strand(text[27 : 27 + LENGTH], "-", DNA) for text in (CONTIG, changed)]
    ref, alt = ensemble.predictions(networks, ensemble.scores(networks, encode_many(texts, DNA))).mean(0)
    row = table.iloc[1]
    np.testing.assert_allclose(row[["a:ref", "b:ref"]].astype(float), ref, atol=1e-6)
    np.testing.assert_allclose(row[["a:alt", "b:alt"]].astype(float), alt, atol=1e-6)


def test_the_same_promoter_on_either_strand_has_the_same_scores(given, run, tmp_path):
    turned = read_strand(CONTIG, "-", DNA)
    (tmp_path / "genome.fa").write_text(f">chr1\n{CONTIG}\n>chr2\n{turned}\n")
    (tmp_path / "sites.bed").write_text("chr1\t60\t61\tplus\t0\t+\nchr2\t59\t60\tminus\t0\t-\n")
    rows = [("chr1", 58, ".", CONTIG[57], other(CONTIG[57])), ("chr1", 65, ".", CONTIG[64], CONTIG[64] + "ACG")]
    base = turned[119 - 57]
    rows += [("chr2", 120 - 57, ".", base, read_strand(other(CONTIG[57]), "-", DNA))]
    rows += [("chr2", 120 - 65, ".", turned[119 - 65], turned[119 - 65] + "CGT")]
    run(*words(given, vcf=vcf(tmp_path / "both.vcf", rows)))
    table = read(given["scores"]).filter(like=":")
    np.testing.assert_allclose(table.iloc[:2].to_numpy(), table.iloc[2:].to_numpy(), atol=1e-6)
    assert table["a:difference"].abs().min() > 1e-6


def test_without_sites_everything_says_what_scores_cannot_tell(given, run, caplog):
    run(*words(given))
    run(*words(given, sites=None, vcf=given["annotated"], annotated=given["vcf"].with_name("again.vcf.gz")))
    table = read(given["scores"])
    [said] = table["cannot_tell"].unique()
    assert said.startswith("size and sign of an effect at a site: the networks know position and strand, and these")
    assert "site" not in table
    [warning] = [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]
    assert warning == f"the scores cannot tell the {said}; give the sites with --sites (variants.<name>.sites)"
    text = gzip.decompress(given["vcf"].with_name("again.vcf.gz").read_bytes()).decode()
    assert f'##convoscopeCannotTell="the scores cannot tell the {said}"' in text
    assert "CONVOSCOPE_SITE" not in text  # what the first annotation said of sites does not hold any more
    again = given["vcf"].with_name("third.vcf.gz")
    run(*words(given, vcf=given["vcf"].with_name("again.vcf.gz"), annotated=again))
    assert gzip.decompress(again.read_bytes()) == gzip.decompress(given["annotated"].read_bytes())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"strands": "both", "direction": "forward"}, "the networks know position, and these windows are centred on"),
        ({"architecture": "deepbind", "options": {"length": 6, "strands": "single"}, "direction": "forward"},
         "the networks know strand, and these windows lie on the forward strand"),
        ({"architecture": "deepbind", "options": {"length": 6}, "strands": "both", "direction": "forward"}, ""),
    ],
)  # fmt: skip
def test_what_is_said_depends_on_the_network(given, run, tmp_path, caplog, changes, said):
    one = write_network(tmp_path / "other.safetensors", 1, **changes)
    run(*words(given, models=[one], sites=None))
    assert said in caplog.text
    assert ("cannot_tell" in read(given["scores"])) == bool(said)


def test_refusals(given, refuse, tmp_path):
    assert "--center: 'middle'; one of summit, midpoint" in refuse(*words(given, center="middle"))
    assert "--strand: 'plus'; one of ignore, site" in refuse(*words(given, strand="plus"))
    (tmp_path / "sites.bed").write_text("1\t30\t31\n1\t36\t37\n")
    assert "sites.bed: no row has a strand (+ or - in column 6), but" in refuse(*words(given))
    (tmp_path / "sites.bed").write_text("7\t30\t31\ta\t0\t+\n")
    assert "sites.bed: none of its contigs is in the reference" in refuse(*words(given))
    (tmp_path / "sites.bed").write_text("2\t110\t111\ta\t0\t+\n")
    assert "5 in the window of no site, 1 ALT has ambiguous letters; give sites near the" in refuse(*words(given))
    assert not list(tmp_path.glob("scores*"))


def test_the_direction_is_that_of_the_training_or_what_is_asked_for(given, run, refuse, tmp_path):
    run(*words(given, strand="ignore"))
    assert set(read(given["scores"])["strand"]) == {"+"}
    open_one = write_network(tmp_path / "open.safetensors", 1, direction="forward")
    assert "--strand site (key strand: site) reads windows in the direction" in refuse(*words(given, models=[open_one]))
    run(*words(given, models=[open_one], strand="site"))
    assert set(read(given["scores"])["strand"]) == {"+", "-"}
    two = write_network(tmp_path / "two.safetensors", 1, direction="forward", strands="both")
    run(*words(given, models=[two]))
    assert set(read(given["scores"])["strand"]) == {"+"}


def test_the_centre_is_chosen_as_in_the_training(given, run, tmp_path):
    (tmp_path / "sites.bed").write_text("1\t25\t41\tpeak\t0\t+\t1\t-1\t-1\t4\n")
    for change, start in (({}, 19), ({"center": "midpoint"}, 23), ({"center_column": "10"}, 19)):
        run(*words(given, **change))
        assert read(given["scores"])["window_start"].unique()[0] == start
