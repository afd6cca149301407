"""Windows with one sequence, against the letters themselves."""

import numpy as np
import pandas as pd
import pysam
import pytest

from convoscope.sequence import codes, same_sequence
from convoscope.sequence.alphabet import ALPHABETS, read_strand
from convoscope.sequence.same_sequence import sequence_groups

KINDS = [("dna", "forward", "both"), ("dna", "forward", "single"), ("dna", "site", "single"), ("rna", "site", "single")]


@pytest.fixture
def repeats(tmp_path):
    """Return a FASTA with many repeats, on either strand and in either case, and its contigs."""
    generator = np.random.default_rng(3)
    unit = "".join(generator.choice(list("ACGTRN"), 300, p=[0.25, 0.25, 0.22, 0.22, 0.03, 0.03]))
    other = read_strand(unit, "-", ALPHABETS["dna"])
    contigs = {"a": unit + unit.lower() + other, "b": other[:170] + unit, "c": "ACGT" * 100, "d": other[:201]}
    path = tmp_path / "g.fa"
    path.write_text("".join(f">{name}\n{text}\n" for name, text in contigs.items()))
    pysam.faidx(str(path))
    return path, contigs


def draw_windows(contigs, length):
    generator, rows = np.random.default_rng(length), []
    for name, text in contigs.items():
        last = len(text) - length
        rows += [(name, start) for start in (0, last, *generator.integers(0, last + 1, 150))]
    table = pd.DataFrame(rows, columns=["chrom", "start"]).sample(frac=1, random_state=1)
    strand = generator.choice(["+", "-"], len(table))
    return table.assign(end=table["start"] + length, strand=strand)


def own_groups(contigs, windows, alphabet, direction, strands):
    """Return the groups by the letters: of two strands the one that comes first in the alphabet."""
    found = []
    for row in windows.itertuples():
        text = read_strand(contigs[row.chrom][row.start : row.end].upper(), "+", alphabet)
        backward = read_strand(text, "-", alphabet)
        if direction == "site" and row.strand == "-":
            text = backward
        found.append(min(text, backward) if strands == "both" else text)
    return pd.factorize(np.array(found, dtype=object))[0]


@pytest.mark.parametrize("length", [1, 20, 63, 64, 65, 127, 128, 200])
@pytest.mark.parametrize(("alphabet", "direction", "strands"), KINDS)
def test_groups_are_those_of_the_letters(repeats, monkeypatch, length, alphabet, direction, strands):
    monkeypatch.setattr(codes, "CHUNK", 50 * length)
    path, contigs = repeats
    windows, letters = draw_windows(contigs, length), ALPHABETS[alphabet]
    groups = sequence_groups(path, windows, letters, direction, strands)
    expected = own_groups(contigs, windows, letters, direction, strands)
    assert 1 < len(set(expected)) < len(windows)
    assert np.array_equal(pd.factorize(groups)[0], expected)


def test_only_windows_that_may_be_equal_are_read(repeats, monkeypatch):
    path, _ = repeats
    windows = pd.DataFrame({"chrom": "a", "start": [0, 100, 300, 500], "strand": "."}).assign(
        end=lambda table: table["start"] + 100
    )
    read = []

    def watched(fasta, rows, *others):
        read.append(rows["start"].tolist())
        return codes.sequence_keys(fasta, rows, *others)

    monkeypatch.setattr(same_sequence, "sequence_keys", watched)
    groups = sequence_groups(path, windows, ALPHABETS["dna"], "forward", "both")
    assert groups.tolist() == [0, 1, 0, 3] and read == [[0, 300]]


def test_no_window(repeats):
    windows = pd.DataFrame({"chrom": [], "start": [], "end": [], "strand": []})
    assert len(sequence_groups(repeats[0], windows, ALPHABETS["dna"], "forward", "both")) == 0
