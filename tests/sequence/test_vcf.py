import gzip
import random

import pysam
import pytest

from convoscope.errors import InputError
from convoscope.sequence.vcf import BGZF_END, VcfRecord, open_vcf, place, survey_records

HEADER = """\
##fileformat=VCFv4.2
##INFO=<ID=EFF,Number=1,Type=Float,Description="an effect, ID=not, this">
##INFO=<ID=AC,Number=A,Type=Integer,Description="count">
##INFO=<Number=0,ID=DB,Type=Flag,Description="known">
##FORMAT=<ID=GT,Number=1,Type=String,Description="genotype">
##contig=<ID=chr1,length=1000>
##contig=<ID=chr2>
"""
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts1\n"
ROWS = """\
chr1\t10\trs1\tA\tC,*\t.\tPASS\tEFF=0.123456789;AC=1,2\tGT\t0/1
chr1\t10\trs1\tA\tC\t.\tPASS\tDB\tGT\t1/1
chr2\t5\t.\tacg\t.\t30\tq10\t.\tGT\t./.
"""
TEXT = HEADER + COLUMNS + ROWS


def read(path):
    with open_vcf(path) as (header, records):
        return header, list(records)


def write_bgzip(path, text):
    with pysam.BGZFile(str(path), "w") as stream:
        stream.write(text.encode())


def write_bcf(path, text, mode="wb"):
    plain = path.with_suffix(".txt.vcf")
    plain.write_text(text.replace("##FORMAT", '##FILTER=<ID=q10,Description="low">\n##FORMAT'))
    with pysam.VariantFile(str(plain)) as source, pysam.VariantFile(str(path), mode, header=source.header) as target:
        for record in source:
            target.write(record)


WRITERS = {
    "a.vcf": lambda path, text: path.write_text(text),
    "crlf.vcf": lambda path, text: path.write_bytes(text.replace("\n", "\r\n").encode()),
    "gzip.vcf.gz": lambda path, text: path.write_bytes(gzip.compress(text.encode())),
    "bgzip.vcf.gz": write_bgzip,
    "misnamed.txt": write_bgzip,
    "a.bcf": write_bcf,
    "uncompressed.bcf": lambda path, text: write_bcf(path, text, "wu"),
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_way_of_writing_gives_the_same_records(tmp_path, name):
    WRITERS[name](tmp_path / name, TEXT)
    header, records = read(tmp_path / name)
    assert (header.numbers["EFF"], header.numbers["AC"], header.numbers["DB"]) == ("1", "A", "0")
    assert "not" not in header.numbers
    assert header.contigs == ["chr1", "chr2"]
    assert [(one.row, one.chrom, one.pos, one.ref, one.alts) for one in records] == [
        (1, "chr1", 10, "A", ["C", "*"]),
        (2, "chr1", 10, "A", ["C"]),
        (3, "chr2", 5, "acg", []),
    ]
    assert records[0].fields[9] == "0/1"
    assert survey_records(tmp_path / name) == (3, ["chr1", "chr2"], True, 10)


def test_text_stays_as_it_is(tmp_path):
    (tmp_path / "a.vcf").write_text(TEXT + "\n")
    _, records = read(tmp_path / "a.vcf")
    assert "".join("\t".join(one.fields) + "\n" for one in records) == ROWS  # htslib would write EFF=0.123457
    assert [one.line for one in records] == [9, 10, 11]
    assert place(tmp_path / "a.vcf", records[0]) == f"{tmp_path}/a.vcf: record 1 (line 9): chr1:10"
    assert place(tmp_path / "a.bcf", records[0]._replace(line=0)) == f"{tmp_path}/a.bcf: record 1: chr1:10"


def test_records_agree_with_pysam(tmp_path):
    random.seed(1)
    rows = []
    for pos in range(1, 500):
        ref = "".join(random.choices("ACGTN", k=random.randint(1, 4)))
        alts = random.sample(["A", "CC", "*", "<DEL>", "G]chr2:7]", "TTT", "acg"], random.randint(1, 4))
        rows.append(f"chr1\t{pos}\t.\t{ref}\t{','.join(alts)}\t.\t.\tAC={','.join('1' * len(alts))}\tGT\t0/0\n")
    write_bgzip(tmp_path / "a.vcf.gz", HEADER + COLUMNS + "".join(rows))
    _, records = read(tmp_path / "a.vcf.gz")
    old = pysam.set_verbosity(0)
    with pysam.VariantFile(str(tmp_path / "a.vcf.gz")) as content:
        expected = [(one.chrom, one.pos, one.ref, list(one.alts)) for one in content]
    pysam.set_verbosity(old)
    assert [(one.chrom, one.pos, one.ref, one.alts) for one in records] == expected


@pytest.mark.parametrize(
    ("rows", "is_sorted", "largest"),
    [
        ([("a", 5), ("a", 5), ("a", 9), ("b", 1)], True, 9),
        ([("a", 5), ("a", 4)], False, 5),
        ([("a", 5), ("b", 1), ("a", 9)], False, 9),
        ([], True, 0),
    ],
)
def test_order_is_what_an_index_needs(tmp_path, rows, is_sorted, largest):
    head = "##fileformat=VCFv4.2\n" + COLUMNS.replace("\tFORMAT\ts1", "")
    (tmp_path / "a.vcf").write_text(head + "".join(f"{chrom}\t{pos}\t.\tA\tC\t.\t.\t.\n" for chrom, pos in rows))
    found = survey_records(tmp_path / "a.vcf")
    assert (found.records, found.is_sorted, found.largest) == (len(rows), is_sorted, largest)


GOOD = "chr1\t10\t.\tA\tC\t.\t.\t.\tGT\t0/1\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no line that begins with #CHROM"),
        ("\n", "not VCF: begins with ''"),
        ("chr1\t5\t6\n", r"not VCF: begins with 'chr1\\t5\\t6'; ##fileformat"),
        (HEADER, "no line that begins with #CHROM"),
        (HEADER + GOOD, r"bad\.vcf:8: 'chr1.*the line #CHROM POS"),
        (HEADER + COLUMNS.replace("\t", " "), "separated by tabs"),
        (HEADER + COLUMNS.replace("INFO\t", "INFO2\t"), "the line #CHROM POS"),
        (HEADER + COLUMNS + GOOD + "chr1\t11\t.\tA\n", r"record 2 \(line 10\): 4 column\(s\) in .*the header has 10"),
        (HEADER + COLUMNS + GOOD.replace("\t", " "), r"record 1 \(line 9\): 1 column"),
        (HEADER + COLUMNS + GOOD.replace("10", "x"), "POS 'x'; a whole number"),
        (HEADER + COLUMNS + GOOD.replace("10", "-1"), "POS '-1'; a whole number"),
        (HEADER + COLUMNS + GOOD.replace("10", "1e5"), "POS '1e5'; a whole number"),
        (HEADER + COLUMNS + GOOD.replace("10", "9" * 20), "POS '9+'; a whole number"),
        (HEADER + COLUMNS + GOOD.replace("\tA\t", "\t\t"), "nothing in column REF"),
        (HEADER + COLUMNS + GOOD.replace("\tC\t", "\tC,,T\t"), "ALT 'C,,T'; alleles are separated"),
        (HEADER + COLUMNS + GOOD.replace("chr1", "c\0r1"), "record 1 .*null byte"),
        (HEADER + COLUMNS + GOOD + COLUMNS, "record 2 .*header lines stand before"),
    ],
)
def test_malformed_files_are_refused_with_their_line(tmp_path, text, message):
    (tmp_path / "bad.vcf").write_text(text)
    with pytest.raises(InputError, match=message):
        survey_records(tmp_path / "bad.vcf")


