import numpy as np
import pandas as pd
import pysam
import pytest
from Bio.SeqUtils import gc_fraction

from convoscope.errors import InputError
from convoscope.sequence.landscape import composition, first_reason, read_sizes, survey


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


def test_survey_by_hand(landscape, table):
    windows = table(
        ("one", 100, 200),
        ("one", -1, 99),
        ("tiny", 0, 100),
        ("one", 4_901, 5_001),
        ("one", 4_900, 5_000),
        ("two", 14_950, 15_050),
    )
    reasons, gc = survey(windows, landscape)
    assert reasons.tolist() == ["", "out_of_bounds", "out_of_bounds", "blacklist", "", "gap"]
    assert np.isnan(gc).tolist() == [reason != "" for reason in reasons]


def test_unknown_bases_count_without_gaps(landscape, table):
    none = landscape.gaps._replace(starts=np.array([]), ends=np.array([]))
    reasons, _ = survey(table(("two", 14_950, 15_050)), landscape._replace(gaps=none))
    assert reasons.tolist() == ["unknown_bases"]


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
