"""Flavours of labelled sequences, motifs, signals and tables of cells."""

import gzip
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pyBigWig
from flavour import Flavour, Refused

# What a reader of labelled sequences returns: name, letters and label; `y` is the column of the label of tables.
SEQUENCES = [
    Flavour(
        "labelled sequences",
        "FASTA",
        "any",
        "names are the first words; case is not kept",
        b">a first\nACgt\nN\n>0012\nGG\n",
        [("a", "ACGTN", 1.0), ("0012", "GG", 1.0)],
    ),
    Flavour(
        "labelled sequences",
        "tab-separated table",
        "any",
        "columns by the names in the configuration",
        b"sequence\tname\ty\nAC\t0012\t1\nGG\tNA\t0\n",
        [("0012", "AC", 1.0), ("NA", "GG", 0.0)],
    ),
    Flavour(
        "labelled sequences",
        "comma-separated table with quotes",
        "spreadsheets, pandas, R",
        "read by its separator",
        b'name,sequence,y\n"a, b",AC,1\n1E5,GG,0\n',
        [("a, b", "AC", 1.0), ("1E5", "GG", 0.0)],
    ),
    Flavour(
        "labelled sequences",
        "semicolon-separated table, byte-order mark, CRLF",
        "spreadsheets",
        "read by its separator",
        b"\xef\xbb\xbfname;sequence;y\r\na;AC;1\r\n",
        [("a", "AC", 1.0)],
    ),
    Flavour(
        "labelled sequences",
        "empty label, `NA`, `NaN` or `.`",
        "pandas, R",
        "unknown",
        b"name\tsequence\ty\na\tAC\t\nb\tGG\tNA\n",
        [("a", "AC", None), ("b", "GG", None)],
    ),
    Flavour(
        "labelled sequences",
        "a row with too few or too many columns",
        "hand-made files",
        "refused with its line",
        b"name\tsequence\ty\na\tAC\n",
        Refused(":2: 2 columns; the header has 3"),
    ),
    Flavour(
        "labelled sequences",
        "a table without the named column",
        "any",
        "refused",
        b"name\tseq\ty\na\tAC\t1\n",
        Refused("no column 'sequence'"),
    ),
]

# What a reader of covariates returns: contig, position and alleles, values by column.
COVARIATES = [
    Flavour(
        "tables of covariates",
        "`## …`, then `#Chrom Pos Ref Alt` and scores, gzipped",
        "[CADD](https://cadd.gs.washington.edu/info)",
        "read as it is; names of contigs without `chr` are matched",
        gzip.compress(b"## CADD GRCh38-v1.7\n#Chrom\tPos\tRef\tAlt\tRawScore\tPHRED\n1\t9\tC\tG\t0.5\t12\n", mtime=0),
        [("1 9 C G", {"RawScore": "0.5", "PHRED": "12"})],
    ),
    Flavour(
        "tables of covariates",
        "`#chr pos(1-based) ref alt` and numbers",
        "dbNSFP",
        "read as it is",
        b"#chr\tpos(1-based)\tref\talt\tREVEL_score\n1\t9\tC\tG\t.\n",
        [("1 9 C G", {"REVEL_score": "."})],
    ),
    Flavour(
        "tables of covariates",
        "`CHROM,POS,REF,ALT` and numbers",
        "pandas, R, spreadsheets",
        "read by its separator",
        b"CHROM,POS,REF,ALT,x\nchr1,9,c,g,1\n",
        [("chr1 9 C G", {"x": "1"})],
    ),
    Flavour(
        "tables of covariates",
        "several alleles in a row",
        "VCF",
        "refused",
        b"CHROM\tPOS\tREF\tALT\tx\nchr1\t9\tC\tG,T\t1\n",
        Refused("alt 'G,T' in row 1; one allele"),
    ),
]

