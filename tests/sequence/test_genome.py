import gzip
import io
import os

import numpy as np
import pysam
import pytest
from Bio import SeqIO, bgzf

from convoscope.errors import InputError
from convoscope.sequence import genome
from convoscope.sequence.recompress import Token, bgzip, fold, read_blocks, tokenize

FASTA = b">one first record\nACGTN\nnnac\n>2|x\nRYSWKM\n"


@pytest.fixture
def convert(tmp_path):
    """Recompress bytes, index them, and give the path back."""

    def call(content, name="in.fa"):
        (tmp_path / name).write_bytes(content)
        target = tmp_path / "out.fa.gz"
        bgzip(tmp_path / name, target)
        genome.index(target)
        return target

    return call


@pytest.fixture(scope="module")
def random_genome(tmp_path_factory):
    """A genome of three contigs with gaps, as its path and its letters by contig."""
    draw = np.random.default_rng(7)
    folder = tmp_path_factory.mktemp("genome")
    contigs = {
        name: "".join(draw.choice(list("ACGTacgtNn"), size)) for name, size in [("a", 5003), ("b", 1), ("c", 997)]
    }
    contigs["a"] = contigs["a"][:1000] + "N" * 500 + contigs["a"][1000:]
    (folder / "in.fa").write_text("".join(f">{name}\n{letters}\n" for name, letters in contigs.items()))
    bgzip(folder / "in.fa", folder / "g.fa.gz")
    genome.index(folder / "g.fa.gz")
    return folder / "g.fa.gz", contigs


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


class TestGaps:
    def test_by_hand(self, convert):
        found = genome.gaps(convert(b">one\nNACnN\nNT\n>two\nNNN\n>three\nACG\n"))
        assert found.to_numpy().tolist() == [["one", 0, 1], ["one", 3, 6], ["two", 0, 3]]

    @pytest.mark.parametrize("span", [1, 7, 250, 1 << 22])
    def test_against_a_scan_of_every_base(self, random_genome, span):
        path, contigs = random_genome
        expected = []
        for name, letters in contigs.items():
            padded = "." + letters.upper() + "."
            starts = [i for i in range(len(letters)) if padded[i + 1] == "N" and padded[i] != "N"]
            ends = [i + 1 for i in range(len(letters)) if padded[i + 1] == "N" and padded[i + 2] != "N"]
            expected += [[name, start, end] for start, end in zip(starts, ends, strict=True)]
        assert genome.gaps(path, span).to_numpy().tolist() == expected

    def test_none(self, convert):
        found = genome.gaps(convert(b">a\nACGT\n"))
        assert found.shape == (0, 3)
        assert list(found.dtypes.astype(str))[1:] == ["int64", "int64"]

    def test_without_index_is_refused(self, convert):
        path = convert(FASTA)
        path.with_name("out.fa.gz.fai").unlink()
        with pytest.raises(InputError, match=r"out\.fa\.gz\.fai: no such file"):
            genome.gaps(path)


class TestReadWindows:
    def test_by_hand(self, convert):
        path = convert(FASTA)
        found = genome.read_windows(path, ["2|x", "one", "2|x", "one"], [1, 0, 0, 4], [3, 9, 0, 5])
        assert found == ["YS", "ACGTNnnac", "", "N"]

    @pytest.mark.parametrize(("reach", "span"), [(0, 64), (10, 1000), (1 << 16, 1 << 22)])
    def test_against_slices(self, random_genome, monkeypatch, reach, span):
        monkeypatch.setattr(genome, "REACH", reach)
        monkeypatch.setattr(genome, "SPAN", span)
        path, contigs = random_genome
        draw = np.random.default_rng(11)
        chroms = draw.choice(list(contigs), 2000)
        bounds = np.sort([[draw.integers(0, len(contigs[chrom]) + 1) for _ in "se"] for chrom in chroms], axis=1)
        found = genome.read_windows(path, chroms, bounds[:, 0], bounds[:, 1])
        assert found == [contigs[chrom][start:end] for chrom, (start, end) in zip(chroms, bounds, strict=True)]

    def test_near_windows_are_read_together(self, random_genome):
        cuts = genome.clusters(np.array([0, 10, 20, 10**6, 10**6 + 5]), np.array([15, 12, 30, 10**6 + 9, 10**6 + 7]))
        assert cuts.tolist() == [0, 3, 5]

    def test_no_window(self, random_genome):
        assert genome.read_windows(random_genome[0], [], [], []) == []

    @pytest.mark.parametrize(
        ("window", "said"),
        [
            (("a", -1, 5), r"window a:-1-5: not in the reference; 0 <= start <= end <= 5503"),
            (("b", 0, 2), r"window b:0-2: .* <= 1$"),
            (("a", 7, 6), r"window a:7-6: "),
            (("chra", 0, 1), r"window chra:0-1: not in the reference; contigs: a, b, c"),
        ],
    )
    def test_outside_is_refused(self, random_genome, window, said):
        chroms, starts, ends = zip(("a", 0, 1), window, strict=True)
        with pytest.raises(InputError, match=said):
            genome.read_windows(random_genome[0], chroms, starts, ends)


