import numpy as np
import pytest
from Bio import motifs as bio_motifs
from memelite.io import read_meme

from convoscope.errors import InputError
from convoscope.interpretation.meme import Motif, format_meme, letters_of, parse_meme, strands_of

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
    assert letters_of(format_meme([], "ACGU")) == "ACGU"
    assert letters_of("nothing") == ""


def test_refusals():
    text = format_meme([RAP1], "ACGT")
    with pytest.raises(InputError, match=r"db\.meme: not a MEME file"):
        parse_meme(">MA0001\nACGT\n", "db.meme")
    with pytest.raises(InputError, match=r"not a MEME file of DNA or RNA"):
        parse_meme(format_meme([], "ACDEFGHIKLMNPQRSTVWY"))
    with pytest.raises(InputError, match=r"f000: 1 rows of four numbers; its head says 2"):
        parse_meme(text.replace("0.000000 1.000000 0.000000 0.000000\n", ""))
    with pytest.raises(InputError, match=r"row 2 sums to zero"):
        parse_meme(text.replace("0.000000 1.000000", "0.000000 0.000000"))
    with pytest.raises(InputError, match=r"no white space"):
        format_meme([RAP1._replace(name="a b")], "ACGT")


def test_strands_are_written_and_read():
    for strands in ("both", "single"):
        for letters in ("ACGT", "ACGU"):
            assert strands_of(format_meme([RAP1], letters, strands)) == strands
    silent = [strands_of(f"MEME version 4\n\nALPHABET= {letters}\n") for letters in ("ACGT", "ACGU")]
    assert silent == ["both", "single"]
    assert strands_of(format_meme([], "ACDEFGHIKLMNPQRSTVWY", "single")) == "single"
