import io
import struct

import numpy as np
import pyBigWig
import pytest

from convoscope.errors import InputError
from convoscope.sequence.bigwig import reading
from convoscope.sequence.bigwig_trees import (
    CONTIGS,
    CONTIGS_MAGIC,
    HEADER,
    INDEX,
    INDEX_MAGIC,
    LEAF,
    NODE,
    check_trees,
    count_blocks,
    count_contigs,
    items,
)

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


BLOCKS = [(0, 0, 0, 10, 9, 5), (0, 10, 0, 20, 14, 6)]  # first and last place, offset and size of the values


def blocks_fit(*blocks, count=None, magic=INDEX_MAGIC, data=8, size=20):
    number = len(blocks) if count is None else count
    index = INDEX.pack(magic, 256, number, 0, 0, 0, 0, 0, 512, 0) + NODE.pack(1, 0, len(blocks))
    return count_blocks(io.BytesIO(bytes(64) + index + b"".join(LEAF.pack(*block) for block in blocks)), 64, data, size)


def test_blocks_of_an_index_by_hand():
    assert blocks_fit(*BLOCKS)
    assert blocks_fit(BLOCKS[0], (1, 0, 1, 1, 14, 1))
    assert not blocks_fit(*BLOCKS, magic=INDEX_MAGIC + 1)
    assert not blocks_fit(*BLOCKS, count=1)
    assert not blocks_fit(*BLOCKS, count=3)
    assert not blocks_fit(*BLOCKS, data=9)  # values begin after their number
    assert not blocks_fit(*BLOCKS, size=19)
    assert not blocks_fit(BLOCKS[0], (0, 9, 0, 20, 14, 6))  # begins before the first ends
    assert not blocks_fit(BLOCKS[0], (0, 10, 0, 10, 14, 6))
    assert not blocks_fit(BLOCKS[0], (0, 10, 0, 20, 14, 0))
    with pytest.raises(struct.error):
        count_blocks(io.BytesIO(bytes(64) + INDEX.pack(INDEX_MAGIC, *[0] * 9) + NODE.pack(1, 0, 1)), 64, 8, 20)


@pytest.mark.parametrize(("number", "fits"), [(0, True), (1, False)])
def test_without_an_index_there_are_no_values(number, fits):
    assert count_blocks(io.BytesIO(bytes(8) + number.to_bytes(8, "little")), 0, 8, 16) is fits
    assert not count_blocks(io.BytesIO(bytes(15)), 0, 8, 15)


def contigs_fit(*names, numbers=None, key=4, value=8, count=None, magic=CONTIGS_MAGIC):
    tree = CONTIGS.pack(magic, 256, key, value, len(names) if count is None else count, 0)
    tree += NODE.pack(1, 0, len(names))
    for name, number in zip(names, numbers or range(len(names)), strict=True):
        tree += name.ljust(key, b"\0") + struct.pack("<II", number, 99)
    return count_contigs(io.BytesIO(bytes(16) + tree), 16)


def test_contigs_by_hand():
    assert contigs_fit(b"a", b"bb")
    assert contigs_fit(b"a", b"bb", numbers=[1, 0])
    assert contigs_fit(b"a", key=1)
    assert contigs_fit(b"a", key=(1 << 16) - 1)
    assert not contigs_fit(b"a", key=1 << 16)
    assert not contigs_fit(b"", key=0)
    assert not contigs_fit(b"a", b"bb", numbers=[0, 2])
    assert not contigs_fit(b"a", b"bb", numbers=[1, 2])
    assert not contigs_fit(b"a", b"a")
    assert not contigs_fit(b"a", b"")
    assert not contigs_fit(b"a", b"bb", count=1)
    assert not contigs_fit(b"a", b"bb", value=9)
    assert not contigs_fit(b"a", b"bb", magic=CONTIGS_MAGIC - 1)


def branches(*offsets):
    return NODE.pack(0, 0, len(offsets)) + b"".join(b"k" + struct.pack("<Q", offset) for offset in offsets)


def test_leaves_come_in_the_order_of_their_branches():
    left, right = (NODE.pack(1, 0, len(text)) + text for text in (b"abc", b"d"))
    root = branches(22, 29)
    assert len(root) == 22
    assert list(items(io.BytesIO(root + left + right), 0, 1, 9)) == [b"a", b"b", b"c", b"d"]
    deep = branches(22, 44) + branches(49, 56) + right
    assert len(deep) == 49
    assert b"".join(items(io.BytesIO(deep + left + left), 0, 1, 9)) == b"abcabcd"
    for wrong in (branches(0), branches(13, 13), branches(99), NODE.pack(1, 0, 2) + b"a"):
        with pytest.raises(struct.error):
            list(items(io.BytesIO(wrong.ljust(13, b"\0") if wrong[0] == 0 else wrong), 0, 1, 9))
