"""How the lines of a site file are divided: tabs, spaces, commas, quotes, names of rows."""

import logging

import pytest

from convoscope.errors import InputError
from convoscope.sequence.sites import check_sites, read_sites

QUOTES, NAMES = "; quotes left out", "; names of rows left out"
COMMAS, SEMICOLONS = "; separated by commas", "; separated by semicolons"
# Text of a file with the sites chr1 10-13 and 2 20-23, and what is said of how it is divided.
FILES = {
    "tabs": ("chr1\t10\t13\n2\t20\t23\n", ""),
    "spaces": ("chr1 10  13\n2 20 23\n", ""),
    "commas": ("chr1,10,13\n2,20,23\n", COMMAS),
    "commas and spaces": ("chr1, 10, 13\n2, 20, 23\n", COMMAS),
    "semicolons": ("chrom;start;end\nchr1;10;13\n2;20;23\n", SEMICOLONS),
    "commas, track and comment": ("track name=x,y,z\n# a note\nchr1,10,13\n2,20,23\n", COMMAS),
    "commas, some quoted": ('chr1,10,13,a\n2,20,23,"b, c"\n', COMMAS),
    "write.table": ('"chrom" "start" "end"\n"1" "chr1" 10 13\n"2" "2" 20 23\n', QUOTES + NAMES),
    "write.table, tabs": ('"chrom"\t"start"\t"end"\n"1"\t"chr1"\t10\t13\n"2"\t"2"\t20\t23\n', QUOTES + NAMES),
    "write.table, no quotes": ("chrom\tstart\tend\n7\tchr1\t10\t13\n9\t2\t20\t23\n", NAMES),
    "write.table, no names of rows": ('"chrom"\t"start"\t"end"\n"chr1"\t10\t13\n"2"\t20\t23\n', QUOTES),
    "write.table, no names of columns": ('"1"\t"chr1"\t10\t13\n"2"\t"2"\t20\t23\n', QUOTES + NAMES),
    "write.table, no names": ('"chr1"\t10\t13\n"2"\t20\t23\n', QUOTES),
    "all quoted": ('"chr1"\t"10"\t"13"\n"2"\t"20"\t"23"\n', QUOTES),
    "write.csv": ('"","seqnames","start","end"\n"1","chr1",10,13\n"2","2",20,23\n', COMMAS + NAMES),
    "to_csv": (",chrom,start,end\n0,chr1,10,13\n1,2,20,23\n", COMMAS + NAMES),
    "to_csv, tabs": ("\tchrom\tstart\tend\n0\tchr1\t10\t13\n1\t2\t20\t23\n", NAMES),
    "CRLF": ('"chr1","10","13"\r\n"2","20","23"\r\n', COMMAS),
}


@pytest.mark.parametrize(("text", "said"), FILES.values(), ids=FILES)
def test_rows_are_divided_as_the_first_one(tmp_path, caplog, text, said):
    (tmp_path / "s").write_text(text)
    with caplog.at_level(logging.INFO):
        sites = read_sites(tmp_path / "s")
    assert sites[["chrom", "start", "end"]].to_numpy().tolist() == [["chr1", 10, 13], ["2", 20, 23]]
    [message] = [record.getMessage() for record in caplog.records]
    assert message.endswith(f"score: none{said}")
    assert check_sites(tmp_path / "s").equals(sites)


def test_a_number_as_contig_below_an_empty_name(tmp_path):
    (tmp_path / "s").write_text(",chrom,start,end\n0,1,10,13\n")
    assert read_sites(tmp_path / "s")[["chrom", "start", "end"]].to_numpy().tolist() == [["1", 10, 13]]


def test_all_columns_of_a_quoted_file_lose_their_quotes(tmp_path):
    (tmp_path / "s").write_text('1\t10\t13\t"a\tb"\t5\t"-"\n1\t20\t23\t"c ""d"""\t6\t"+"\n')
    sites = read_sites(tmp_path / "s")
    assert sites[["name", "score", "strand"]].to_numpy().tolist() == [["a\tb", 5.0, "-"], ['c "d"', 6.0, "+"]]


