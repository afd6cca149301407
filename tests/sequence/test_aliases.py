import pytest

from convoscope.errors import InputError
from convoscope.sequence.aliases import join, read_aliases

REPORT = (
    "# Assembly name:  R64\n"
    "# Sequence-Name\tSequence-Role\tAssigned-Molecule\tGenBank-Accn\tRelationship\tRefSeq-Accn\tUCSC-style-name\n"
    "I\tassembled-molecule\tI\tBK006935.2\t=\tNC_001133.9\tchrI\n"
    "MT\tassembled-molecule\tMT\tna\t<>\tNC_001224.1\tna\n"
)
# Content, names of every contig; `refseq` is a source where it comes twice, a name where it comes once.
FORMS = {
    "names under a header": (
        "# ucsc\tensembl\trefseq\nchr1\t1\tNC_1\nchr2\t2\t\n", [["chr1", "1", "NC_1"], ["chr2", "2"]],
    ),
    "names": ("chr1\t1\tNC_1\nchr2\t2\tNC_2\n", [["chr1", "1", "NC_1"], ["chr2", "2", "NC_2"]]),
    "two names": ("chr1\t1\nchr2\t1\n", [["chr1", "1", "chr2"]]),
    "four names": ("chr1\t1\tA\tB\nchr2\t2\tA2\tB\n", [["chr1", "1", "A", "B", "chr2", "2", "A2"]]),
    "alias, contig, source": ("1\tchr1\tensembl\n2\tchr2\tensembl\n", [["1", "chr1"], ["2", "chr2"]]),
    "one alias under a header": ("#alias\tchrom\tsource\n1\tchr1\tensembl\n", [["1", "chr1"]]),
    "one alias of two sources": ("1\tchr1\ta\n2\tchr2\tb\n", [["1", "chr1", "a"], ["2", "chr2", "b"]]),
    "assembly report": (REPORT, [["I", "BK006935.2", "NC_001133.9", "chrI"], ["MT", "NC_001224.1"]]),
    "no third name twice": ("a\tb\tna\nc\td\tna\ne\tf\tg\n", [["a", "b"], ["c", "d"], ["e", "f", "g"]]),
    "comment between header and aliases": ("#alias\tchrom\tsource\n# today\n1\tchr1\tensembl\n", [["1", "chr1"]]),
    "rows of several lengths": ("chr1\t1\tNC_1\nchr2\t2\n", [["chr1", "1", "NC_1"], ["chr2", "2"]]),
    "comment after the header": ("# ucsc\tensembl\n# made today\nchr1\t1\n\n", [["chr1", "1"]]),
}  # fmt: skip


@pytest.mark.parametrize(("content", "names"), FORMS.values(), ids=FORMS)
def test_names_by_hand(tmp_path, content, names):
    path = tmp_path / "alias.txt"
    path.write_text(content)
    assert read_aliases(path) == names


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "alias.txt: no row; a table of contig synonyms"),
        ("#alias\tchrom\n", "no row"),
        ("a\tb\nchr1 1\n", "alias.txt:2: 'chr1 1'; names of one contig"),
        ("c" * 70, "alias.txt:1: 'c{60}'; names"),
    ],
)
def test_what_is_no_table_of_names_is_refused(tmp_path, content, said):
    (tmp_path / "alias.txt").write_text(content)
    with pytest.raises(InputError, match=said):
        read_aliases(tmp_path / "alias.txt")


def test_groups_are_joined_through_any_name():
    assert join([["a", "b"], ["c", "d"], ["b", "c"], ["e"]]) == [["a", "b", "c", "d"], ["e"]]
    assert join([]) == []
