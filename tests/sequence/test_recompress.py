import gzip
import io

import numpy as np
import pysam
import pytest
from Bio import SeqIO, bgzf

from convoscope.errors import InputError
from convoscope.sequence import genome
from convoscope.sequence.recompress import Token, bgzip, fold, read_blocks, record_name, sequence_letters, tokenize

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

    def test_agrees_with_biopython_on_ragged_lines_over_many_blocks(self, tmp_path, monkeypatch):
        draw = np.random.default_rng(3)
        text = io.StringIO()
        for record in range(40):
            text.write(f">r{record} a>b\n")
            for length in draw.integers(0, 200, draw.integers(1, 60)):
                text.write("".join(draw.choice(list("ACGTn"), length)) + "\n")
            text.write("A\n")
        (tmp_path / "in.fa").write_text(text.getvalue())
        monkeypatch.setattr(read_blocks, "__defaults__", (101,))
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
            (b">a\nA\xc3\xa4\n", r"line 2: '\\xc3' in a sequence"),
            (b">\nA\n", "line 1: a header without a name"),
            (b">a\nA\n> b\nA\n", "line 3: a header without a name"),
            (b">\xff\nA\n", "line 1: the name .* is not UTF-8"),
        ],
    )
    @pytest.mark.parametrize("block", [1, 7, 1 << 20])
    def test_what_is_not_fasta_is_refused_with_its_line(self, convert, content, said, block, monkeypatch):
        monkeypatch.setattr(read_blocks, "__defaults__", (block,))
        with pytest.raises(InputError, match=f"in.fa: {said}"):
            convert(content)

    def test_truncated_gzip_is_refused(self, convert):
        with pytest.raises(InputError, match=r"in\.fa: gzip stream is truncated"):
            convert(gzip.compress(FASTA, mtime=0)[:-4])

    def test_tokens_do_not_depend_on_blocks(self):
        def whole(size):
            parts = tokenize(read_blocks(io.BytesIO(FASTA), size))
            return [(token.is_header, token.text) for token in parts if token.is_header]

        assert list(tokenize(iter([FASTA]))) == [
            Token(1, True, b"one first record"), Token(2, False, b"ACGTN\nnnac\n"),
            Token(4, True, b"2|x"), Token(5, False, b"RYSWKM\n"),
        ]  # fmt: skip
        assert all(whole(size) == whole(1 << 20) for size in range(1, 30))

    @pytest.mark.parametrize("length", [0, 59, 60, 61, 180])
    def test_fold_loses_no_letter(self, length):
        letters = (65 + np.arange(length) % 26).astype(np.uint8).tobytes()
        lines, rest = fold(letters)
        assert lines.replace(b"\n", b"") + rest == letters
        assert [len(line) for line in lines.split()] == [60] * (length // 60)


def test_lines_are_of_sixty_letters_across_blocks(convert, monkeypatch):
    monkeypatch.setattr(read_blocks, "__defaults__", (50,))
    target = convert(b">a\n" + b"ACGTA" * 24 + b"\n>b x  \n" + b"C" * 61 + b"\n>c\nG\n")
    lines = gzip.decompress(target.read_bytes()).decode().split("\n")
    assert lines == [">a", "ACGTA" * 12, "ACGTA" * 12, ">b x", "C" * 60, "C", ">c", "G", ""]


@pytest.mark.parametrize("text", [b"a", b"a  b", b"a\tb"])
def test_a_record_is_named_by_its_first_word(text):
    assert record_name(Token(1, True, text), {"b": 1}, "x.fa") == "a"


def test_a_letter_is_refused_with_its_line():
    with pytest.raises(InputError, match=r"x.fa: line 9: '\*' in a sequence; only letters"):
        sequence_letters(Token(7, False, b"AC\n\nA*-\n*"), "x.fa")
    assert sequence_letters(Token(7, False, b"AZ\n\naz"), "x.fa") == b"AZaz"


def test_what_is_no_fasta_is_shown_with_ten_letters(convert):
    with pytest.raises(InputError, match="begins with 'ABCDEFGHIJ'; records"):
        convert(b"  ABCDEFGHIJKLMN\n")


def test_only_the_first_block_may_begin_with_a_byte_order_mark():
    mark = b"\xef\xbb\xbf"
    assert b"".join(read_blocks(io.BytesIO(mark + b"A\r\nC\rG" + mark), 4)) == b"A\nC\nG" + mark
    assert list(read_blocks(io.BytesIO(b"abc\r\nd\r"), 4)) == [b"abc\n", b"d\n"]