@pytest.mark.parametrize("kind", ["bgzip", "gzip", "bcf"])
def test_truncated_files_are_refused(tmp_path, kind):
    random.seed(1)
    rows = "".join(GOOD.replace("10", str(number)).replace("\tA\t", f"\t{random.choice('ACGT') * 9}\t")
                   for number in range(1, 20_000))  # fmt: skip
    whole, path = tmp_path / "whole", tmp_path / "cut"
    if kind == "bcf":
        write_bcf(whole, TEXT.replace(ROWS, rows))
    elif kind == "bgzip":
        write_bgzip(whole, TEXT.replace(ROWS, rows))
    else:
        whole.write_bytes(gzip.compress(TEXT.replace(ROWS, rows).encode()))
    content = whole.read_bytes()
    assert survey_records(whole).records == 19_999
    # In the middle of a block, between two blocks, within the first bytes.
    for end in (len(content) // 2, len(content) - len(BGZF_END), 20, 5):
        path.write_bytes(content[:end])
        with pytest.raises(InputError, match=r"cut: .*(truncated|damaged)"):
            survey_records(path)


def test_damaged_files_are_refused(tmp_path):
    write_bgzip(tmp_path / "a.vcf.gz", TEXT)
    content = bytearray((tmp_path / "a.vcf.gz").read_bytes())
    content[60] ^= 255
    (tmp_path / "a.vcf.gz").write_bytes(content)
    with pytest.raises(InputError, match="truncated or damaged"):
        survey_records(tmp_path / "a.vcf.gz")
    (tmp_path / "b.vcf").write_bytes(TEXT.encode() + b"chr1\t\xff\xfe\n")
    with pytest.raises(InputError, match="not text"):
        survey_records(tmp_path / "b.vcf")
    (tmp_path / "c.bcf").write_bytes(b"BCF\x04whatever")
    with pytest.raises(InputError, match="BCF of an old version"):
        survey_records(tmp_path / "c.bcf")
    (tmp_path / "d.bcf").write_bytes(b"BCF\x02\x02whatever")
    with pytest.raises(InputError, match="BCF is truncated or damaged"):
        survey_records(tmp_path / "d.bcf")
    with pytest.raises(InputError, match="no such file"):
        survey_records(tmp_path / "gone.vcf")
    with pytest.raises(InputError, match="is a folder"):
        survey_records(tmp_path)


def test_a_record_without_alternatives_has_none():
    assert VcfRecord(1, 1, 1, ["a", "1", ".", "A", ".", ".", ".", "."]).alts == []


def test_lengths_of_contigs_are_read_where_a_header_tells_them(tmp_path):
    path = tmp_path / "a.vcf"
    lines = ["<ID=1,length=12>", "<ID=2>", "<ID=3,assembly=x,length=7,md5=f>", "<ID=length=4,wavelength=5>"]
    path.write_text("##fileformat=VCFv4.2\n" + "".join(f"##contig={line}\n" for line in lines)
                    + "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")  # fmt: skip
    with open_vcf(path) as (header, _):
        assert header.lengths == {"1": 12, "3": 7}
        assert header.contigs == ["1", "2", "3", "length=4"]
