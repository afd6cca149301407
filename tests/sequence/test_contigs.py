import pandas as pd
import pytest

from convoscope.errors import InputError
from convoscope.sequence.contigs import Contigs, contigs_of, match_contigs, parse_renames, rename_rows, require_contigs

UCSC = {"chr1": 100, "chr2": 80, "chrX": 60, "chrM": 16}
ENSEMBL = {"1": 100, "2": 80, "X": 60, "MT": 16}


@pytest.fixture
def said(caplog):
    caplog.set_level("INFO")
    return caplog


def matched(names, sizes, lengths=None, **others):
    return match_contigs(names, Contigs(sizes, **others), "x.bed", lengths or {})


@pytest.mark.parametrize(
    ("sizes", "given"),
    [
        (UCSC, {"chr1": "chr1", "chrM": "chrM"}),
        (UCSC, {"1": "chr1", "2": "chr2", "X": "chrX", "MT": "chrM"}),
        (UCSC, {"CHR1": "chr1", "Chr2": "chr2", "x": "chrX", "Mito": "chrM"}),
        (ENSEMBL, {"chr1": "1", "chrx": "X", "chrM": "MT"}),
        *((UCSC, {name: "chrM"}) for name in ("M", "MT", "chrMT", "mt", "Mito", "chrMito", "mitochondrion")),
        ({"chrM": 1, "chrMT": 1}, {"MT": "chrMT", "M": "chrM"}),
        ({"Mt": 1, "Pt": 1}, {"ChrM": "Mt", "ChrC": "Pt"}),
        ({"1": 1, "chr1": 1}, {"1": "1", "chr1": "chr1"}),
        ({"one": 1}, {"one": "one", "two": None, "chr": None, "": None}),
        ({"chrI": 1, "chr1_random": 1}, {"I": "chrI", "1": None, "IV": None, "chr1_RANDOM": "chr1_random"}),
        ({"NC_000001.11": 1, "b": 1}, {"NC_000001.10": None, "b": "b"}),
    ],
)
def test_names_by_hand(sizes, given):
    assert matched(given, sizes) == {name: contig for name, contig in given.items() if contig}


def test_the_user_goes_before_equal_names_and_those_before_a_table():
    contigs = Contigs(UCSC, rename={"chr1": "chr2"}, aliases={"chr2": "chr1", "one": "chr1"})
    assert match_contigs(["chr1", "one"], contigs, "x") == {"chr1": "chr2", "one": "chr1"}
    assert match_contigs(["chr2"], contigs, "x") == {"chr2": "chr2"}


@pytest.mark.parametrize(
    ("names", "sizes", "said"),
    [
        (["a", "b"], {"c": 1, "d": 2}, r"x\.bed: none of its contigs is in the reference; it has a, b, the .* c, d;"),
        (["1", "chr1"], UCSC, r"x\.bed: contigs '1' and 'chr1' are both chr1"),
        (["chr1", "CHR1"], UCSC, "are both chr1"),
        (["MT", "M"], UCSC, "'MT' and 'M' are both chrM"),
        (["chr1"], {"Chr1": 1, "CHR1": 1}, "'chr1' may be Chr1, CHR1"),
        (["mito"], {"M": 1, "MT": 1}, "'mito' may be M, MT"),
    ],
)
def test_what_fits_nothing_or_twice_is_refused(names, sizes, said):
    with pytest.raises(InputError, match=said):
        matched(names, sizes)


def test_two_names_are_one_contig_where_the_user_says_so():
    assert matched(["1", "chr1"], UCSC, rename={"1": "chr1"}) == {"1": "chr1", "chr1": "chr1"}
    with pytest.raises(InputError, match="both chr1"):  # a header names tracks of values, which cannot be joined
        matched(["1", "chr1"], UCSC, {"1": 100, "chr1": 100}, rename={"1": "chr1"})


class TestLengths:
    def test_equal_ones_are_taken_and_those_not_told_do_not_matter(self):
        assert matched(["1", "2"], UCSC, {"1": 100}) == {"1": "chr1", "2": "chr2"}

    @pytest.mark.parametrize("name", ["chr1", "1", "CHR1", "one", "first"])
    @pytest.mark.parametrize("length", [99, 101])
    def test_another_length_is_another_assembly(self, name, length):
        said = rf"x\.bed: contig '{name}' has {length} bp, chr1 of the reference 100 \(1 of 2 contigs differ\)"
        with pytest.raises(InputError, match=said):
            matched([name, "2"], UCSC, {name: length, "2": 80}, rename={"one": "chr1"}, aliases={"first": "chr1"})

    def test_only_used_contigs_matter(self):
        contigs, lengths = Contigs(UCSC), {"1": 100, "2": 81}
        assert match_contigs(lengths, contigs, "x", lengths, used=["chr1"]) == {"1": "chr1", "2": "chr2"}
        with pytest.raises(InputError, match="'2' has 81 bp, chr2 of the reference 80"):
            match_contigs(lengths, contigs, "x", lengths, used=["chr1", "chr2"])

    def test_mitochondria_of_other_lengths_are_no_synonyms(self):
        assert matched(["1", "MT"], UCSC, {"1": 100, "MT": 17}) == {"1": "chr1"}
        assert matched(["1", "MT"], UCSC, {"1": 100, "MT": 16}) == {"1": "chr1", "MT": "chrM"}
        for name in ("chrM", "M"):
            with pytest.raises(InputError, match=f"'{name}' has 17 bp"):
                matched(["1", name], UCSC, {"1": 100, name: 17})


