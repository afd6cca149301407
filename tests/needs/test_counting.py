"""What files hold, counted without loading them."""

import bz2
import gzip
from pathlib import Path

import numpy as np
import pytest

from convoscope.needs.counting import BLOCK, contigs, count, shape

BED = "# made by hand\ntrack name=x\nchr1\t0\t1\ta\t500\nchr1\t5\t6\tb\t10\n\nchr2\t7\t8\tc\t900\n"


@pytest.mark.parametrize("pack", [lambda data: data, gzip.compress, bz2.compress])
def test_rows_are_counted_without_comments(tmp_path: Path, pack) -> None:
    path = tmp_path / "sites"
    path.write_bytes(pack(BED.encode()))
    assert count(path).rows == 3
    assert count(path, 500).rows == 2
    assert count(path, 500, column=1).rows == 0


def test_a_header_is_no_row_where_scores_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "peaks.xls"
    path.write_text("chr\tstart\tend\tname\tscore\nchr1\t1\t2\ta\t7\n")
    assert count(path, 1).rows == 1


def test_letters_and_records_of_fasta(tmp_path: Path) -> None:
    path = tmp_path / "g.fa"
    path.write_text(">a more\nACGT\nAC\n>b\nA\n")
    found = count(path)
    assert (found.records, found.letters) == (2, 7)


def test_a_long_file_is_taken_to_go_on_as_it_begins(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    lines = [f"chr1\t{start}\t{start + 1}\n" for start in generator.integers(10**8, 10**9, 400_000)]
    plain, packed = tmp_path / "a.bed", tmp_path / "a.bed.gz"
    plain.write_text("".join(lines))
    packed.write_bytes(gzip.compress(plain.read_bytes(), 1))
    assert plain.stat().st_size > 20 * BLOCK
    assert count(plain).rows == pytest.approx(len(lines), rel=0.01)
    assert count(packed).rows == pytest.approx(len(lines), rel=0.3)
    assert count(packed, sample=-1).rows == len(lines)


def test_a_file_that_has_changed_is_counted_again(tmp_path: Path) -> None:
    path = tmp_path / "a.bed"
    path.write_text("chr1\t0\t1\n")
    assert count(path).rows == 1
    path.write_text("chr1\t0\t1\n" * 5)
    assert count(path).rows == 5


def test_what_cannot_be_read_has_no_count(tmp_path: Path) -> None:
    damaged = tmp_path / "a.bed.gz"
    damaged.write_bytes(gzip.compress(b"chr1\t0\t1\n" * 1000)[:-12])
    assert count(damaged) is None
    assert count(tmp_path / "missing") is None
    assert count(tmp_path) is None


@pytest.mark.parametrize("wanted", [(5, 7), (3, 2, 4, 4), (0, 9)])
def test_shape_is_that_of_numpy(tmp_path: Path, wanted: tuple[int, ...]) -> None:
    np.save(tmp_path / "codes.npy", np.zeros(wanted, np.uint8))
    assert shape(tmp_path / "codes.npy") == wanted
    (tmp_path / "text.npy").write_text("no array at all")
    assert shape(tmp_path / "text.npy") is None
    assert shape(tmp_path / "missing.npy") is None


def test_contigs(tmp_path: Path) -> None:
    (tmp_path / "chrom.sizes").write_text("chr1\t100\nchr2\t50\n")
    assert contigs(tmp_path / "chrom.sizes") == [100, 50]
    assert contigs(tmp_path / "missing") is None
