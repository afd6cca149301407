import gzip
import io

import numpy as np
import pysam
import pytest
from Bio import SeqIO, bgzf

from convoscope.errors import InputError
from convoscope.sequence import genome
from convoscope.sequence.recompress import PIECE, Record, bgzip, read_records, record_name, sequence_letters

FASTA = b">one first record\nACGTN\nnnac\n>2|x\nRYSWKM\n"


class TestBgzip:
    def test_content_by_hand(self, convert, tmp_path):
        target = convert(FASTA)
        assert gzip.decompress(target.read_bytes()) == b">one first record\nACGTNnnac\n>2|x\nRYSWKM\n"
        assert bgzip(tmp_path / "in.fa", tmp_path / "x.gz") == {"one": 9, "2|x": 6}
        with pysam.FastaFile(str(target)) as opened:
            assert opened.fetch("one") == "ACGTNnnac"

    @pytest.mark.parametrize(
        "form",
        [
            FASTA,
            FASTA.replace(b"\n", b"\r\n"),
            FASTA.replace(b"\n", b"\r"),
            FASTA.replace(b"\n", b"\n\n"),
            b"\n\r\n" + FASTA[:-1],
            b"\xef\xbb\xbf" + FASTA,
            gzip.compress(FASTA, mtime=0),
            gzip.compress(FASTA[:20], mtime=0) + gzip.compress(FASTA[20:], mtime=0),
        ],
        ids=["plain", "CRLF", "CR", "blank lines", "no last newline", "BOM", "gzip", "gzip of two members"],
    )
    def test_every_form_gives_the_same_bytes(self, convert, form):
        expected = convert(FASTA).read_bytes()
        assert convert(form).read_bytes() == expected

    def test_bgzf_in_bgzf_out(self, convert, tmp_path):
        with bgzf.BgzfWriter(str(tmp_path / "b.gz"), "wb") as stream:
            stream.write(FASTA)
        assert convert((tmp_path / "b.gz").read_bytes()).read_bytes() == convert(FASTA).read_bytes()

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_agrees_with_biopython_on_ragged_lines(self, tmp_path, end):
        draw = np.random.default_rng(3)
        text = io.StringIO()
        for record in range(40):
            text.write(f">r{record} a>b\n")
            for length in draw.integers(0, 200, draw.integers(1, 60)):
                text.write("".join(draw.choice(list("ACGTn"), length)) + "\n")
            text.write("A\n")
        (tmp_path / "in.fa").write_text(text.getvalue(), newline=end)
        lengths = bgzip(tmp_path / "in.fa", tmp_path / "g.gz")
        genome.index(tmp_path / "g.gz")
        with open(tmp_path / "in.fa") as stream:
            expected = {record.id: str(record.seq) for record in SeqIO.parse(stream, "fasta")}
        with gzip.open(tmp_path / "g.gz", "rt") as stream:
            assert {record.id: str(record.seq) for record in SeqIO.parse(stream, "fasta")} == expected
        with pysam.FastaFile(str(tmp_path / "g.gz")) as opened:
            assert {name: opened.fetch(name) for name in opened.references} == expected
        assert lengths == {name: len(letters) for name, letters in expected.items()}
        assert genome.chrom_sizes(tmp_path / "g.gz") == lengths

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "no record"),
            (b"\n\n", "no record"),
            (b"ACGT\n>a\nA\n", "not FASTA: begins with 'A"),
            (b"<html>\n", "not FASTA: begins with '<"),
            (b"\x00\x01", r"not FASTA: begins with '\\x00"),
            (b">a\nAC\nAC\n>b\nA\n>a\nC\n", "line 6: a second record 'a'"),
            (b">a\n>b\nA\n", "line 1: record 'a' has no sequence"),
            (b">a\nA\n>b\n\n\n", "line 3: record 'b' has no sequence"),
            (b">a\nA\n>b", "line 3: record 'b' has no sequence"),
            (b">a\nAC\n\nA-C\n", "line 4: '-' in a sequence"),
            (b">a\r\nAC\r\n\r\nA C\r\n", "line 4: ' ' in a sequence"),
            (b">a\nAC>b\n", "line 2: '>' in a sequence"),
            (b">a\nACX\n", "line 2: 'X' in a sequence; a genome has the letters ACGTRYSWKMBDHVNU, masked ones as N"),
            (b">a\nA\xc3\xa4\n", r"line 2: '\\xc3' in a sequence"),
            (b">\nA\n", "line 1: a header without a name"),
            (b">a\nA\n> b\nA\n", "line 3: a header without a name"),
            (b">\xff\nA\n", "line 1: the name .* is not UTF-8"),
        ],
    )
    def test_what_is_not_fasta_is_refused_with_its_line(self, convert, content, said):
        with pytest.raises(InputError, match=f"in.fa: {said}"):
            convert(content)

    def test_truncated_gzip_is_refused(self, convert):
        with pytest.raises(InputError, match=r"in\.fa: gzip stream is truncated"):
            convert(gzip.compress(FASTA, mtime=0)[:-4])

    @pytest.mark.parametrize("length", [1, 59, 60, 61, 180, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE + 61])
    def test_lines_of_sixty_lose_no_letter(self, convert, length):
        letters = (b"ACGTRYSWKMBDHVN" * (length // 15 + 1))[:length]
        head, *lines = gzip.decompress(convert(b">a\n" + letters).read_bytes()).split(b"\n")
        assert head == b">a" and b"".join(lines) == letters and lines[-1] == b""
        assert [len(line) for line in lines[:-1]] == [60] * (length // 60) + [length % 60] * (length % 60 > 0)

    def test_text_that_is_no_fasta_is_refused_before_it_is_read_whole(self, tmp_path):
        (tmp_path / "in.fa").write_bytes(gzip.compress(b"word\n" * 10**6)[:-9])  # its end would be refused as truncated
        with pytest.raises(InputError, match=r"in\.fa: not FASTA: begins with 'word'"):
            bgzip(tmp_path / "in.fa", tmp_path / "out.gz")


def test_lines_are_of_sixty_letters_across_lines(convert):
    target = convert(b">a\n" + b"ACGTA\n" * 24 + b">b x  \n" + b"C" * 61 + b"\n>c\nG\n")
    lines = gzip.decompress(target.read_bytes()).decode().split("\n")
    assert lines == [">a", "ACGTA" * 12, "ACGTA" * 12, ">b x", "C" * 60, "C", ">c", "G", ""]


@pytest.mark.parametrize("text", [b"a", b"a  b", b"a\tb"])
def test_a_record_is_named_by_its_first_word(text):
    assert record_name(Record(1, text, b"A\n"), {"b": 1}, "x.fa") == "a"


def test_a_letter_is_refused_with_its_line():
    with pytest.raises(InputError, match=r"x.fa: line 9: '\*' in a sequence; a genome has"):
        sequence_letters(Record(6, b"a", b"AC\n\nA*-\n*"), "x.fa")
    assert sequence_letters(Record(6, b"a", b"AN\n\nan"), "x.fa") == b"ANan"


def test_what_is_no_fasta_is_shown_with_ten_letters(convert):
    with pytest.raises(InputError, match="begins with 'ABCDEFGHIJ'; records"):
        convert(b"  ABCDEFGHIJKLMN\n")


def test_only_the_first_line_may_begin_with_a_byte_order_mark():
    mark = b"\xef\xbb\xbf"
    first, second = read_records(io.BytesIO(mark + b">a\r\nC\rG" + mark + b"\n>b\n" + mark + b">c\n"))
    assert first == Record(1, b"a", b"C\nG" + mark + b"\n") and second == Record(4, b"b", mark + b">c\n")


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_line_ends_are_known_at_every_place_of_a_file(end):
    for pad in range(8180, 8200):  # Python reads text by 8 KiB
        text = b">a" + b"x" * pad + end + b"AC" + end + b">b" + end + b"GT"
        assert list(read_records(io.BytesIO(text))) == [
            Record(1, b"a" + b"x" * pad, b"AC\n"), Record(3, b"b", b"GT"),
        ]  # fmt: skip
