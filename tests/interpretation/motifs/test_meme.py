import numpy as np
import pytest
from Bio import motifs as bio_motifs
from memelite.io import read_meme

from convoscope.errors import InputError
from convoscope.interpretation.motifs.meme import Motif, format_meme, meme_letters, meme_strands, parse_meme

RAP1 = Motif("holdout.1.f000", "", np.array([[0.7, 0.1, 0.1, 0.1], [0.0, 1.0, 0.0, 0.0]]), 37)
CBF1 = Motif("holdout.1.f007", "CBF1", np.array([[0.25, 0.25, 0.25, 0.25]]), 12, 3.2e-5)


def test_text_by_hand():
    assert format_meme([CBF1], "ACGT").splitlines() == [
        "MEME version 4",
        "",
        "ALPHABET= ACGT",
        "",
        "strands: + -",
        "",
        "Background letter frequencies",
        "A 0.250000 C 0.250000 G 0.250000 T 0.250000",
        "",
        "MOTIF holdout.1.f007 CBF1",
        "letter-probability matrix: alength= 4 w= 1 nsites= 12 E= 3.2e-05",
        "0.250000 0.250000 0.250000 0.250000",
        "",
    ]


def random_motifs(number):
    generator = np.random.default_rng(5)
    lengths = generator.integers(1, 25, size=number)
    return [Motif(f"m{i}", "", generator.dirichlet([0.5] * 4, size=n), int(n) + 10) for i, n in enumerate(lengths)]


@pytest.mark.parametrize("given", [[], [RAP1], [CBF1, RAP1], random_motifs(20)])
def test_round_trip(given):
    back = parse_meme(format_meme(given, "ACGT"))
    assert [motif._replace(matrix=None) for motif in back] == [motif._replace(matrix=None) for motif in given]
    for motif, original in zip(back, given, strict=True):
        np.testing.assert_allclose(motif.matrix, original.matrix, atol=2e-6)


def test_biopython_and_memelite_read_all_motifs(tmp_path):
    given = random_motifs(5)
    path = tmp_path / "motifs.meme"
    path.write_text(format_meme(given, "ACGT"))
    with open(path) as stream:
        records = bio_motifs.parse(stream, "minimal")
    assert [(record.name, record.num_occurrences, record.length) for record in records] == [
        (motif.name, motif.sites, len(motif.matrix)) for motif in given
    ]
    read = read_meme(str(path))
    for motif in given:
        np.testing.assert_allclose(read[motif.name].T, motif.matrix, atol=1e-6)


def test_probabilities_are_exact_where_nsites_is_small_or_absent():
    text = format_meme([RAP1._replace(sites=3)], "ACGT")
    for variant in (text, text.replace("nsites= 3 ", "")):
        np.testing.assert_allclose(parse_meme(variant)[0].matrix, RAP1.matrix, atol=1e-6)


def test_letters():
    assert meme_letters(format_meme([], "ACGU")) == "ACGU"
    assert meme_letters("nothing") == ""


ROW = "0.250000 0.250000 0.250000 0.250000"
PLAIN = format_meme([CBF1, RAP1], "ACGT")
BACKGROUND = PLAIN[PLAIN.index("Background") : PLAIN.index("MOTIF")]
DEFINED = """ALPHABET "DNA" DNA-LIKE
A "Adenine, = A" CC0000 ~ T "Thymine" 008000
C "Cytosine" 0000CC ~ G "Guanine" FFB300
N "Any base" = ACGT
END ALPHABET"""
LOGODDS = "log-odds matrix: alength= 4 w= 1 E= 0\n 1 -2 3 -4\n\n"
FLAVOURS = {
    "plain": PLAIN,
    "version 5.5": PLAIN.replace("MEME version 4", "# x\nMEME version 5.5.7 (Release date: today)"),
    "no background": PLAIN.replace(BACKGROUND, ""),
    "no alphabet": PLAIN.replace("ALPHABET= ACGT", ""),
    "no strands": PLAIN.replace("strands: + -", ""),
    "lower case": PLAIN.replace("ALPHABET= ACGT", "ALPHABET= acgt"),
    "defined alphabet": PLAIN.replace("ALPHABET= ACGT", DEFINED),
    "E= NA": PLAIN.replace("E= 3.2e-05", "E= NA"),
    "tight head": PLAIN.replace("= ", "="),
    "no width": PLAIN.replace("w= 1 ", "").replace("w= 2 ", ""),
    "no length of the alphabet": PLAIN.replace("alength= 4 ", ""),
    "blank lines": PLAIN.replace("letter-prob", "\nletter-prob").replace(ROW, "\n" + ROW),
    "indented, tabs": PLAIN.replace("0.250000 0.25", "  0.250000\t0.25"),
    "log-odds before": PLAIN.replace("letter-prob", LOGODDS + "letter-prob"),
    "URL": PLAIN + "URL http://x.org/MOTIF\n\n",
    "windows": PLAIN.replace("\n", "\r\n"),
    "no line end": PLAIN.rstrip(),
}


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_flavours(flavour):
    found, plain = parse_meme(FLAVOURS[flavour]), parse_meme(PLAIN)
    assert [(one.name, one.alternative, one.sites) for one in found] == [
        ("holdout.1.f007", "CBF1", 12),
        ("holdout.1.f000", "", 37),
    ]
    for one, other in zip(found, plain, strict=True):
        np.testing.assert_array_equal(one.matrix, other.matrix)
    assert found[0].evalue == (0.0 if flavour == "E= NA" else 3.2e-5)


