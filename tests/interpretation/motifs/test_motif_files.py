import numpy as np
import pytest

from convoscope.errors import InputError
from convoscope.interpretation.motifs.meme import Motif, format_meme
from convoscope.interpretation.motifs.motif_files import parse_motifs

MATRIX = np.array([[0.7, 0.1, 0.1, 0.1], [0.0, 1.0, 0.0, 0.0], [0.2, 0.2, 0.3, 0.3]])
JASPAR = """>MA0001.3 AGL3::X
A  [ 7 0 2 ]
C  [ 1 10 2 ]
G  [ 1 0 3 ]
T  [ 1 0 3 ]
>MA0002.1	RUNX1
A [10 0]
C [0 10]
G [0 0]
T [0 0]
"""
TRANSFAC = """VV  EXAMPLE
XX
//
AC  M00001
XX
ID  V$MYOD_01
XX
P0      A      C      G      T
01      7      1      1      1      A
02      0     10      0      0      C
03      2      2      3      3      N
XX
//
"""
HOMER = """>ACN\tAGL3/ChIP(GSE1)\t6.5\t-11.6\t0\tT:17.0(17.3%),P:1e-5
0.7\t0.1\t0.1\t0.1
0.000\t1.000\t0\t0.0e+00
0.2\t0.2\t0.3\t0.3
"""
RAW = """>MA0001.3\tAGL3::X
7 0 2
1\t10 2
1 0 3
1 0 3

>MA0002.1 RUNX1
10 0 0 1
0 10 0 0
0 0 9 0
0 0 1 9
"""
HOCOMOCO = """>AGL3_HUMAN.H11MO.0.B
7.0\t1.0\t1.0\t1.0
0.0\t10.2\t0.0\t0.0
2.0\t2.0\t3.0\t3.0
>RUNX1_HUMAN.H11MO.0.A
10 0 0 0
0 10 0 0
0 0 9 1
0 1 0 9
"""
FILES = {
    "jaspar": (JASPAR, "MA0001.3", "AGL3::X", 10),
    "transfac": (TRANSFAC, "M00001", "V$MYOD_01", 10),
    "homer": (HOMER, "AGL3/ChIP(GSE1)", "AGL3", 20),
    "raw jaspar": (RAW, "MA0001.3", "AGL3::X", 10),
    "hocomoco": (HOCOMOCO, "AGL3_HUMAN.H11MO.0.B", "", 10),
    "meme": (format_meme([Motif("a", "b", MATRIX, 5)], "ACGT"), "a", "b", 5),
}


@pytest.mark.parametrize("kind", FILES)
def test_every_format_by_hand(kind):
    text, name, other, sites = FILES[kind]
    first, *more = parse_motifs(text, "db")
    assert first[:2] == (name, other) and first.sites == sites
    np.testing.assert_allclose(first.matrix, MATRIX, atol=1e-6)
    assert len(more) == (kind in {"jaspar", "raw jaspar", "hocomoco"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "db: not a MEME file, nor"),
        ("ACGT\nACGT\n", "db: not a MEME file, nor"),
        (">seq1\nACGT\n", "db: not a MEME file, nor"),
        (JASPAR.replace("C  [ 1 10 2 ]\n", ""), "db: damaged jaspar file"),
        (JASPAR.replace("[ 1 10 2 ]", "[ 1 2 ]"), "db: damaged jaspar file"),
        (JASPAR.replace("7 0 2", "7 x 2"), "db: damaged jaspar file"),
        (TRANSFAC.replace("0     10", "0     x"), "db: damaged transfac file"),
        (HOMER.replace("0.7\t0.1", "0.7\t0.1\t0"), "db: motif 1: 3 rows; a name, then rows of four"),
        (">MA1\tX\n10 0 0 9\n1 1 1 1\n0 9 0 0\n0 1 9 0\n", "motif 1 .X.: four rows of four numbers may be"),
        (RAW.replace("1 0 3\n", "1 0 3 1\n", 1), "db: damaged jaspar file"),
        (RAW.replace("7 0 2", "-7 0 2"), "db: motif MA0001.3: no counts, or negative"),
        (RAW.replace("1 0 3\n", "", 1), "db: motif 1: 3 rows; a name, then rows of four"),
        (HOCOMOCO.replace("7.0", "-0.7"), r"motif 1 \(AGL3_HUMAN.H11MO.0.B\): negative numbers, as log-odds have"),
        (HOCOMOCO.replace("10.2", "0.9"), r"motif 1 \(AGL3_HUMAN.H11MO.0.B\): row of sum 10; rows of four"),
        (HOCOMOCO.replace(">RUNX1_HUMAN.H11MO.0.A", ">"), "db: motif 2: a name, then rows of four"),
        (HOMER.replace("0.7", "-0.7"), r"db: motif 1 \(AGL3/ChIP\(GSE1\)\): negative numbers"),
        (HOMER.replace("0.3\t0.3", "0.3\tx"), "db: motif .*: 'x'; a number"),
        (HOMER.replace("0.2\t0.2\t0.3\t0.3", "0 0 0 0"), "row of sum .*; rows of four"),
    ],
)
def test_other_and_damaged_files_are_refused_in_one_line(text, message):
    with pytest.raises(InputError, match=message) as caught:
        parse_motifs(text, "db")
    assert "\n" not in str(caught.value)