MEME = b"""MEME version 4

ALPHABET= ACGT

strands: + -

Background letter frequencies
A 0.25 C 0.25 G 0.25 T 0.25

MOTIF M1 first
letter-probability matrix: alength= 4 w= 2 nsites= 20 E= 0
 1.0 0.0 0.0 0.0
 0.0 0.0 0.5 0.5
"""
M1 = [("M1", [[1, 0, 0, 0], [0, 0, 0.5, 0.5]])]
HEAD, BODY = MEME.split(b"MOTIF")
# What a reader of motifs returns: name and probabilities.
MOTIFS = [
    Flavour("motifs", "MEME", "MEME suite", "name, probabilities, number of sites", MEME, M1),
    Flavour(
        "motifs",
        "MEME with `nsites= 97.5`, `1e+05` or `E= NA`",
        "universalmotif, scripts",
        "read",
        MEME.replace(b"20 E= 0", b"97.5 E= NA"),
        M1,
    ),
    Flavour(
        "motifs", "MEME without alphabet, strands, background", "scripts", "read", b"MEME version 4\n\nMOTIF" + BODY, M1
    ),
    Flavour(
        "motifs",
        "MEME with `URL` lines and blank lines",
        "JASPAR, HOCOMOCO",
        "skipped",
        MEME + b"URL http://example.org\n\n",
        M1,
    ),
    Flavour(
        "motifs",
        "PFM of counts",
        "JASPAR",
        "counts to probabilities",
        b">M1 first\nA [ 4 0 ]\nC [ 0 0 ]\nG [ 0 2 ]\nT [ 0 2 ]\n",
        M1,
    ),
    Flavour(
        "motifs",
        "TRANSFAC",
        "TRANSFAC, RSAT",
        "counts to probabilities",
        b"ID  M1\nXX\nP0  A C G T\n01  4 0 0 0\n02  0 0 2 2\nXX\n//\n",
        M1,
    ),
    Flavour(
        "motifs",
        "raw PFM: four rows without letters",
        "JASPAR",
        "counts to probabilities",
        b">M1\tfirst\n4 0\n0 0\n0 2\n0 2\n",
        M1,
    ),
    Flavour(
        "motifs",
        "PCM or PFM: four numbers per position",
        "HOCOMOCO",
        "counts to probabilities; probabilities as they are",
        b">M1\n4\t0\t0\t0\n0\t0\t2.5\t2.5\n",
        M1,
    ),
    Flavour(
        "motifs",
        "PWM: log-odds",
        "HOCOMOCO",
        "refused",
        b">M1\n1.2\t-2.3\t-2.3\t-2.3\n-2.3\t-2.3\t0.6\t0.6\n",
        Refused("M1.: negative numbers, as log-odds have"),
    ),
    Flavour(
        "motifs",
        "every motif four rows of four counts, without letters",
        "JASPAR, HOCOMOCO",
        "refused: rows may be letters or positions",
        b">M1\n4 0 0 0\n0 4 0 0\n0 0 4 0\n0 0 0 4\n",
        Refused("M1.: four rows of four numbers may be letters or positions"),
    ),
    Flavour("motifs", "HOMER", "HOMER", "probabilities", b">AK\tM1\t6.0\n1.0\t0\t0\t0\n0\t0\t0.5\t0.5\n", M1),
    Flavour(
        "motifs",
        "a matrix of another width than its head says",
        "damaged files",
        "refused",
        MEME.replace(b"w= 2", b"w= 3"),
        Refused("M1"),
    ),
    Flavour(
        "motifs",
        "proteins",
        "MEME suite",
        "refused",
        MEME.replace(b"ALPHABET= ACGT", b"ALPHABET= ACDEFGHIKLMNPQRSTVWY"),
        Refused("ACDEF"),
    ),
]


def bigwig(sizes: dict[str, int], value: float = 2.0) -> Callable[[], bytes]:
    """Return a function that makes a bigWig with one value on the first 50 bp of every contig."""

    def make() -> bytes:
        with TemporaryDirectory() as folder:
            path = Path(folder, "a.bw")
            with pyBigWig.open(str(path), "w") as track:
                track.addHeader(list(sizes.items()))
                for name in sizes:
                    track.addEntries([name], [0], ends=[50], values=[value])
            return path.read_bytes()

    return make


# What a reader of signals returns: the means over the first 100 bp of chr1 (200 bp) and of chr2 (300 bp).
SIGNALS = [
    Flavour(
        "signals",
        "bigWig",
        "deepTools, MACS, UCSC",
        "mean over the window; bases without a value count as 0",
        bigwig({"chr1": 200, "chr2": 300}),
        [1.0, 1.0],
    ),
    Flavour(
        "signals",
        "bigWig under Ensembl's names",
        "Ensembl",
        "contigs are matched",
        bigwig({"1": 200, "2": 300}),
        [1.0, 1.0],
    ),
    Flavour(
        "signals",
        "bigWig of another assembly (other lengths)",
        "any",
        "refused",
        bigwig({"chr1": 222, "chr2": 300}),
        Refused("222 bp"),
    ),
    Flavour("signals", "bedGraph", "any", "refused", b"chr1\t0\t50\t2\n", Refused("bigWig")),
]

# What a reader of tables of cells returns: names, images and labels.
CELLS = [
    Flavour(
        "tables of cells",
        "tab-separated, names that look like numbers",
        "any",
        "names and classes are text",
        b"cell\timage\tlabel\n0012\ta.tif\t01\n1E5\tb.tif\tNA\n",
        [("0012", "a.tif", "01"), ("1E5", "b.tif", "NA")],
    ),
    Flavour(
        "tables of cells",
        "separated by commas or semicolons",
        "spreadsheets, R, pandas",
        "read by its separator",
        b"cell,image,label\na,a.tif,x\n",
        [("a", "a.tif", "x")],
    ),
    Flavour(
        "tables of cells",
        'quotes in a class (`5" disc`)',
        "any",
        "kept",
        b'cell,image,label\na,a.tif,"5"" disc"\n',
        [("a", "a.tif", '5" disc')],
    ),
    Flavour(
        "tables of cells",
        "two cells of one name",
        "any",
        "refused with both lines",
        b"cell\timage\tlabel\na\ta.tif\tx\na\tb.tif\ty\n",
        Refused("'a' stands already on line 2|line 2"),
    ),
    Flavour(
        "tables of cells", "a missing column", "any", "refused", b"cell\tpicture\n1\ta.tif\n", Refused("no column")
    ),
]
