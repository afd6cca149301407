import numpy as np
import pandas as pd
import pysam
import pytest
from Bio.SeqUtils import gc_fraction

from convoscope.errors import InputError
from convoscope.sequence.usable_regions import composition, first_reason, read_sizes, survey


def test_composition_agrees_with_biopython(fasta):
    generator = np.random.default_rng(0)
    starts = generator.integers(0, 19_000, 300)
    windows = pd.DataFrame({"chrom": generator.choice(["one", "two", "three"], 300), "start": starts})
    windows["end"] = starts + generator.integers(1, 900, 300)
    gc, unknown = composition(fasta, windows)
    with pysam.FastaFile(str(fasta)) as stream:
        texts = [stream.fetch(*row).upper() for row in windows.itertuples(index=False)]
    known = ["".join(letter for letter in text if letter in "ACGT") for text in texts]
    assert np.allclose(gc, [gc_fraction(text) for text in known])
    assert np.allclose(unknown, [1 - len(short) / len(text) for short, text in zip(known, texts, strict=True)])


def test_composition_of_single_bases(fasta, table):
    with pysam.FastaFile(str(fasta)) as stream:
        letters = stream.fetch("two").upper()
    places = [letters.index(letter) for letter in "GCATNR"]
    gc, unknown = composition(fasta, table(*[("two", place, place + 1) for place in places]))
    assert gc.tolist() == [1, 1, 0, 0, 0, 0]
    assert unknown.tolist() == [0, 0, 0, 0, 1, 1]


SURVEYED = {
    ("one", 100, 200): "",
    ("one", -1, 99): "out_of_bounds",
    ("one", 0, 100): "",
    ("tiny", 0, 100): "out_of_bounds",
    ("two", 29_900, 30_000): "",
    ("two", 29_901, 30_001): "out_of_bounds",
    ("one", 4_900, 5_000): "",
    ("one", 4_901, 5_001): "blacklist",
    ("one", 5_999, 6_099): "blacklist",
    ("one", 6_000, 6_100): "",
    ("two", 14_950, 15_050): "unknown_bases",
}


def test_survey_by_hand(landscape, table):
    reasons, gc = survey(table(*SURVEYED), landscape)
    assert reasons.tolist() == list(SURVEYED.values())
    assert np.isnan(gc).tolist() == [reason in ("out_of_bounds", "blacklist") for reason in reasons]


@pytest.mark.parametrize(("start", "least"), [(14_912, 0.12), (15_100, 1.0)])
def test_max_unknown_alone_decides_on_masked_stretches(landscape, fasta, table, start, least):
    window = table(("two", start, start + 100))  # a run of N begins at 15,000
    [share] = composition(fasta, window)[1]
    assert share >= least
    reasons = [survey(window, landscape._replace(max_unknown=most))[0][0] for most in (share - 1e-6, share, 1.0)]
    assert reasons == ["unknown_bases", "", ""]


def test_survey_of_nothing(landscape, table):
    reasons, gc = survey(table(), landscape)
    assert len(reasons) == len(gc) == 0


def test_first_reason_wins():
    checks = {"a": np.array([False, True, False]), "b": np.array([False, True, True])}
    assert first_reason(checks).tolist() == ["", "a", "b"]


def test_read_sizes(tmp_path):
    path = tmp_path / "sizes"
    path.write_text("b\t5\na\t7\n")
    assert list(read_sizes(path).items()) == [("b", 5), ("a", 7)]
    path.write_text("b 5\n")
    with pytest.raises(InputError, match="not a table of contig and length"):
        read_sizes(path)
