import errno
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pyBigWig
import pytest

from convoscope.errors import InputError
from convoscope.sequence import bigwig


def test_bigwig_by_hand(tmp_path):
    sizes = {"chr2": 23, "chr10": 40, "empty": 5}
    with bigwig.open_bigwig(tmp_path / "a.bw", sizes) as track:
        assert bigwig.in_bigwig_order(sizes) == ["chr10", "chr2", "empty"]
        bigwig.add_contig(track, "chr10", 40, np.array([1.0, np.nan, 2.0]), 10, 1)
        bigwig.add_contig(track, "chr2", 23, np.array([np.nan, 0.25, 0.5]), 10, 0)
    with pyBigWig.open(str(tmp_path / "a.bw")) as read:
        assert read.chroms() == sizes
        assert read.intervals("chr10") == ((10, 20, 1.0), (30, 40, 2.0))
        assert read.intervals("chr2") == ((10, 20, 0.25), (20, 23, 0.5))  # cut at the contig's end
        assert read.intervals("empty") is None
    found = bigwig.read_around(tmp_path / "a.bw", ["chr2", "chr2", "chr10", "x", "chr2"], [22, 9, 10, 0, 23])
    np.testing.assert_array_equal(found[:, 0], [0.5, np.nan, 1.0, np.nan, np.nan])
    around = bigwig.read_around(tmp_path / "a.bw", ["chr2", "chr10"], [21, 1], 3)
    np.testing.assert_array_equal(around[0], [0.25, 0.25, 0.5, 0.5, 0.5, np.nan, np.nan])
    assert np.isnan(around[1]).all()


def test_values_are_read_from_the_first_base_to_the_last(tmp_path):
    with bigwig.open_bigwig(tmp_path / "a.bw", {"c": 3}) as track:
        bigwig.add_contig(track, "c", 3, np.array([1.0, 2.0, 4.0]), 1, 0)
    assert bigwig.read_around(tmp_path / "a.bw", ["c"] * 3, [0, 1, 2]).tolist() == [[1], [2], [4]]
    around = bigwig.read_around(tmp_path / "a.bw", ["c", "c", "c", "c"], [0, 2, -1, 3], 1)
    nan = np.nan
    np.testing.assert_array_equal(around, [[nan, 1, 2], [2, 4, nan], [nan, nan, 1], [4, nan, nan]])


@pytest.mark.parametrize("reach", [0, 2, 300])
def test_many_bases_in_any_order_are_read_as_one_by_one(tmp_path, monkeypatch, reach):
    monkeypatch.setattr(bigwig, "STRETCH", 50)
    generator, sizes = np.random.default_rng(1), {"a": 400, "b": 90}
    values = {chrom: generator.choice([np.nan, 1.5, 2.25], size // 10) for chrom, size in sizes.items()}
    with bigwig.open_bigwig(tmp_path / "a.bw", sizes) as track:
        for chrom, size in sizes.items():
            bigwig.add_contig(track, chrom, size, values[chrom], 10, 0)
    chroms, positions = generator.choice(["a", "b", "none"], 200).tolist(), generator.integers(-9, 410, 200).tolist()
    found = bigwig.read_around(tmp_path / "a.bw", chroms, positions, reach)
    for row, (chrom, position) in enumerate(zip(chroms, positions, strict=True)):
        np.testing.assert_array_equal(found[[row]], bigwig.read_around(tmp_path / "a.bw", [chrom], [position], reach))
    assert not np.isnan(found).all()
    assert bigwig.read_around(tmp_path / "a.bw", [], [], reach).shape == (0, 2 * reach + 1)


def test_file_names_are_those_of_one_folder_and_differ():
    names = bigwig.file_names(["a/b", "a%2Fb", "..", "", "β", "x" * 64])
    assert len(set(names)) == 6
    assert not any("/" in name for name in names)
    assert bigwig.file_names(["Reb1+x_2.-"]) == ["Reb1+x_2.-.bw"]


@pytest.mark.parametrize("content", [b"x", b""])
def test_what_is_no_bigwig_is_refused(tmp_path, content):
    (tmp_path / "a.bw").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.bw: cannot be opened as bigWig"):
        bigwig.read_around(tmp_path / "a.bw", ["a"], [1])


def test_a_full_disk_is_noticed(tmp_path):
    """The limit on the size of a file stands for the disk."""
    code = """
import resource, signal, sys
import numpy as np
from convoscope.sequence import bigwig
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
values = np.random.default_rng(1).random(100_000)
for room in (1 << 40, 400_000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    try:
        with bigwig.open_bigwig(sys.argv[1], {"c": 1_000_000}) as track:
            bigwig.add_contig(track, "c", 1_000_000, values, 10, 0)
        print(0)
    except OSError as error:
        print(error.errno)
"""
    command = [sys.executable, "-c", code, str(tmp_path / "a.bw")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert list(map(int, done.stdout.split())) == [0, errno.EFBIG]


def test_a_disk_without_room_is_refused_before(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=8000 if path == tmp_path else 0))
    bigwig.check_room(tmp_path / "a" / "b", 1000)
    with pytest.raises(OSError, match="No space left") as caught:
        bigwig.check_room(tmp_path / "a", 1001)
    assert caught.value.errno == errno.ENOSPC