def test_a_table_of_genomic_ranges_counts_from_one(tmp_path):
    text = '"seqnames","start","end","width","strand","score"\n"chr1",11,13,3,"-",7\n"chr1",21,23,3,"*",8\n'
    for names in ("", '"",'):
        rows = text.replace('\n"c', '\n"9","c') if names else text
        (tmp_path / "s").write_text(names + rows)
        sites = read_sites(tmp_path / "s")
        found = sites[["chrom", "start", "end", "strand", "score"]].to_numpy().tolist()
        assert found == [["chr1", 10, 13, "-", 7.0], ["chr1", 20, 23, ".", 8.0]]


def test_quotes_inside_of_names_are_letters(tmp_path):
    (tmp_path / "s").write_text('chr1\t10\t13\t5"utr\nchr1\t20\t23\t"x\n')
    assert read_sites(tmp_path / "s")["name"].tolist() == ['5"utr', '"x']


def test_numbers_after_an_interval_are_no_interval(tmp_path):
    (tmp_path / "s").write_text('"1"\t100\t200\t5\n')
    assert read_sites(tmp_path / "s")[["chrom", "start", "end"]].to_numpy().tolist() == [["1", 100, 200]]
    (tmp_path / "s").write_text("1\t2\t10\t20\n")  # BED4 with a number as name
    assert read_sites(tmp_path / "s")[["chrom", "start", "end"]].to_numpy().tolist() == [["1", 2, 10]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "chrom\tstart\tend\n1\t2\t10\t20\n",
            r"s:2: 1, 2, 10, 20: is the first a contig, or the name of a row\?",
        ),
        ("chrom\tstart\tend\n1\t2\t10\t10\n", r"s:2: 1, 2, 10, 10: is the first a contig"),
        ('"1"\t"2"\t"10"\t"20"\n', r"s:1: 1, 2, 10, 20: is the first a contig"),
        (
            '"chr1"\t"1"0\t13\n',
            r"s:1: .* in '\"chr1\".*; close the quotes, .*quote=FALSE, sep=\"\\t\"",
        ),
        ('"chr1",10,13\n"chr1,20,23\n', r"s:2: .*close the quotes"),
        ("chr1,20,10\n", "s:1: start 20, end 10"),
        ("chr1,10,13\nchr1\t20\t23\n", "s:2: 1 column"),
        ("chr1 1,000 2,000\n", "s:1: start '1,000'; a whole number"),
        ("PeakID\tchr\tstart\tend\np1\tchr1\t11\t13\n", "s:1: start 'chr'; a whole number"),  # HOMER counts from 1
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(tmp_path, text, message):
    (tmp_path / "s").write_text(text)
    for read in (read_sites, check_sites):
        with pytest.raises(InputError, match=message) as refusal:
            read(tmp_path / "s")
        assert "\n" not in str(refusal.value)


# What makes a line of BED need a closer look, so that the file is divided line by line: text, whether it is a site.
CLOSER = {
    "a wider row": ("c\t5\t9\tn\n", True),
    "spaces at a name": ("c\t5\t9 \n", True),
    "an empty column": ("c\t5\t9\t\t\n", True),
    "a comment": ("# c\n", False),
    "a blank line": ("\n", False),
    "a track": ("track name=x\n", False),
}


@pytest.mark.parametrize(("line", "is_site"), CLOSER.values(), ids=CLOSER)
def test_rows_are_the_same_all_at_once_and_line_by_line(tmp_path, line, is_site):
    plain, path = "c\t1\t2\nd\t3\t3\n", tmp_path / "s"
    path.write_text(plain * 2 + "c\t5\t9\n" * is_site)
    together = read_sites(path).drop(columns="line")
    path.write_text(plain + line * (not is_site) + plain + line * is_site)
    sites = read_sites(path)
    assert sites.drop(columns=["line", "name", "row"]).equals(together.drop(columns=["name", "row"]))
    assert sites["line"].tolist() == ([1, 2, 3, 4, 5] if is_site else [1, 2, 4, 5])


@pytest.mark.parametrize("line", ["c\t9\t5\n", "c\t-1\t5\n", "c\t1e3\t2000\n", "\t1\t2\n", "c\t1\n"])
def test_a_wrong_row_below_good_ones_is_named(tmp_path, line):
    (tmp_path / "s").write_text("c\t1\t2\n" * 3 + line)
    with pytest.raises(InputError, match=r"s:4: "):
        read_sites(tmp_path / "s")