class TestIndex:
    def test_offsets_are_those_of_samtools_on_the_plain_file(self, convert, tmp_path):
        target = convert(FASTA)
        (tmp_path / "plain.fa").write_bytes(gzip.decompress(target.read_bytes()))
        pysam.faidx(str(tmp_path / "plain.fa"))
        assert (tmp_path / "out.fa.gz.fai").read_text() == (tmp_path / "plain.fa.fai").read_text()
        assert (tmp_path / "out.fa.gz.gzi").exists()

    def test_what_cannot_be_indexed_is_refused_in_one_line(self, tmp_path):
        (tmp_path / "a.fa.gz").write_bytes(gzip.compress(FASTA, mtime=0))
        with pytest.raises(InputError, match=r"a\.fa\.gz: cannot be indexed \([^\n]+\); ") as caught:
            genome.index(tmp_path / "a.fa.gz")
        assert "\n" not in str(caught.value)


class TestIndexed:
    def test_an_indexed_file_is_taken_as_it_is(self, convert, tmp_path):
        target = convert(FASTA)
        (tmp_path / "plain.fa").write_bytes(gzip.decompress(target.read_bytes()))
        pysam.faidx(str(tmp_path / "plain.fa"))
        for path in (target, tmp_path / "plain.fa"):
            with genome.indexed(path) as found:
                assert found == path

    @pytest.mark.parametrize("missing", [".fai", ".gzi"])
    @pytest.mark.parametrize("form", ["plain", "gzip", "bgzf"])
    def test_else_a_copy_that_goes_again(self, convert, tmp_path, form, missing):
        path = convert(FASTA)
        path.with_name(path.name + missing).unlink()
        if form != "bgzf":
            path = tmp_path / f"in.{form}"
            path.write_bytes(gzip.compress(FASTA) if form == "gzip" else FASTA)
        before = sorted(tmp_path.iterdir())
        with genome.indexed(path) as found:
            assert genome.read_windows(found, ["2|x", "one"], [1, 0], [3, 9]) == ["YS", "ACGTNnnac"]
            assert found.parent != tmp_path
        assert not found.parent.exists()
        assert sorted(tmp_path.iterdir()) == before

    def test_refusals_name_the_given_file(self, tmp_path):
        (tmp_path / "x.fa").write_bytes(b">a\nA-C\n")
        with pytest.raises(InputError, match=r"x\.fa: line 2: '-' in a sequence"), genome.indexed(tmp_path / "x.fa"):
            pass
        with pytest.raises(InputError, match=r"none\.fa: no such file"), genome.indexed(tmp_path / "none.fa"):
            pass
        with pytest.raises(InputError, match="is a folder"), genome.indexed(tmp_path):
            pass


class TestIndices:
    @pytest.fixture
    def fasta(self, tmp_path):
        path = tmp_path / "g.fa"
        path.write_text(">a\n" + "ACGT" * 30 + "\n>b\n" + "GGGG" * 30 + "\n")
        pysam.faidx(str(path))
        return path

    def test_one_that_is_older_than_the_file_is_not_used(self, fasta):
        with genome.indexed(fasta) as found:
            assert found == fasta
        fasta.write_text(">a\n" + "ACGT\n" * 30 + ">b\n" + "GGGG\n" * 30)  # the same letters on other lines
        later = fasta.with_name("g.fa.fai").stat().st_mtime + 10
        os.utime(fasta, (later, later))
        with genome.indexed(fasta) as found:
            assert found != fasta
            assert genome.read_windows(found, ["a"], [101], [105]) == ["CGTA"]

    def test_one_of_a_longer_file_is_refused(self, fasta):
        content = fasta.read_text()
        fasta.write_text(content[:200])  # which leaves 73 letters of the second contig
        os.utime(fasta, (1, 1))
        with pytest.raises(InputError, match=r"g.fa: b ends before its index says"), genome.indexed(fasta):
            pass

    def test_an_empty_one_is_refused(self, fasta):
        fasta.with_name("g.fa.fai").write_text("")
        with pytest.raises(InputError, match=r"g.fa.fai: names no contig; remove it"), genome.indexed(fasta):
            pass


def test_a_fasta_that_does_not_fit_its_index(tmp_path):
    path = tmp_path / "g.fa"
    path.write_text(">a\nACGTACGT\n>b\nTTTTGGGG\n")
    genome.index(path)
    with genome.open_fasta(path) as stream:
        assert stream.fetch("b") == "TTTTGGGG" and stream.fetch("b", 2, 5) == "TTG" and stream.fetch("b", 6) == "GG"
    path.write_text(">a\nACGTACGT\n>b\nTTTT")
    with genome.open_fasta(path) as stream:
        assert stream.fetch("b", 0, 4) == "TTTT"
        with pytest.raises(InputError, match=r"g\.fa: b: .*; it is damaged or not that of its index"):
            stream.fetch("b", 0, 5)
