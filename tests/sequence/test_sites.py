import gzip
import logging

import numpy as np
import pytest

from convoscope.errors import InputError
from convoscope.sequence.choices import Choices
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
        assert sites[["line", "chrom", "start", "end", "name", "strand"]].to_numpy().tolist() == [
            [5, "c", 1, 2, "n", "-"],
            [6, "d", 3, 4, ".", "."],
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
        with pytest.raises(
            InputError, match=r":2: (3 columns, no score|score '(\.|nan)' in column 5); min_score and value: score need"
        ):
            read_sites(path, Choices(needs_score=True))

    @pytest.mark.parametrize(
        ("line", "is_site"),
        [
            ("track\t5\t7", True),
            ("browser\t5\t7\tn", True),
            ("track", False),
            ("track name=x y", False),
            ("track\tname=x\t3", False),
            ("track\t3\tname=x", False),
            ("browser position c:1-9", False),
        ],
    )
    def test_lines_of_genome_browsers_are_no_sites(self, write, line, is_site):
        sites = read_sites(write(f"c\t1\t2\n{line}\nd\t3\t4\n"))
        assert sites["chrom"].tolist() == ["c", *[line.split("\t")[0]] * is_site, "d"]
        assert sites["line"].tolist() == [1, *[2] * is_site, 3]

    @pytest.mark.parametrize(("content", "chrom"), [("c x\t0\t2\n", "c x"), ("c 0\t2\n", "c"), ("\nc\t0\t0\n\n", "c")])
    def test_two_tabs_make_columns(self, write, content, chrom):
        sites = read_sites(write(content))
        assert sites[["chrom", "start"]].to_numpy().tolist() == [[chrom, 0]]

    @pytest.mark.parametrize(
        ("content", "score", "said"),
        [
            ("c\t1\t2\tn\t7.5\n", None, "1 rows, read as BED5 of 5 columns; centre: midpoint; score: column 5 (score)"),
            ("c\t1\t2\n" * 1200, None, "1,200 rows, read as BED3 of 3 columns; centre: midpoint; score: none"),
            ("c\t1\t2\tn\t1\t+\t8\n", 7, "1 rows, read as BED6 of 7 columns; centre: midpoint; score: column 7"),
        ],
    )
    def test_log_says_how_a_file_was_read(self, write, caplog, content, score, said):
        path = write(content)
        with caplog.at_level(logging.INFO):
            read_sites(path, Choices(score_column=score))
        assert caplog.messages == [f"{path}: {said}"]

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("c\t1\t" + "x" * 60, ":1: end 'x{40}'; a whole"),
            ("y" * 90, r":1: 1 column\(s\) in 'y{60}'; BED"),
            ("c\t1\n", r":1: 2 column\(s\)"),
            ("c\t1\t2\nchrom\tstart\tend\n", ":2: start 'start'"),
            ("seqnames\tstart\tend\twidth\nc\t1\t9\t9\nc\t0\t9\t10\n", ":3: start 0; the first base of a"),
        ],
    )
    def test_messages_quote_what_was_found(self, write, content, said):
        with pytest.raises(InputError, match=said):
            read_sites(write(content))

    def test_a_file_may_begin_at_the_first_base(self, write):
        assert read_sites(write("seqnames\tstart\tend\twidth\nc\t1\t9\t9\n"))["start"].tolist() == [0]

    def test_the_last_of_two_headings_counts(self, write):
        sites = read_sites(write("#chrom\tstart\tend\tname\n#chrom\tstart\tend\tstrand\nc\t1\t2\t-\n"))
        assert sites["strand"].tolist() == ["-"]

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
        assert len(check_sites(write("c\t1\t2\n" * 2000 + "c\tx\ty\n"))) == 1000