@pytest.mark.parametrize(("written", "sites"), [("97.5", 98), ("1e+05", 100_000), ("0", 0), ("12.4", 12)])
def test_sites_as_tools_write_them(written, sites):
    assert parse_meme(PLAIN.replace("nsites= 12", f"nsites= {written}"))[0].sites == sites
    assert parse_meme(PLAIN.replace("nsites= 12 ", ""))[0].sites == 20


def test_columns_are_in_the_order_of_the_alphabet():
    text = PLAIN.replace("ALPHABET= ACGT", "ALPHABET= TGCA")
    np.testing.assert_array_equal(parse_meme(text)[1].matrix, parse_meme(PLAIN)[1].matrix[:, ::-1])
    rna = format_meme([RAP1], "ACGU")
    np.testing.assert_array_equal(parse_meme(rna)[0].matrix, parse_meme(PLAIN)[1].matrix)
    assert meme_letters(PLAIN.replace("ALPHABET= ACGT", DEFINED)) == "ACGT"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("MEME version 4", "", r"db: not a MEME file"),
        ("ALPHABET= ACGT", "ALPHABET= ACDEFGHIKLMNPQRSTVWY", r"db: .*not a MEME file of DNA or RNA"),
        ("ALPHABET= ACGT", DEFINED.replace("N ", "m 'x' 000000\nN "), r"db: motifs over ACGTm; "),
        ("w= 1", "w= 2", r"db: motif holdout\.1\.f007: 1 rows of four numbers; its head says 2"),
        ("w= 2", "w= 1", r"f000: 2 rows of four numbers; its head says 1"),
        ("w= 1", "w= x", r"f007: w 'x'; a number"),
        (ROW, ROW + " 0.1", r"f007: row 1 has 5 numbers"),
        (ROW, "0.25 0.25 0.5", r"f007: row 1 has 3 numbers"),
        (ROW, "0 0 0 0", r"f007: row 1 sums to zero"),
        (ROW, "0.5 0.7 -0.2 0", r"f007: '-0.2'; a number"),
        (ROW, "0.5 0.5 nan 0", r"f007: 'nan'; a number"),
        (ROW, "0.5 0.5 x 0", r"f007: 'x'; a number"),
        ("alength= 4 w= 1", "alength= 20 w= 1", r"f007: row 1 has 4 numbers, alength 20"),
        ("nsites= 12", "nsites= many", r"f007: nsites 'many'; a number"),
        ("nsites= 12", "nsites= 1_2", r"f007: nsites '1_2'; a number"),
        ("MOTIF holdout.1.f007 CBF1", "", r"db: 1 MOTIF lines, 2 letter-probability matrices"),
        ("letter-probability matrix: alength= 4 w= 1 ", "", r"db: 2 MOTIF lines, 1 letter"),
        ("MOTIF holdout.1.f007 CBF1", "MOTIF a\nMOTIF b", r"3 MOTIF lines, 2 letter"),
    ],
)
def test_damaged_files_are_refused(old, new, message):
    assert old in PLAIN
    with pytest.raises(InputError, match=message):
        parse_meme(PLAIN.replace(old, new), "db")


def test_a_motif_of_two_matrices_is_refused():
    text = PLAIN.replace("MOTIF holdout.1.f007", "MOTIF x\nMOTIF holdout.1.f007")
    with pytest.raises(InputError, match="3 MOTIF lines, 3 letter"):
        parse_meme(text + PLAIN[PLAIN.index("letter-prob") :].partition("MOTIF")[0])


def test_names_with_white_space_are_not_written():
    with pytest.raises(InputError, match=r"no white space"):
        format_meme([RAP1._replace(name="a b")], "ACGT")


def test_strands_are_written_and_read():
    for strands in ("both", "single"):
        for letters in ("ACGT", "ACGU"):
            assert meme_strands(format_meme([RAP1], letters, strands)) == strands
    silent = [meme_strands(f"MEME version 4\n\nALPHABET= {letters}\n") for letters in ("ACGT", "ACGU")]
    assert silent == ["both", "single"]
    assert meme_strands(format_meme([], "ACDEFGHIKLMNPQRSTVWY", "single")) == "single"
