"""The dinucleotide shuffle keeps its counts, is uniform, and each row has its own stream."""

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise, permutations
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chisquare

import convoscope.sequence.shuffle as module
from convoscope.errors import InputError
from convoscope.sequence.alphabet import ALPHABETS, decode_many, encode_many, encode_text
from convoscope.sequence.shuffle import shuffle_codes

DNA = ALPHABETS["dna"]


def dinucleotides(row):
    return Counter(pairwise(row.tolist()))


@pytest.mark.parametrize("symbols", [2, 4, 15, 256])
def test_dinucleotide_counts_and_ends_stay(symbols):
    codes = np.random.default_rng(1).integers(symbols, size=(50, 101)).astype(np.uint8)
    shuffled = shuffle_codes(codes, seed=1)
    assert shuffled.dtype == np.uint8
    for before, after in zip(codes, shuffled, strict=True):
        assert dinucleotides(before) == dinucleotides(after)
    assert np.array_equal(codes[:, [0, -1]], shuffled[:, [0, -1]])
    assert symbols > 15 or (codes != shuffled).any(axis=1).all()


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("NNNACGTTGCAATCGGATCNN", slice(3, 19)),
        ("RACGGNTTGACCAGTACNNN", slice(1, 17)),
        ("NACN", slice(1, 3)),
        ("NNNN", slice(2)),
    ],
)
def test_pads_stay_at_their_ends(text, inside):
    codes = np.repeat(encode_many([text], DNA), 40, axis=0)
    shuffled = shuffle_codes(codes, seed=1, letters=4)
    outside = np.delete(np.arange(len(text)), inside)
    assert np.array_equal(shuffled[:, outside], codes[:, outside])
    assert (dinucleotides(shuffled[7]), set(shuffled[7, inside])) == (dinucleotides(codes[7]), set(codes[7, inside]))
    assert (len(np.unique(shuffled, axis=0)) > 20) == (len(text) > 4)
    middle = np.ascontiguousarray(codes[:, inside])
    assert np.array_equal(shuffled[:, inside], shuffle_codes(middle, seed=1))


@pytest.mark.parametrize("text", ["AACAGACAT", "ACCGACGCA", "CATTAGATACA", "ANNAGAN"])
def test_every_arrangement_is_equally_probable(text):
    wanted = Counter(pairwise(text))
    inner = set(permutations(text[1:-1]))
    arrangements = sorted(
        candidate
        for candidate in (text[0] + "".join(middle) + text[-1] for middle in inner)
        if Counter(pairwise(candidate)) == wanted
    )
    assert len(arrangements) > 2
    codes = np.repeat(encode_many([text], DNA), 1000 * len(arrangements), axis=0)
    counts = Counter(decode_many(shuffle_codes(codes, seed=3), DNA))
    assert set(counts) == set(arrangements)
    assert chisquare([counts[arrangement] for arrangement in arrangements]).pvalue > 0.01


def test_a_row_depends_on_its_stream_alone():
    codes = np.random.default_rng(2).integers(4, size=(40, 60)).astype(np.uint8)
    everything = shuffle_codes(codes, seed=5)
    assert np.array_equal(shuffle_codes(codes[:7], seed=5), everything[:7])
    chosen = np.array([31, 4, 17])
    assert np.array_equal(shuffle_codes(codes[chosen], seed=5, streams=chosen), everything[chosen])
    assert not np.array_equal(shuffle_codes(codes, seed=6), everything)
    same = shuffle_codes(np.repeat(codes[:1], 40, axis=0), seed=5)
    assert len(np.unique(same, axis=0)) == 40


def test_seeds_and_streams_do_not_share_random_numbers():
    codes = np.repeat(np.random.default_rng(4).integers(4, size=(1, 60)).astype(np.uint8), 50, axis=0)
    drawn = np.concatenate([shuffle_codes(codes, seed=seed) for seed in range(50)])
    assert len(np.unique(drawn, axis=0)) == 2500


@pytest.mark.parametrize("text", ["", "A", "AC", "AAA", "AAAAAAAAAA", "ACG", "ACACACAC"])
def test_without_another_arrangement_nothing_changes(text):
    codes = encode_text(text, DNA)[np.newaxis]
    shuffled = shuffle_codes(codes, seed=1)
    assert np.array_equal(shuffled, codes)
    assert shuffled is not codes


def test_no_rows():
    assert shuffle_codes(np.empty((0, 101), dtype=np.uint8), seed=1).shape == (0, 101)


def test_not_contiguous_and_read_only_input():
    codes = np.random.default_rng(3).integers(4, size=(20, 80)).astype(np.uint8)
    view = codes[::2, ::2]
    view.setflags(write=False)
    assert np.array_equal(shuffle_codes(view, seed=1), shuffle_codes(view.copy(), seed=1))


def test_refusals():
    with pytest.raises(InputError, match="codes: int64 of shape"):
        shuffle_codes(np.zeros((2, 5), dtype=np.int64), seed=1)
    with pytest.raises(InputError, match="a uint8 matrix"):
        shuffle_codes(np.zeros(5, dtype=np.uint8), seed=1)
    with pytest.raises(InputError, match="one number for each of 2"):
        shuffle_codes(np.zeros((2, 5), dtype=np.uint8), seed=1, streams=np.arange(3))


def test_twenty_thousand_sequences_per_second():
    codes = np.random.default_rng(1).integers(4, size=(20_000, 101)).astype(np.uint8)
    shuffle_codes(codes[:1], seed=1)
    begin = time.process_time()
    shuffle_codes(codes, seed=1)
    assert time.process_time() - begin < 1


def test_works_silently_where_no_cache_can_be_written(tmp_path: Path):
    # A file where numba would make its folder, so that the test also holds for root, whom no permission stops.
    package = tmp_path / "convoscope" / "sequence"
    package.mkdir(parents=True)
    for name in ("__init__.py", "errors.py", "machine_code.py", "sequence/__init__.py", "sequence/shuffle.py"):
        shutil.copy(Path(module.__file__).parents[1] / name, tmp_path / "convoscope" / name)
    (package / "__pycache__").touch()
    (tmp_path / "home").touch()
    program = (
        "import numpy as n; from convoscope.sequence.shuffle import shuffle_codes as s; s(n.zeros((2, 9), n.uint8), 1)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    environment |= {
        "PYTHONPATH": str(tmp_path),
        "HOME": str(tmp_path / "home"),
        "XDG_CACHE_HOME": str(tmp_path / "home"),
        "NUMBA_OPT": "0",  # compiled sooner
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
