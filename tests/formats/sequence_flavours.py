"""Flavours of files about sequences: sites, references, variants."""

import bz2
import gzip
import io
import lzma
import zipfile

from flavour import Flavour, Refused


def narrow(*offsets: int, more: str = "") -> bytes:
    """Return narrowPeak rows of 100 bp with these summits."""
    rows = [
        f"chr1\t{100 * (n + 1)}\t{100 * (n + 2)}\tp{n}\t{n + 5}\t.\t2.5\t3\t1\t{o}{more}" for n, o in enumerate(offsets)
    ]
    return "".join(f"{row}\n" for row in rows).encode()


UCSC = "[UCSC](https://genome.ucsc.edu/FAQ/FAQformat.html)"
ENCODE = "ENCODE peak files"

# What a reader of sites returns: contig, centre base, strand, score (None: none).
SITES = [
    Flavour("sites", "BED3", UCSC, "centre in the middle", b"chr1\t10\t20\n", [("chr1", 15, ".", None)]),
    Flavour(
        "sites",
        "GFF3 and GTF",
        "[GFF3](https://github.com/The-Sequence-Ontology/Specifications/blob/master/gff3.md)",
        "refused with the way to BED",
        b"##gff-version 3\nchr1\tsrc\tTF_binding_site\t11\t20\t.\t+\t.\tID=a\n",
        Refused("columns of GFF \\(start 11 and end 20 in the fourth and fifth\\); convert it to BED"),
    ),
    Flavour(
        "sites",
        "BEDPE: two intervals in a row",
        "[bedtools](https://bedtools.readthedocs.io/en/latest/content/general-usage.html)",
        "refused with the way to BED",
        b"chr1\t10\t20\tchr1\t90\t95\tloop\t7\t+\t-\n",
        Refused("columns of BEDPE \\(a second interval, chr1:90-95, in the fourth to sixth\\); write each interval"),
    ),
    Flavour(
        "sites",
        "BED6 with `track`, `browser`, `#` and blank lines",
        UCSC,
        "those lines are skipped",
        b"browser position chr1\ntrack name=x\n# note\n\nchr1\t10\t13\tn\t7.5\t-\n",
        [("chr1", 11, "-", 7.5)],
    ),
    Flavour(
        "sites",
        "CRLF, byte-order mark, no end of line",
        "Windows editors",
        "read as without them",
        b"\xef\xbb\xbfchr1\t10\t13\r\nchr1\t20\t23",
        [("chr1", 11, ".", None), ("chr1", 21, ".", None)],
    ),
    Flavour(
        "sites",
        "columns separated by spaces",
        "hand-made files",
        "read where the first row has no tabs",
        b"chr1 10 13 n 5 +\nchr1 20 23 m 6 -\n",
        [("chr1", 11, "+", 5.0), ("chr1", 21, "-", 6.0)],
    ),
    Flavour(
        "sites",
        "strands written `1` and `-1`, or in words",
        "BioMart, scripts",
        "read as + and -",
        b"chr1\t10\t13\tn\t5\t1\nchr1\t20\t23\tm\t6\t-1\n",
        [("chr1", 11, "+", 5.0), ("chr1", 21, "-", 6.0)],
    ),
    Flavour(
        "sites",
        "empty columns at the end of rows",
        "spreadsheets",
        "ignored",
        b"chr1\t10\t13\tn\t5\t+\t\t\n",
        [("chr1", 11, "+", 5.0)],
    ),
    Flavour(
        "sites",
        "a header line with names of columns",
        "R, pandas",
        "names tell which column is which",
        b"chrom\tstart\tend\tscore\tstrand\nchr1\t10\t13\t5\t-\n",
        [("chr1", 11, "-", 5.0)],
    ),
    Flavour(
        "sites",
        "columns separated by commas or semicolons",
        "spreadsheets, pandas",
        "read by the first row's separator; an unnamed column of row numbers is left out",
        b",chrom,start,end,score\n0,chr1,10,13,5\n1,2,20,23,6\n",
        [("chr1", 11, ".", 5.0), ("2", 21, ".", 6.0)],
    ),
    Flavour(
        "sites",
        "quotes, names of columns and of rows",
        "R's `write.table`",
        "quotes and names of rows are left out",
        b'"chrom" "start" "end" "strand"\n"1" "chr1" 10 13 "-"\n"2" "2" 20 23 "+"\n',
        [("chr1", 11, "-", None), ("2", 21, "+", None)],
    ),
    Flavour(
        "sites",
        "a table with `width`, 1-based",
        "R's GenomicRanges as `data.frame`",
        "1-based, told by the widths",
        b'"seqnames","start","end","width","strand"\n"chr1",11,13,3,"*"\n',
        [("chr1", 11, ".", None)],
    ),
    Flavour(
        "sites",
        "names of rows that could be contigs",
        "R's `write.table` without quotes",
        "refused",
        b"chrom\tstart\tend\n1\t2\t10\t20\n",
        Refused("is the first a contig, or the name of a row"),
    ),
    Flavour(
        "sites",
        "narrowPeak",
        ENCODE,
        "centre on the summit (column 10); in the middle where it is -1",
        narrow(7, -1),
        [("chr1", 107, ".", 5.0), ("chr1", 250, ".", 6.0)],
    ),
    Flavour(
        "sites",
        "narrowPeak with ten further columns",
        "IDR",
        "centre on the summit (column 10)",
        narrow(7, 8, more="\t1" * 10),
        [("chr1", 107, ".", 5.0), ("chr1", 208, ".", 6.0)],
    ),
    Flavour(
        "sites",
        "BED of ten columns that is no narrowPeak",
        "annotated BED",
        "centre in the middle",
        b"chr1\t10\t21\tn\t5\t+\tgene\texon\tx\t3\n",
        [("chr1", 15, "+", 5.0)],
    ),
    Flavour(
        "sites",
        "broadPeak",
        ENCODE,
        "centre in the middle",
        b"chr1\t10\t21\tn\t5\t.\t2.5\t3\t1\n",
        [("chr1", 15, ".", 5.0)],
    ),
    Flavour(
        "sites",
        "BED12",
        UCSC,
        "centre in the middle; blocks are not looked at",
        b"chr1\t10\t21\tn\t5\t+\t10\t21\t0,0,0\t2\t2,3\t0,8\n",
        [("chr1", 15, "+", 5.0)],
    ),
    Flavour(
        "sites",
        "`_peaks.xls`: a table of peaks that counts from 1",
        "MACS",
        "1-based; centre on `abs_summit`",
        b"# MACS\nchr\tstart\tend\tlength\tabs_summit\tpileup\t-log10(pvalue)\tfold_enrichment\t-log10(qvalue)\tname\n"
        b"chr1\t11\t20\t10\t13\t9\t3\t4\t2\tp1\n",
        [("chr1", 12, ".", None)],
    ),
    Flavour(
        "sites",
        "gzip",
        "any",
        "unpacked, told by the first bytes and not by the name",
        gzip.compress(b"chr1\t10\t13\n", mtime=0),
        [("chr1", 11, ".", None)],
    ),
    Flavour(
        "sites",
        "coordinates written `1e5`, `1.0` or `1,000`",
        "spreadsheets",
        "refused",
        b"chr1\t1e5\t100013\n",
        Refused("start '1e5'; a whole number"),
    ),
    Flavour("sites", "start after end", "any", "refused", b"chr1\t20\t10\n", Refused("start 20, end 10")),
    Flavour("sites", "no row", "any", "refused", b"# nothing\n", Refused("no row")),
]