class TestRows:
    def table(self, *rows):
        return pd.DataFrame(rows, columns=["chrom", "start", "end"])

    def test_are_renamed_and_counted(self, said):
        given = self.table(("1", 0, 100), ("un", 0, 5), ("1", 5, 101), ("MT", 0, 9), ("un", 7, 9), ("2", 79, 80))
        found = rename_rows(given, Contigs(UCSC), "x.bed")
        assert found["chrom"].tolist() == ["chr1", "un", "chr1", "chrM", "un", "chr2"]
        assert given["chrom"].tolist()[0] == "1"
        assert said.messages == [
            "x.bed: contigs under another name in the reference: 1 = chr1, MT = chrM, 2 = chr2",
            "x.bed: 2 of 6 rows are on contigs that the reference does not have: un",
            "x.bed: 1 of 6 rows end beyond their contig, such as at chr1:101; chr1 has 100 bp",
        ]

    def test_nothing_is_said_of_equal_names(self, said):
        assert rename_rows(self.table(("chr1", 0, 100)), Contigs(UCSC), "x")["chrom"].tolist() == ["chr1"]
        assert rename_rows(self.table(), Contigs(UCSC), "x").empty
        assert not said.messages


def test_named_contigs_must_all_be_there():
    assert require_contigs(["chr2", "1"], Contigs(UCSC), "--contigs") == ["chr2", "chr1"]
    assert require_contigs([], Contigs(UCSC), "--contigs") == []
    with pytest.raises(InputError, match=r"--contigs: 'chr9' is not in the reference; it has chr1, chr2, chrX, chrM"):
        require_contigs(["chr1", "chr9"], Contigs(UCSC), "--contigs")


def test_long_lists_are_cut():
    with pytest.raises(InputError, match="it has c0, c1, c2, c3, c4, c5, c6, c7, …"):
        require_contigs(["x"], Contigs({f"c{number}": 1 for number in range(9)}), "k")
    with pytest.raises(InputError, match=r"it has c0, c1, c2, c3, c4, c5, c6, c7$"):
        require_contigs(["x"], Contigs({f"c{number}": 1 for number in range(8)}), "k")


def test_renames():
    assert parse_renames(["1=chr1", "a=b=c"]) == {"1": "chr1", "a": "b=c"}
    assert parse_renames(None) == {}
    for wrong in ("1", "=chr1", "1="):
        with pytest.raises(InputError, match=f"--rename: '{wrong}'; the name in the file"):
            parse_renames([wrong])
    with pytest.raises(InputError, match=r"windows\.rename: 1: 'chr9' is not in the reference; it has chr1"):
        contigs_of(UCSC, {"1": "chr9"})


GROUPS = """# ucsc\tassembly\tgenbank\trefseq
chr1\t1\tCM1.1\tNC_1.1
chr2\t2\tCM2.1\t
chrM\tMT\t\tNC_9.1
chrUn\tU\tG\tN
"""
OLDER = """1\tchr1\tassembly,ensembl
CM1.1\tchr1\tgenbank
NC_1.1\tchr1\trefseq
CM2.1\tchr2\tgenbank
NC_9.1\tchrM\trefseq
"""
NAMES = "Sequence-Name Sequence-Role GenBank-Accn Relationship RefSeq-Accn Sequence-Length UCSC-style-name"
TABBED = "\t".join(NAMES.split())
REPORT = f"""# Assembly name:  toy
# {TABBED}
1\tassembled-molecule\tCM1.1\t=\tNC_1.1\t100\tchr1
2\tassembled-molecule\tCM2.1\t=\tna\t80\tchr2
MT\tassembled-molecule\tna\t=\tNC_9.1\t16\tchrM
"""
FORMS = [GROUPS, OLDER, REPORT, GROUPS.split("\n", 1)[1], "#alias\tchrom\tsource\n" + OLDER]


class TestAliases:
    @pytest.mark.parametrize("sizes", [UCSC, ENSEMBL, {"CM1.1": 1, "CM2.1": 2, "NC_9.1": 3}])
    @pytest.mark.parametrize(
        "text", [GROUPS, OLDER, REPORT, GROUPS.split("\n", 1)[1], "#alias\tchrom\tsource\n" + OLDER]
    )
    def test_every_form_gives_the_same_names(self, tmp_path, text, sizes):
        path = tmp_path / "alias.txt"
        path.write_text(text)
        one, two, mito = (contig for contig in sizes if contig not in ("chrX", "X"))
        contigs = contigs_of(sizes, aliases=path)
        wanted = {"NC_1.1": one, "CM1.1": one, "CM2.1": two, "NC_9.1": mito, "chr1": one, "chrM": mito}
        for name, contig in wanted.items():
            assert match_contigs([name], contigs, "x") == {name: contig}
        with pytest.raises(InputError, match="none of its contigs"):
            match_contigs(["na", "genbank", "refseq", "assembled-molecule", "=", "", "N"], contigs, "x")

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "no row; a table of contig synonyms"),
            ("#ucsc\tncbi\n", "no row"),
            ("chr1\tA\nchr2\n", r":2: 'chr2'; names of one contig, separated by tabs"),
            ("chr1\tA\nchr2\tA\n", "chr1, A, chr2 are one contig, but chr1, chr2 are several"),
            ("chr1\tchr2\n", "chr1, chr2 are one contig, but chr1, chr2 are several"),
            (
                "chr7\tA\nchr8\tB\n",
                "no row names a contig of the reference; it has chr7, A, chr8, B, the",
            ),
        ],
    )
    def test_tables_that_tell_nothing_are_refused(self, tmp_path, text, said):
        (tmp_path / "a").write_text(text)
        with pytest.raises(InputError, match=said):
            contigs_of(UCSC, aliases=tmp_path / "a")
