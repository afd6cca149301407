"""Counts of bases in stretches against counting letters."""

import os

import numpy as np
import pandas as pd
import pysam
import pytest

from convoscope.errors import InputError
from convoscope.sequence import base_counts
from convoscope.sequence.base_counts import BaseCounts


@pytest.mark.parametrize("piece", [64, 6400, base_counts.PIECE])
def test_counts_are_those_of_the_letters(fasta, monkeypatch, piece):
    monkeypatch.setattr(base_counts, "PIECE", piece)
    counts = BaseCounts(fasta)
    generator = np.random.default_rng(2)
    with pysam.FastaFile(str(fasta)) as stream:
        for chrom, size in zip(stream.references, stream.lengths, strict=True):
            edges = np.concatenate([[0, size, 63, 64, 65], generator.integers(0, size + 1, 95)])
            ends = np.sort(np.minimum(np.stack([edges, generator.permutation(edges)]), size), axis=0)
            gc, known = counts.count(pd.Series([chrom] * 100), *ends)
            for start, end, *found in zip(*ends, gc, known, strict=True):
                text = stream.fetch(chrom, start, end).upper()
                assert found == [sum(map(text.count, "GC")), sum(map(text.count, "ACGTU"))], (start, end)


def test_only_contigs_that_are_asked_for_are_read_and_each_once(fasta, monkeypatch):
    counts, fetched, real = BaseCounts(fasta), [], base_counts.open_fasta

    def counting(path):
        opened = real(path)
        fetched.append(path)
        return opened

    monkeypatch.setattr(base_counts, "open_fasta", counting)
    place = np.array([0]), np.array([9])
    counts.count(pd.Series(["two"]), *place)
    assert counts.is_read.tolist() == [chrom == "two" for chrom in counts.sizes]
    counts.count(pd.Series(["two"]), *place)
    assert len(fetched) == 1


def test_a_file_that_was_written_again_is_read_again(fasta):
    first = base_counts.base_counts(fasta)
    assert base_counts.base_counts(fasta) is first
    os.utime(fasta, ns=(1, 1))
    assert base_counts.base_counts(fasta) is not first


@pytest.mark.parametrize(("chrom", "beyond"), [("none", 0), ("two", 1)])
def test_a_stretch_outside_the_index_is_refused(fasta, chrom, beyond):
    counts = BaseCounts(fasta)
    end = counts.sizes.get(chrom, 9) + beyond
    with pytest.raises(InputError, match=f"fai: {chrom}:3-{end} is not in this index"):
        counts.count(pd.Series(["two", chrom]), np.array([0, 3]), np.array([4, end]))
