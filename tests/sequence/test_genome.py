import gzip
import os

import numpy as np
import pysam
import pytest

from convoscope.errors import InputError
from convoscope.sequence import genome, stretches
from convoscope.sequence.recompress import bgzip

FASTA = b">one first record\nACGTN\nnnac\n>2|x\nRYSWKM\n"


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
        found = genome.read_letters(path, ["2|x", "one", "2|x", "one"], [1, 0, 0, 4], [3, 9, 0, 5])
        assert found == ["YS", "ACGTNnnac", "", "N"]

    @pytest.mark.parametrize(("reach", "span"), [(0, 64), (10, 1000), (1 << 16, 1 << 22)])
    def test_against_slices(self, random_genome, monkeypatch, reach, span):
        monkeypatch.setattr(stretches, "REACH", reach)
        monkeypatch.setattr(stretches, "SPAN", span)
        path, contigs = random_genome
        draw = np.random.default_rng(11)
        chroms = draw.choice(list(contigs), 2000)
        bounds = np.sort([[draw.integers(0, len(contigs[chrom]) + 1) for _ in "se"] for chrom in chroms], axis=1)
        found = genome.read_letters(path, chroms, bounds[:, 0], bounds[:, 1])
        assert found == [contigs[chrom][start:end] for chrom, (start, end) in zip(chroms, bounds, strict=True)]

    def test_near_windows_are_read_together(self):
        contigs, starts = np.array([0, 1, 0, 0, 0, 0, 1, 0]), np.array([70_000, 0, 5, 10**6, 60_000, 7, 10, 10**6 - 1])
        rows = stretches.together(np.array([10**6 + 9, 20]), contigs, starts, 9)
        assert [one.tolist() for one in rows] == [[0, 2, 4, 5], [3, 7], [1, 6]]

    def test_long_stretches_are_cut(self):
        starts = np.arange(0, 10**7, 10**4)[::-1]
        rows = list(stretches.together(np.array([10**7]), np.zeros(1000, dtype=int), starts, 9))
        assert sorted(np.concatenate(rows)) == list(range(1000)) and len(rows) == 3
        assert all(np.ptp(starts[one]) < stretches.SPAN and (np.diff(one) > 0).all() for one in rows)

    def test_windows_longer_than_the_reach_are_read_together_where_they_overlap(self):
        starts = np.arange(0, 3 * 10**6, 10**5)
        [rows] = stretches.together(np.array([10**7]), np.zeros(30, dtype=int), starts, 10**6)
        assert rows.tolist() == list(range(30))

    def test_no_window(self, random_genome):
        assert genome.read_letters(random_genome[0], [], [], []) == []

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
            genome.read_letters(random_genome[0], chroms, starts, ends)


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
            assert genome.read_letters(found, ["2|x", "one"], [1, 0], [3, 9]) == ["YS", "ACGTNnnac"]
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
            assert genome.read_letters(found, ["a"], [101], [105]) == ["CGTA"]

    def test_one_of_the_same_moment_is_used(self, fasta):
        for path in (fasta, fasta.with_name("g.fa.fai")):
            os.utime(path, (5, 5))
        with genome.indexed(fasta) as found:
            assert found == fasta

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
        with pytest.raises(InputError, match=r"g\.fa: c: .*; it is damaged or not that of its index"):
            stream.fetch("c", 0, 5)
