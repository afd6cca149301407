import gzip
import json
import re
import shutil
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyBigWig
import pysam
import pytest
from Bio.Seq import Seq

from convoscope.config import RESERVED
from convoscope.dataset import load_dataset
from convoscope.files import digest
from convoscope.sequence import genome
from convoscope.sequence.alphabet import ALPHABETS, decode_many
from convoscope.tables import read_table

SIZES = {"I": 60_000, "II": 50_000, "III": 40_000}
CHROMOSOMES = {"strategy": "chromosomes", "validation": ["II"], "test": ["III"]}


class Bench:
    """A folder with a genome of three chromosomes, and the command line that cuts windows from it."""

    def __init__(self, folder: Path):
        self.folder, self.fasta = folder, folder / "genome.fa.gz"

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def out(self, name: str) -> Path:
        return self.folder / "out" / name

    def arguments(self, sites: dict[str, Path], *more: object, options: dict | None = None, **spec: object) -> list:
        label_options = {name: {"path": path.name, **(options or {})} for name, path in sites.items()}
        whole = {"sites": label_options, "windows": {"length": 101, "bin": 51}, "split": CHROMOSOMES, **spec}
        files = ["--fasta", self.fasta, "--sizes", self.folder / "sizes", "--gaps", self.folder / "gaps.bed"]
        outputs = [
            part for name in ("windows", "dropped", "negatives") for part in (f"--{name}", self.out(f"{name}.tsv"))
        ]
        return ["windows", *files, "--sites", *sites.values(), "--spec", json.dumps(whole), *outputs, *more]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Folder of the genome and its sites, to be copied."""
    bench, generator = Bench(tmp_path_factory.mktemp("made")), np.random.default_rng(9)
    letters = {name: "".join(generator.choice(list("ACGTacgt"), size)) for name, size in SIZES.items()}
    plain = bench.write("plain.fa", "".join(f">{name}\n{text}\n" for name, text in letters.items()))
    genome.bgzip(plain, bench.fasta)
    genome.index(bench.fasta)
    bench.write("sizes", "".join(f"{name}\t{size}\n" for name, size in SIZES.items()))
    bench.write("gaps.bed", "")
    rows = [(name, int(place)) for name, size in SIZES.items() for place in generator.integers(200, size - 200, 40)]
    bench.write("a.bed", "".join(f"{name}\t{place}\t{place + 1}\ts\t{place % 1000}\t+\n" for name, place in rows))
    return bench.folder


@pytest.fixture
def bench(tmp_path, made):
    return Bench(shutil.copytree(made, tmp_path, dirs_exist_ok=True))


def read_windows(path):
    """Read windows with every column that is not reserved as a label."""
    header = path.read_text().split("\n")[0].split("\t")
    return read_table(path, "examples", real=[name for name in header if name not in RESERVED])


def accounted(bench, sites, length, rename=None):
    """Count rows by fate; every row is a window's centre or in dropped.tsv, and no row is both."""
    windows = read_windows(bench.out("windows.tsv"))
    dropped = pd.read_csv(bench.out("dropped.tsv"), sep="\t", keep_default_na=False)
    made = set(zip(windows["chrom"], windows["start"], strict=True))
    lost = set(zip(dropped["label"], dropped["line"], strict=True))
    assert len(lost) == len(dropped)
    kept = 0
    for label, path in sites.items():
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            chrom, start, end, *_ = line.split("\t")
            place = (chrom, (int(start) + int(end)) // 2 - length // 2)
            assert (place in made) or (label, number) in lost
            kept += (label, number) not in lost
    return kept, len(dropped)


@pytest.mark.parametrize("seed", range(6))
def test_every_row_is_a_window_or_dropped_with_its_reason(bench, run, seed):
    generator = np.random.default_rng(seed)
    sites = {"a": bench.folder / "a.bed"}
    for label in "bc":
        rows = []
        for _ in range(120):
            chrom = generator.choice(["I", "II", "III", "IV"], p=[0.4, 0.3, 0.25, 0.05])
            start = int(generator.integers(0, SIZES.get(chrom, 1000)))
            rows.append(f"{chrom}\t{start}\t{start + generator.integers(0, 5)}\tn\t{generator.integers(0, 99)}\t-\n")
        sites[label] = bench.write(f"{label}.bed", "".join(rows + rows[:7]))
    black = bench.write("black.bed", "I\t1000\t9000\nII\t0\t3000\n")
    split = {
        "strategy": ["chromosomes", "blocks", "random", "chromosome_folds", "random_folds"][seed % 5],
        "block": 4000,
    }
    split |= {"folds": 3} | (CHROMOSOMES if split["strategy"] == "chromosomes" else {})
    negatives = {"distance": 20}
    run(*bench.arguments(sites, "--blacklist", black, split=split, options={"min_score": 10}, negatives=negatives))
    kept, lost = accounted(bench, sites, 101)
    windows = read_windows(bench.out("windows.tsv"))
    assert kept + lost == 120 + 2 * 127
    assert windows["id"].is_unique
    assert (windows["origin"] == "site").sum() <= kept
    labels = windows[list(sites)].to_numpy()
    assert labels[windows["origin"] == "site"].any(axis=1).all()
    assert not labels[windows["origin"] == "gc_matched"].any()
    drawn = windows[windows["origin"] == "gc_matched"]
    assert len(drawn)
    chroms, first, last = (drawn[name].to_numpy() for name in ("chrom", "start", "end"))
    for path in sites.values():  # weak sites are no negatives either
        for chrom, start, *_ in (line.split("\t") for line in path.read_text().splitlines()):
            near = (chroms == chrom) & (first - 20 <= int(start)) & (int(start) < last + 20)
            assert not near.any()
    reasons = set(pd.read_csv(bench.out("dropped.tsv"), sep="\t")["reason"])
    assert reasons >= {"unknown_contig", "zero_length", "blacklist", "min_score", "duplicate"}


def test_windows_of_different_splits_share_no_base(bench, run):
    split = {"strategy": "blocks", "block": 500}
    run(*bench.arguments({"a": bench.folder / "a.bed"}, split=split))
    windows = read_windows(bench.out("windows.tsv")).sort_values(["chrom", "start"])
    following = windows.shift(-1)
    overlap = (windows["chrom"] == following["chrom"]) & (windows["end"] > following["start"])
    assert (windows["fold"][overlap] == following["fold"][overlap]).all()
    assert "overlaps_other_split" in set(pd.read_csv(bench.out("dropped.tsv"), sep="\t")["reason"])


def test_random_splits_do_not_part_overlapping_windows(bench, run):
    rows = "".join(f"I\t{place}\t{place + 1}\n" for start in range(1000, 50_000, 1000) for place in (start, start + 40))
    run(*bench.arguments({"a": bench.write("b.bed", rows)}, split={"strategy": "random"}))
    windows = read_windows(bench.out("windows.tsv"))
    sites = windows[windows["origin"] == "site"]
    assert (sites.groupby(sites["start"] // 1000)["fold"].nunique() == 1).all()


@pytest.mark.parametrize("policy", ["drop", "keep", "refuse"])
def test_negatives_with_the_sequence_of_a_site_contradict_it(bench, run, refuse, policy):
    with pysam.FastaFile(str(bench.fasta)) as stream:
        letters = {name: stream.fetch(name) for name in SIZES}
    complement = str.maketrans("ACGTacgt", "TGCAtgca")
    copy = letters["I"][:300].translate(complement)[::-1]
    letters["I"] = letters["I"][:30_000] + copy + letters["I"][30_300:]
    bench.fasta = bench.folder / "copied.fa.gz"
    plain = bench.write("copied.fa", "".join(f">{name}\n{text}\n" for name, text in letters.items()))
    genome.bgzip(plain, bench.fasta)
    genome.index(bench.fasta)
    rows = "".join(f"{name}\t{at}\t{at + 1}\n" for name in SIZES for at in range(150, 20_000, 2000))
    sites = bench.write("one.bed", rows)
    rows = "".join(f"{name}\t{at}\t{at + 1}\n" for name in SIZES for at in range(30_149, 39_000, 2000))
    given = bench.write("neg.bed", rows)  # the first negative is the first site's reverse complement
    more = ["--negatives-file", given]
    spec = {"negatives": {"strategy": "file", "path": "neg.bed"}, "contradictions": policy}
    if policy == "refuse":
        assert "2 examples of 1 sequences" in refuse(*bench.arguments({"a": sites}, *more, **spec))
        return
    run(*bench.arguments({"a": sites}, *more, **spec))
    windows, dropped = read_windows(bench.out("windows.tsv")), pd.read_csv(bench.out("dropped.tsv"), sep="\t")
    assert ("I:30099-30200" in set(windows["id"])) == (policy == "keep")
    assert "I:100-201" in set(windows["id"])
    assert dropped["reason"].tolist() == ["contradictory: a is 1 and 0 for this sequence"] * (policy == "drop")
    assert dropped["source"].tolist() == ["neg.bed"] * (policy == "drop")


def test_negatives_of_a_file_may_not_be_lost(bench, refuse):
    given = bench.write("neg.bed", (bench.folder / "a.bed").read_text() + "I\t30\t31\n" * 3)
    spec = {"negatives": {"strategy": "file", "path": "neg.bed"}}
    line = refuse(*bench.arguments({"a": bench.folder / "a.bed"}, "--negatives-file", given, **spec))
    assert "123 of 123 rows of negatives.path neg.bed cannot be used: 120 holds_site" in line
    bench.write("neg.bed", "chrom\tstart\tend\n")
    line = refuse(*bench.arguments({"a": bench.folder / "a.bed"}, "--negatives-file", given, **spec))
    assert "neg.bed: no row; at least one site" in line


def test_a_label_below_its_least_score_is_refused_by_name(bench, refuse):
    sites = {"a": bench.folder / "a.bed", "b": bench.write("b.bed", "I\t500\t501\tn\t3\nI\t900\t901\tn\t4\n")}
    line = refuse(*bench.arguments(sites, options={"min_score": 5}))
    assert "2 of 2 rows of label b cannot be used: 2 min_score" in line
    assert "lower min_score" in line


def test_a_score_equal_to_the_least_is_used(bench, run):
    rows = "".join(f"{name}\t{at}\t{at + 1}\tn\t{at % 7}\n" for name in SIZES for at in range(300, 9000, 100))
    run(*bench.arguments({"a": bench.write("b.bed", rows)}, options={"min_score": 3}))
    dropped = pd.read_csv(bench.out("dropped.tsv"), sep="\t")
    assert set(dropped.loc[dropped["reason"] == "min_score", "row"].str[-1]) == {"0", "1", "2"}


def test_same_input_gives_the_same_bytes(bench, run):
    contents = []
    for _ in range(2):
        run(*bench.arguments({"a": bench.folder / "a.bed"}))
        contents.append([bench.out(f"{name}.tsv").read_bytes() for name in ("windows", "dropped", "negatives")])
    assert contents[0] == contents[1]


def test_score_is_the_label_and_bigwig_needs_its_file(bench, run, refuse):
    path = bench.write(
        "s.bed", "".join(f"{name}\t{at}\t{at + 1}\tn\t{at}\n" for name in SIZES for at in (500, 510, 900))
    )
    run(*bench.arguments({"a": path}, options={"value": "score"}))
    windows = read_windows(bench.out("windows.tsv"))
    assert windows["a"][windows["origin"] == "site"].tolist() == [510, 510, 900] * 3
    assert not windows["a"][windows["origin"] != "site"].any()
    line = refuse(*bench.arguments({"a": path}, options={"value": "bigwig", "bigwig": "x.bw"}))
    assert "--bigwigs: 0 files; 1 labels have value: bigwig" in line


def test_signal_is_the_label_of_positives_and_negatives(bench, run, refuse):
    track = bench.folder / "signal.bw"
    with pyBigWig.open(str(track), "w") as made:
        made.addHeader(list(SIZES.items()))
        for name, size in SIZES.items():
            made.addEntries(name, 0, values=[float(place // 1000) for place in range(size)], span=1, step=1)
    options = {"value": "bigwig", "bigwig": "signal.bw"}
    more = ["--bigwigs", track]
    run(*bench.arguments({"a": bench.folder / "a.bed"}, *more, options=options))
    windows = read_windows(bench.out("windows.tsv"))
    expected = [np.mean(np.arange(row.start, row.end) // 1000) for row in windows.itertuples()]
    assert set(windows["origin"]) == {"site", "gc_matched"}
    assert np.allclose(windows["a"], expected)
    shuffled = {"strategy": "dinucleotide_shuffle"}
    line = refuse(*bench.arguments({"a": bench.folder / "a.bed"}, *more, options=options, negatives=shuffled))
    assert "dinucleotide_shuffle has no signal" in line


def test_shuffles_stand_beside_their_parents(bench, run):
    run(*bench.arguments({"a": bench.folder / "a.bed"}, negatives={"strategy": "dinucleotide_shuffle", "ratio": 2.0}))
    windows = read_windows(bench.out("windows.tsv")).set_index("id")
    shuffled = windows[windows["origin"] == "dinucleotide_shuffle"]
    parents = windows.loc[shuffled["parent"]]
    assert len(shuffled) == 2 * (windows["origin"] == "site").sum()
    for column in ("chrom", "start", "end", "fold", "group"):
        assert shuffled[column].tolist() == parents[column].tolist()
    assert not shuffled["a"].any()


def test_rename_and_negatives_from_a_file(bench, run):
    content = (bench.folder / "a.bed").read_text()
    renamed = bench.write("chr.bed", "".join(f"chr{line}\n" for line in content.splitlines()))
    given = bench.write(
        "neg.bed", "".join(f"chr{name}\t{at}\t{at + 10}\n" for name in SIZES for at in range(0, 30_000, 300))
    )
    spec = {"rename": {f"chr{name}": name for name in SIZES}, "length": 101, "bin": 51}
    negatives = {"strategy": "file", "path": "neg.bed"}
    run(*bench.arguments({"a": renamed}, "--negatives-file", given, windows=spec, negatives=negatives))
    windows = read_windows(bench.out("windows.tsv"))
    dropped = pd.read_csv(bench.out("dropped.tsv"), sep="\t")
    assert (windows["origin"] == "file").sum() + (dropped["source"] == "neg.bed").sum() == 300
    assert set(dropped["reason"]) == {"out_of_bounds", "holds_site"}


ACCESSIONS = {name: f"NC_{number}.1" for number, name in enumerate(SIZES)}
SCHEMES = {
    "prefix": {name: f"chr{name}" for name in SIZES},
    "case": {name: f"Chr{name.lower()}" for name in SIZES},
    "rename": {name: f"contig-{name}" for name in SIZES},
    "aliases": ACCESSIONS,
}


def every_file(bench, names, **windows):
    """Write sites, blacklist, negatives, bigWig and split with the contigs' names; return the command line."""

    def regions(file, step, length):
        rows = [(names[contig], at) for contig, size in SIZES.items() for at in range(700, size, step)]
        rows += [("scaffold_7", 5), (names["III"], SIZES["III"] + 9)]  # said, and left out
        return bench.write(file, "".join(f"{contig}\t{at}\t{at + length}\n" for contig, at in rows))

    rows = [line.split("\t", 1) for line in (bench.folder / "a.bed").read_text().splitlines(keepends=True)]
    sites = bench.write("own.bed", "".join(f"{names[contig]}\t{rest}" for contig, rest in rows))
    with pyBigWig.open(str(bench.folder / "s.bw"), "w") as made:
        made.addHeader([(names[name], size) for name, size in SIZES.items()])
        for value, (name, size) in enumerate(SIZES.items()):
            half = size // 2
            made.addEntries([names[name]] * 2, [0, half], ends=[half, size], values=[float(value), value + 0.5])
    spec = {
        "windows": {"length": 101, "bin": 51, **windows},
        "negatives": {"strategy": "file", "path": "n.bed"},
        "split": CHROMOSOMES | {"test": [names["III"]]},
    }
    files = ["--blacklist", regions("b.bed", 9000, 500), "--negatives-file", regions("n.bed", 501, 3)]
    files += ["--bigwigs", bench.folder / "s.bw"]
    return bench.arguments({"a": sites}, *files, options={"value": "bigwig", "bigwig": "s.bw"}, **spec)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_file_may_name_contigs_in_its_own_way(bench, run, scheme):
    run(*every_file(bench, {name: name for name in SIZES}))
    plain = bench.out("windows.tsv").read_bytes()
    windows = read_windows(bench.out("windows.tsv"))
    assert windows.groupby("chrom")["a"].agg(["min", "max"]).to_numpy().tolist() == [[0, 0.5], [1, 1.5], [2, 2.5]]
    assert set(windows["fold"][windows["chrom"] == "III"]) == {"test"}
    dropped = pd.read_csv(bench.out("dropped.tsv"), sep="\t").set_index("row")["reason"]
    assert dropped["scaffold_7 5 8"] == "unknown_contig"
    assert (dropped == "blacklist").any()
    names = SCHEMES[scheme]
    renames = {"rename": {other: name for name, other in names.items()}} if scheme == "rename" else {}
    table = bench.write("aliases.txt", "".join(f"{ACCESSIONS[name]}\t{name}\trefseq\n" for name in SIZES))
    run(*every_file(bench, names, **renames), *(["--aliases", table] if scheme == "aliases" else []))
    assert bench.out("windows.tsv").read_bytes() == plain


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no row"),
        ("I\t9\t5\n", ":1: start 9, end 5"),
        ("I\t1.5\t5\n", ":1: start '1.5'"),
        (gzip.compress(b"I\t500\t501\n" * 5000, mtime=0)[:-30], "truncated or damaged"),
        (b"\x89PNG\r\n\xff\xfe\x00", "not text"),
        ("IX\t500\t501\n" * 4, "b.bed: none of its contigs is in the reference; it has IX, the reference I, II, III"),
        ("IX\t500\t501\nI\t0\t1\n", "1 unknown_contig, such as b.bed:1 (IX 500 501)"),
        ("I\t0\t1\n" * 3, "3 out_of_bounds"),
        ("I\t5\t1000000\n", "1 out_of_bounds"),
        ("I\t500\t501\n" * 9, "8 duplicate"),
        ("".join(f"I\t{at}\t{at + 1}\n" for at in range(500, 900, 9)), "no example is in test"),
        ("".join(f"II\t{at}\t{at + 1}\n" for at in range(99_000, 99_900, 9)), "out_of_bounds"),
    ],
)
def test_bad_sites_end_in_one_line_and_leave_no_windows(bench, refuse, content, said):
    line = refuse(*bench.arguments({"a": bench.write("b.bed", content)}))
    assert said in line
    left = {path.name for path in bench.out("").iterdir()} if bench.out("").exists() else set()
    assert left <= {"dropped.tsv"}


def test_dropped_rows_can_be_read_after_a_refusal(bench, refuse):
    black = bench.write("black.bed", "".join(f"{name}\t0\t{size}\n" for name, size in SIZES.items()))
    line = refuse(*bench.arguments({"a": bench.folder / "a.bed"}, "--blacklist", black))
    assert "120 of 120 rows of label a cannot be used: 120 blacklist" in line
    assert len(pd.read_csv(bench.out("dropped.tsv"), sep="\t")) == 120


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"windows": {"length": 100_001, "bin": 1}}, "out_of_bounds"),
        ({"split": CHROMOSOMES | {"test": ["IV"]}}, "split.test: 'IV' is not in the reference; it has I, II, III"),
        ({"split": {"strategy": "chromosome_folds", "folds": 4}}, "split.folds: 4 folds of 3 contigs"),
        ({"negatives": {"strategy": "none"}}, "a is only 1 in all"),
        ({"negatives": {"strategy": "other_labels"}}, "other_labels needs sites of two labels"),
        ({"windows": {"length": 101, "bin": 51, "rename": {"x": "y"}}}, "windows.rename: x: 'y' is not"),
        ({"windows": {"length": 101, "bin": 50}}, "--spec: windows"),
    ],
)
def test_bad_options_end_in_one_line(bench, refuse, spec, said):
    assert said in refuse(*bench.arguments({"a": bench.folder / "a.bed"}, **spec))


def test_crlf_changes_nothing(bench, run):
    content = (bench.folder / "a.bed").read_bytes()
    tables = []
    for form in (content, content.replace(b"\n", b"\r\n"), gzip.compress(content, mtime=0)):
        run(*bench.arguments({"a": bench.write("same.bed", form)}))
        tables.append(bench.out("windows.tsv").read_bytes())
    assert tables[0] == tables[1] == tables[2]


def test_encoded_windows_load(bench, run):
    run(*bench.arguments({"a": bench.folder / "a.bed"}))
    spec = {"labels": ["a"], "split": CHROMOSOMES}
    paths = {name: bench.out(name) for name in ("windows.tsv", "codes.npy", "card.json")}
    run("encode", "--fasta", bench.fasta, "--windows", paths["windows.tsv"], "--inputs", bench.folder / "a.bed",
        "--spec", json.dumps(spec), "--codes", paths["codes.npy"], "--card", paths["card.json"])  # fmt: skip
    run(
        "export-one-hot",
        "--codes",
        paths["codes.npy"],
        "--card",
        paths["card.json"],
        "--one-hot",
        bench.out("one_hot.npy"),
    )
    dataset = load_dataset(paths["windows.tsv"], paths["codes.npy"], paths["card.json"])
    assert dataset.codes.shape == (len(dataset.table), 101)
    assert dataset.card["counts"]["test"]["a"] == dataset.labels[dataset.table["fold"] == "test"].sum()
    assert dataset.card["inputs"] == {str(path): digest(path) for path in (bench.fasta, bench.folder / "a.bed")}
    one_hot = np.load(bench.out("one_hot.npy"))
    assert np.array_equal(one_hot.argmax(axis=1), dataset.codes)


def test_encode_refuses_what_does_not_fit(bench, run, refuse):
    run(*bench.arguments({"a": bench.folder / "a.bed"}))
    arguments = ["encode", "--fasta", bench.fasta, "--windows", bench.out("windows.tsv"), "--inputs"]
    outputs = ["--codes", bench.out("codes.npy"), "--card", bench.out("card.json")]
    assert "no column 'b'" in refuse(*arguments, "--spec", '{"labels": ["b"]}', *outputs)
    undirected = '{"labels": ["a"], "direction": "site"}'
    assert re.search(r"window I+:\d+: strand '\.'; \+ or -", refuse(*arguments, "--spec", undirected, *outputs))
    assert {path.name for path in bench.out("").iterdir()} == {"windows.tsv", "dropped.tsv", "negatives.tsv"}


MOTIF = "TGTAAATA"
SITE = {"windows": {"length": 40, "bin": 20, "strand": "site"}, "direction": "site", "strands": "single"}


def plant(bench, strand_of=lambda number: "+-"[number % 2]):
    """Write a genome that reads the motif on the strand of every site, and the BED6 of the sites."""
    generator, rows = np.random.default_rng(2), []
    with open(bench.folder / "plain.fa", "w") as sink:
        for name in SIZES:
            letters = generator.choice(list("ACGT"), 6000)
            for number, start in enumerate(range(300, 5700, 300)):
                strand = strand_of(number)
                site = str(Seq(MOTIF).reverse_complement()) if strand == "-" else MOTIF
                letters[start : start + len(site)] = list(site)
                rows.append(f"{name}\t{start}\t{start + len(site)}\ts\t{number}\t{strand}\n")
            sink.write(f">{name}\n{''.join(letters)}\n")
    genome.bgzip(bench.folder / "plain.fa", bench.fasta)
    genome.index(bench.fasta)
    bench.write("sizes", "".join(f"{name}\t6000\n" for name in SIZES))
    return bench.write("planted.bed", "".join(rows))


def read_codes(bench, run, alphabet="dna", direction="site"):
    """Encode the windows and return their letters."""
    spec = {"labels": ["a"], "alphabet": alphabet, "direction": direction, "split": CHROMOSOMES}
    paths = ["--fasta", bench.fasta, "--windows", bench.out("windows.tsv"), "--inputs", bench.folder / "planted.bed"]
    outputs = ["--codes", bench.out("codes.npy"), "--card", bench.out("card.json")]
    run("encode", *paths, "--spec", json.dumps(spec), *outputs)
    return decode_many(np.load(bench.out("codes.npy")), ALPHABETS[alphabet])


@pytest.mark.parametrize("alphabet", ["dna", "rna"])
def test_windows_are_read_in_their_sites_direction(bench, run, alphabet):
    run(*bench.arguments({"a": plant(bench)}, **SITE, alphabet=alphabet, negatives={"strategy": "flanks"}))
    windows, motif = read_windows(bench.out("windows.tsv")), MOTIF.replace("T", "U") if alphabet == "rna" else MOTIF
    texts = read_codes(bench, run, alphabet)
    positive = (windows["a"] == 1).to_numpy()
    assert positive.sum() == 54
    assert {text.find(motif) for text in np.array(texts)[positive]} == {16}  # on both strands, in an even window
    assert windows["strand"].isin(["+", "-"]).all()
    assert windows["strand"][~positive].nunique() == 2
    names = windows["chrom"] + ":" + windows["start"].astype(str) + "-" + windows["end"].astype(str)
    assert (windows["id"] == names + "(" + windows["strand"] + ")").all()
    card = json.loads(bench.out("card.json").read_text())
    assert (card["direction"], card["alphabet"]) == ("site", alphabet)


def test_a_site_labels_windows_of_its_own_strand(bench, run):
    one = bench.write("one.bed", "".join(f"{chrom}\t900\t901\tn\t5\t+\n" for chrom in SIZES))
    rows = "".join(f"{chrom}\t900\t901\tn\t5\t{strand}\n" for chrom in SIZES for strand in "-.")
    run(*bench.arguments({"a": one, "b": bench.write("two.bed", rows)}, **SITE, negatives={"strategy": "none"}))
    windows = read_windows(bench.out("windows.tsv"))
    assert windows["strand"].tolist() == ["+", "-"] * 3
    assert windows[["a", "b"]].to_numpy().tolist() == [[1, 0], [0, 1]] * 3
    assert windows["id"].is_unique
    dropped = pd.read_csv(bench.out("dropped.tsv"), sep="\t")
    assert dropped[["label", "line", "reason"]].to_numpy().tolist() == [["b", line, "no_strand"] for line in (2, 4, 6)]


def test_strands_that_are_needed_or_left_open_are_refused(bench, refuse):
    minus, none = plant(bench), bench.write("none.bed", "".join(f"{chrom}\t900\t901\n" for chrom in SIZES))
    assert "none.bed: no row has a strand" in refuse(*bench.arguments({"a": none}, **SITE))
    said = refuse(*bench.arguments({"a": minus}, strand_open=True))
    assert "27 of 54 sites are on the minus strand" in said and "windows.strand: site" in said
    assert not bench.out("windows.tsv").exists()


def test_sites_of_one_strand_need_no_word(bench, run):
    run(*bench.arguments({"a": plant(bench, lambda _: "+")}, strand_open=True, negatives={"strategy": "flanks"}))


@pytest.mark.data
def test_yeast(data, tmp_path, run):
    yeast, fasta = data / "yeast", tmp_path / "genome.fa.gz"
    genome.bgzip(yeast / "sacCer3.fa.gz", fasta)
    genome.index(fasta)
    (tmp_path / "gaps.bed").write_text("")
    names = ["Reb1", "Abf1", "Rap1", "Cbf1", "Fkh1"]
    spec = {
        "sites": {name: {"path": f"{name}.bed"} for name in names},
        "negatives": {"ratio": 1.0},
        "split": {"strategy": "chromosomes", "validation": ["chrII", "chrXIV"], "test": ["chrIV", "chrIX", "chrXIII"]},
    }
    paths = {name: tmp_path / f"{name}.tsv" for name in ("windows", "dropped", "negatives")}
    began = time.process_time()
    run("windows", "--fasta", fasta, "--sizes", yeast / "sacCer3.chrom.sizes", "--gaps", tmp_path / "gaps.bed",
        "--sites", *(yeast / "peaks" / f"{name}.bed" for name in names), "--blacklist", yeast / "blacklist.bed",
        "--spec", json.dumps(spec), *(part for name in paths for part in (f"--{name}", paths[name])))  # fmt: skip
    assert time.process_time() - began < 10
    windows, dropped = read_windows(paths["windows"]), pd.read_csv(paths["dropped"], sep="\t")
    positives = windows[windows["origin"] == "site"]
    assert dropped["reason"].value_counts().to_dict() == {"blacklist": 75}
    assert len(positives) == 2931
    tally = pd.read_csv(paths["negatives"], sep="\t")
    assert tally["requested"].sum() == 2931
    assert (tally["requested"] - tally["obtained"]).abs().sum() < 30
