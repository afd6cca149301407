import gzip
import json

import numpy as np
import pandas as pd
import pysam
import pytest

from convoscope.config import RESERVED
from convoscope.dataset import load_dataset
from convoscope.tables import read_table

NAMES = ("windows", "dropped", "negatives")


def read_windows(path):
    """Read windows with every column that is not reserved as a label."""
    header = path.read_text().split("\n")[0].split("\t")
    return read_table(path, "examples", real=[name for name in header if name not in RESERVED])


def random_texts(count, length, seed):
    generator = np.random.default_rng(seed)
    return ["".join(generator.choice(list("ACGT"), length)) for _ in range(count)]


@pytest.fixture
def fasta(tmp_path):
    """Write FASTA files of random sequences."""

    def call(name, texts):
        path = tmp_path / name
        path.write_text("".join(f">record {number}\n{text}\n" for number, text in enumerate(texts)))
        return path

    return call


@pytest.fixture
def arguments(tmp_path):
    """Return the command line for files and their options."""

    def call(*files, **spec):
        whole = {"sequences": [{"path": path.name, **options} for path, options in files], **spec}
        outputs = [part for name in NAMES for part in (f"--{name}", tmp_path / "out" / f"{name}.tsv")]
        paths = [path for path, _ in files]
        target = tmp_path / "out" / "genome.fa.gz"
        return ["sequences", "--files", *paths, "--spec", json.dumps(whole), "--fasta", target, *outputs]

    return call


def encoded(run, folder, labels, split):
    paths = [folder / name for name in ("windows.tsv", "codes.npy", "card.json")]
    run("encode", "--fasta", folder / "genome.fa.gz", "--windows", paths[0], "--inputs", "--spec",
        json.dumps({"labels": labels, "split": split}), "--codes", paths[1], "--card", paths[2])  # fmt: skip
    return load_dataset(*paths)


@pytest.mark.parametrize("split", ["random", "random_folds"])
def test_two_fasta_files(fasta, arguments, run, tmp_path, split):
    positive, negative = random_texts(40, 30, 1), random_texts(60, 30, 2)
    files = [
        (fasta("p.fa", [*positive, "ACG", ""]), {"labels": {"y": 1}}),
        (fasta("n.fa", negative), {"labels": {"y": 0}}),
    ]
    run(*arguments(*files, split={"strategy": split}))
    dataset = encoded(run, tmp_path / "out", ["y"], {"strategy": split})
    assert dataset.labels[:, 0].tolist() == [1] * 40 + [0] * 60
    assert ["".join("ACGT"[code] for code in row) for row in dataset.codes] == positive + negative
    dropped = pd.read_csv(tmp_path / "out" / "dropped.tsv", sep="\t")
    assert dropped[["source", "line", "reason"]].to_numpy().tolist() == [
        ["p.fa", 41, "other_length: 3 letters; most have 30"],
        ["p.fa", 42, "empty"],
    ]
    with pysam.FastaFile(str(tmp_path / "out" / "genome.fa.gz")) as stream:
        assert list(stream.references) == dataset.table["chrom"].tolist()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(
        [
            *(f"{name}.tsv" for name in NAMES),
            "codes.npy",
            "card.json",
            *(f"genome.fa.gz{end}" for end in ("", ".fai", ".gzi")),
        ]
    )


def test_shuffles_follow_their_parents(fasta, arguments, run, tmp_path):
    files = [(fasta("p.fa", random_texts(50, 30, 1)), {"labels": {"y": 1}})]
    run(*arguments(*files, negatives={"strategy": "dinucleotide_shuffle", "ratio": 1.5}, split={"strategy": "random"}))
    windows = read_windows(tmp_path / "out" / "windows.tsv").set_index("id")
    shuffled = windows[windows["origin"] == "dinucleotide_shuffle"]
    assert len(shuffled) == 75
    for column in ("chrom", "group", "fold"):
        assert shuffled[column].tolist() == windows.loc[shuffled["parent"], column].tolist()


def test_given_split_never_trains_on_a_test_sequence(arguments, run, tmp_path):
    texts = random_texts(60, 20, 3)
    rows = [(text, number % 2, "test" if number < 20 else "train") for number, text in enumerate(texts)]
    rows += [(texts[0], 1, "train"), (texts[1][::-1].translate(str.maketrans("ACGT", "TGCA")), 1, "train")]
    path = tmp_path / "t.tsv"
    path.write_text("seq\ty\tpart\n" + "".join(f"{text}\t{label}\t{part}\n" for text, label, part in rows))
    options = {"label_columns": {"y": "y"}, "sequence_column": "seq", "split_column": "part"}
    run(*arguments((path, options), split={"strategy": "given", "validation_share": 0.25}))
    windows = read_windows(tmp_path / "out" / "windows.tsv")
    assert windows["fold"].value_counts().to_dict() == {"train": 30, "test": 20, "validation": 10}
    dropped = pd.read_csv(tmp_path / "out" / "dropped.tsv", sep="\t")
    assert dropped[["line", "reason"]].to_numpy().tolist() == [
        [number, "duplicates_test_sequence"] for number in (62, 63)
    ]


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (b"", {"labels": {"y": 1}}, "no sequence"),
        (gzip.compress(b">a\nACGT\n" * 9999, mtime=0)[:-20], {"labels": {"y": 1}}, "truncated or damaged"),
        (
            b">a\nACGT\n>b\nAEGT\n>c\nEEEE\n",
            {"labels": {"y": 1}},
            "2 letter: letter 'E' at position 2; dna letters are",
        ),
        (b">a\nACGU\n", {"labels": {"y": 1}}, "set alphabet: rna"),
        (b">a\nACGT\n>b\nCCCC\n>c\nAAAC\n", {"labels": {"y": 1}}, "each split needs"),
        (b"a,b\n1,2\n", {"labels": {"y": 1}}, "no column 'sequence'; its columns are a, b"),
        (b"\x00\xff\xfe", {"labels": {"y": 1}}, "not text"),
        (b">a\nA\n", {}, "sequences.0: neither labels nor label_columns"),
    ],
)
def test_bad_input_ends_in_one_line_and_leaves_no_windows(arguments, refuse, tmp_path, content, options, said):
    path = tmp_path / "x.fa"
    path.write_bytes(content)
    assert said in refuse(*arguments((path, options)))
    left = {path.name for path in (tmp_path / "out").iterdir()} if (tmp_path / "out").exists() else set()
    assert left <= {"dropped.tsv"}


@pytest.mark.data
def test_deepbind(data, arguments, run, tmp_path):
    files = [next((data / "deepbind").glob(f"ELK1*_{part}.seq.gz")) for part in ("AC", "B")]
    options = {"label_columns": {"ELK1": "Bound"}, "sequence_column": "seq", "id_column": "EventID"}
    given = [(path, options | {"split": split}) for path, split in zip(files, ("train", "test"), strict=True)]
    run(*arguments(*given, split={"strategy": "given"}, negatives={"strategy": "dinucleotide_shuffle"}))
    dataset = encoded(run, tmp_path / "out", ["ELK1"], {"strategy": "given"})
    counts = dataset.card["counts"]
    assert counts["test"] == {"examples": 1000, "ELK1": 500}
    used = counts["train"]["ELK1"] + counts["validation"]["ELK1"]
    assert used + len(pd.read_csv(tmp_path / "out" / "dropped.tsv")) == 5084
    assert abs(counts["validation"]["ELK1"] / used - 0.1) < 0.01
    assert dataset.codes.shape == (1000 + 2 * used, 101)
