import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numba
import numpy as np
import pytest
import torch

from convoscope.errors import InputError
from convoscope.interpretation.motifs import modisco
from convoscope.interpretation.motifs.modisco import (
    MutationContributions,
    find_patterns,
    mutation_contributions,
    one_hot_rows,
)
from convoscope.sequence.alphabet import ALPHABETS, encode_text

WORD = encode_text("TTACCCGAGC", ALPHABETS["dna"])


@pytest.fixture
def codes():
    return np.random.default_rng(1).integers(0, 4, (150, 60)).astype(np.uint8)


def test_contributions_are_changes_less_their_mean(monkeypatch, codes):
    change = np.zeros((2, 4, 60, 3), dtype=np.float32)
    change[0, :, 5, 1] = [0, -4, -2, -2]  # the letter there is A
    codes[0, 5] = 0
    monkeypatch.setattr(modisco, "substitutions", lambda ensemble, part: SimpleNamespace(change=change))
    found = mutation_contributions(None, codes[:2], 1)
    assert found.hypothetical.shape == (2, 60, 4) and found.actual.shape == (2, 60, 3)
    assert found.hypothetical[0, 5].tolist() == [2, -2, 0, 0]
    assert found.actual[0, 5].tolist() == [0, 2, 0]
    assert np.abs(found.actual).sum() == 2


def test_unknown_letters_are_no_letter():
    assert one_hot_rows(np.array([[2, 14]]), 4).tolist() == [[[0, 0, 1, 0], [0, 0, 0, 0]]]


@pytest.mark.usefixtures("modisco_from_cache")
def test_planted_word_becomes_the_pattern(codes):
    generator = np.random.default_rng(2)
    hypothetical = generator.normal(0, 0.01, (150, 60, 4))
    for row in range(120):
        start = generator.integers(10, 40)
        codes[row, start : start + 10] = WORD
        hypothetical[row, start : start + 10] += np.eye(4)[WORD] - 0.25
    actual = np.einsum("nla,nla->nl", one_hot_rows(codes, 4), hypothetical)[..., None]
    found = find_patterns(codes, MutationContributions(hypothetical, np.repeat(actual, 2, axis=2)), 1000)
    assert [each.motif.name for each in found] == ["pos.0"]
    [pattern] = found
    assert 40 <= pattern.motif.sites <= 120  # those that lie too near an end for the whole pattern are left out
    best = "".join("ACGT"[letter] for letter in pattern.motif.matrix.argmax(axis=1))
    assert "TTACCCGAGC" in best or "GCTCGGGTAA" in best
    np.testing.assert_allclose(pattern.effects, 7.5, atol=0.5)  # ten letters of .75


def test_nothing_stands_out(codes):
    hypothetical = np.random.default_rng(3).normal(0, 0.01, (150, 60, 4))
    assert find_patterns(codes, MutationContributions(hypothetical, np.zeros((150, 60, 1))), 1000) == []
    # A network that says the same of all windows.
    assert find_patterns(codes, MutationContributions(0 * hypothetical, np.zeros((150, 60, 1))), 1000) == []


def test_refusals(monkeypatch, codes):
    nothing = MutationContributions(np.zeros((150, 29, 4)), np.zeros((150, 29, 1)))
    with pytest.raises(InputError, match="windows of 29 over 4 letters; at least 30"):
        find_patterns(codes[:, :29], nothing, 100)
    monkeypatch.setitem(sys.modules, "modiscolite", None)
    with pytest.raises(InputError, match="pip install modisco-lite"):
        find_patterns(codes, nothing, 100)


def test_the_process_has_its_threads_back_also_after_an_error(monkeypatch):
    class Greedy:
        @staticmethod
        def TFMoDISco(**given):  # noqa: N802 - the library's name
            torch.set_num_threads(3)
            numba.set_num_threads(1)
            raise ValueError("no seqlets")

    monkeypatch.setattr(modisco, "load_library", lambda: Greedy)
    before = torch.get_num_threads(), numba.get_num_threads()
    codes = np.zeros((4, 40), dtype=np.uint8)
    nothing = modisco.MutationContributions(np.zeros((4, 40, 4)), np.zeros((4, 40, 1)))
    try:
        torch.set_num_threads(2)
        assert modisco.find_patterns(codes, nothing, 50) == []
        assert (torch.get_num_threads(), numba.get_num_threads()) == (2, before[1])
    finally:
        torch.set_num_threads(before[0])


CACHING = """
import numpy as np
from modiscolite import precompile
from convoscope.interpretation.motifs import modisco

class Library:
    def TFMoDISco(**given):
        print(precompile._can_fork())
        return None, None

modisco.load_library = lambda: Library
nothing = modisco.MutationContributions(np.zeros((4, 40, 4)), np.zeros((4, 40, 1)))
modisco.find_patterns(np.zeros((4, 40), dtype=np.uint8), nothing, 50)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the library never caches elsewhere")
def test_the_library_may_cache_what_it_compiles(warm_program, tmp_path):
    (tmp_path / "caching.py").write_text(CACHING)
    found = subprocess.run(
        [warm_program, "-m", "caching"],
        env=os.environ | {"PYTHONPATH": str(Path(modisco.__file__).parents[3])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == ["True"]
