import gzip

import numpy as np
import pytest

from convoscope.errors import InputError
from convoscope.sequence.centers import Choices
from convoscope.sequence.sites import check_sites, read_sites

NARROW = "chr1\t100\t200\tp\t50\t+\t1.5\t3\t2\t{}\n"


@pytest.fixture
def write(tmp_path):
    def call(content, name="sites.bed"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return call


class TestReadSites:
    @pytest.mark.parametrize(
        ("row", "center"),
        [
            ("c\t100\t101", 100),
            ("c\t100\t102", 101),
            ("c\t100\t103", 101),
            ("c\t100\t200\tbroad\t9\t+\t1\t2\t3", 150),
            (NARROW.format(7), 107),
            (NARROW.format(0), 100),
            (NARROW.format(-1), 150),
            ("c\t5\t5", 5),
        ],
    )
    def test_center_by_hand(self, write, row, center):
        assert read_sites(write(row))["center"].tolist() == [center]

    def test_midpoint_ignores_the_summit(self, write):
        assert read_sites(write(NARROW.format(7)), Choices("midpoint"))["center"].tolist() == [150]

    def test_columns_by_hand(self, write):
        content = "browser position x\ntrack name=x\n# note\n\nc\t1\t2\tn\t7.5\t-\nd\t3\t4\n"
        sites = read_sites(write(content))
        assert sites[["line", "chrom", "start", "end", "strand"]].to_numpy().tolist() == [
            [5, "c", 1, 2, "-"],
            [6, "d", 3, 4, "."],
        ]
        assert sites["score"][0] == 7.5
        assert np.isnan(sites["score"][1])
        assert sites["row"].tolist() == ["c 1 2 n 7.5 -", "d 3 4"]

    @pytest.mark.parametrize("form", ["crlf", "gzip", "bom", "no end"])
    def test_every_form_reads_the_same(self, write, form):
        content = b"track x\nc\t1\t2\tn\t7\t-\nd\t3\t4\tm\t8\t+\n"
        forms = {
            "crlf": content.replace(b"\n", b"\r\n"),
            "gzip": gzip.compress(content, mtime=0),
            "bom": b"\xef\xbb\xbf" + content,
            "no end": content.rstrip(),
        }
        assert read_sites(write(forms[form], "a")).equals(read_sites(write(content, "b")))

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("", r"sites\.bed: no row; at least one"),
            ("# only a comment\n\n", "no row"),
            ("c\t1\t2\nc 1 2\n", r"sites\.bed:2: 1 column.*separated by tabs .*in every row"),
            ("\t1\t2\n", ":1: no contig name"),
            ("c\t5\t4\n", ":1: start 5, end 4; .*0 <= start <= end"),
            ("c\t-1\t4\n", ":1: start -1"),
            ("c\t1.0\t4\n", r":1: start '1\.0'; a whole number"),
            ("c\t1\t1e3\n", ":1: end '1e3'"),
            ("chrom\tstart\tend\n", "no row"),
            ("chrom\tbegins\tends\n", ":1: start 'begins'"),
            (NARROW.format(9) * 2 + NARROW.format("x"), r":3: summit 'x' \(column 10"),
            (NARROW.format(99) * 2 + NARROW.format(100), ":3: summit '100' .*of a peak of 100 bp"),
            (NARROW.format(0) * 2 + NARROW.format(-2), ":3: summit '-2'"),
            (b"\x80\xff\x00\x01" * 9, "not text"),
            (b"\x00\x01\x02\n" * 9, ":1: 1 column"),
            (gzip.compress(b"c\t1\t2\n" * 9999, mtime=0)[:-20], "truncated"),
        ],
    )
    def test_malformed_is_refused_with_its_line(self, write, content, said):
        with pytest.raises(InputError, match=said):
            read_sites(write(content))

    @pytest.mark.parametrize("row", ["c\t1\t2", "c\t1\t2\tn\t.", "c\t1\t2\tn\tnan"])
    def test_score_is_needed_only_where_asked_for(self, write, row):
        path = write("c\t1\t2\tn\t3\n" + row)
        assert np.isnan(read_sites(path)["score"][1])
        with pytest.raises(InputError, match=r":2: .*min_score and value: score need a number in column 5"):
            read_sites(path, Choices(needs_score=True))

    def test_missing_file(self, tmp_path):
        with pytest.raises(InputError, match="no such file"):
            read_sites(tmp_path / "none.bed")

    def test_may_be_empty(self, write):
        assert len(read_sites(write(""), may_be_empty=True)) == 0


class TestCheckSites:
    def test_accepts_what_is_read(self, write):
        check_sites(write("c\t1\t2\tn\t3\n"), Choices(needs_score=True))

    def test_refuses_as_reading_does(self, write):
        with pytest.raises(InputError, match=":1: 3 columns, no score"):
            check_sites(write("c\t1\t2\n"), Choices(needs_score=True))
        with pytest.raises(InputError, match="no row"):
            check_sites(write("#\n"))

    def test_looks_at_the_first_rows_only(self, write):
        check_sites(write("c\t1\t2\n" * 2000 + "c\tx\ty\n"))
