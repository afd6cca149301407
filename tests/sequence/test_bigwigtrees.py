import numpy as np
import pyBigWig
import pytest

from convoscope.errors import InputError
from convoscope.sequence.bigwig import reading
from convoscope.sequence.bigwigtrees import HEADER, check_trees

NAMES = ["a", "bb", "c"]


def write(path, names=NAMES, values=3000):
    with pyBigWig.open(str(path), "w") as track:
        track.addHeader([(name, 60_000) for name in names])
        for seed, name in enumerate(names if values else []):
            track.addEntries(name, 0, values=np.random.default_rng(seed).random(values) + 1, span=10, step=10)
    return path


def read(path):
    with reading(path) as track:
        return [np.nansum(track.values(name, 0, 30_000, numpy=True)) for name in track.chroms()]


@pytest.mark.parametrize(
    ("names", "values"), [(NAMES, 3000), (["a"], 1), (NAMES, 0), ([f"s{k}" for k in range(900)], 9)]
)
def test_whole_files_are_read(tmp_path, names, values):
    assert len(read(write(tmp_path / "a.bw", names, values))) == len(names)


def test_wherever_a_tree_is_damaged_it_is_refused_or_the_values_are_right(tmp_path):
    whole, path = write(tmp_path / "whole.bw"), tmp_path / "damaged.bw"
    expected, content = read(whole), whole.read_bytes()
    _, _, _, contigs, data, index = HEADER.unpack(content[: HEADER.size])
    refused = 0
    for start in [*range(contigs, data, 4), *range(index, index + 200, 4)]:
        path.write_bytes(content[:start] + bytes(12) + content[start + 12 :])
        try:
            assert read(path) == expected, start
        except InputError as error:
            refused += 1
            assert str(error).startswith(f"{path}: damaged bigWig"), error
    assert refused > 40


def test_a_tree_that_leads_out_of_the_file_or_back_is_refused(tmp_path):
    whole = write(tmp_path / "a.bw", [f"s{k}" for k in range(900)], 9)
    content = bytearray(whole.read_bytes())
    root = HEADER.unpack(content[: HEADER.size])[5] + 48
    assert content[root] == 0  # a branch, whose first item ends with the offset of a child
    end = root + 4 + 24
    for child in (root, len(content), 1 << 62, (1 << 64) - 1):
        content[end - 8 : end] = child.to_bytes(8, "little")
        whole.write_bytes(content)
        with pytest.raises(InputError, match="damaged bigWig: its index cannot be followed"):
            check_trees(whole)


def test_other_files_are_left_to_the_library(tmp_path):
    for content in (b"", b"chr1", b"x" * 999):
        (tmp_path / "x").write_bytes(content)
        check_trees(tmp_path / "x")
    with pytest.raises(InputError, match=r"x: cannot be opened as bigWig"), reading(tmp_path / "x"):
        pass


def test_damage_that_shows_only_while_reading_is_one_line(tmp_path):
    path = write(tmp_path / "a.bw")
    content = bytearray(path.read_bytes())
    start = HEADER.unpack(content[: HEADER.size])[4] + 12
    content[start : start + 40] = bytes(40)
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.bw: damaged bigWig \(An error occurred .*\); fetch or make it again"):
        read(path)