def zipped(**members: bytes) -> bytes:
    """Return a ZIP archive of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


FASTA = b">c1 first\nACGTN\nacg\n\n>c2\nGG\n"
CONTIGS = {"c1": "ACGTNacg", "c2": "GG"}
SAM = "[SAM specification](https://samtools.github.io/hts-specs/)"
# What a reader of references returns: the letters of every contig.
REFERENCES = [
    Flavour("references", "FASTA, lines of any length, upper and lower case", "any", "case is kept", FASTA, CONTIGS),
    Flavour(
        "references", "FASTA with CRLF", "Windows editors", "read as without", FASTA.replace(b"\n", b"\r\n"), CONTIGS
    ),
    Flavour("references", "gzip", "UCSC, Ensembl", "recompressed to BGZF", gzip.compress(FASTA, mtime=0), CONTIGS),
    Flavour("references", "bzip2", "any", "recompressed to BGZF", bz2.compress(FASTA), CONTIGS),
    Flavour("references", "xz", "any", "recompressed to BGZF", lzma.compress(FASTA), CONTIGS),
    Flavour("references", "ZIP of one file", "NCBI Datasets", "recompressed to BGZF", zipped(a=FASTA), CONTIGS),
    Flavour(
        "references", "ZIP of several files", "NCBI Datasets", "refused", zipped(a=FASTA, b=FASTA), Refused("2 files")
    ),
    Flavour("references", "GenBank", "NCBI", "refused", b"LOCUS       X\n", Refused("not FASTA|begins with")),
    Flavour(
        "references",
        "truncated gzip",
        "broken downloads",
        "refused",
        gzip.compress(FASTA * 99, mtime=0)[:-9],
        Refused("truncated or damaged"),
    ),
]

HEADER = b"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
# What a reader of variants returns: contig, position, alleles.
VARIANTS = [
    Flavour(
        "variants",
        "VCF",
        SAM,
        "every alternative allele is scored",
        HEADER + b"1\t7\trs1\tA\tC,G\t.\t.\t.\n",
        [("1", 7, "A", ["C", "G"])],
    ),
    Flavour(
        "variants",
        "VCF, gzipped or bgzipped",
        SAM,
        "unpacked",
        gzip.compress(HEADER + b"1\t7\t.\tA\tC\t.\t.\t.\n", mtime=0),
        [("1", 7, "A", ["C"])],
    ),
    Flavour(
        "variants",
        "no alternative allele (`.`)",
        SAM,
        "a row of dropped.tsv",
        HEADER + b"1\t7\t.\tA\t.\t.\t.\t.\n",
        [("1", 7, "A", [])],
    ),
    Flavour(
        "variants",
        "symbolic alleles, `*`, breakends",
        SAM,
        "rows of dropped.tsv",
        HEADER + b"1\t7\t.\tA\t<DEL>,*\t.\t.\t.\n",
        [("1", 7, "A", ["<DEL>", "*"])],
    ),
    Flavour(
        "variants",
        "a table without the header of VCF",
        "spreadsheets",
        "refused",
        b"chrom,pos,ref,alt\n1,7,A,C\n",
        Refused("not VCF"),
    ),
    Flavour(
        "variants",
        "columns separated by spaces",
        "hand-made files",
        "refused",
        HEADER + b"1 7 . A C . . .\n",
        Refused("1 column"),
    ),
]
