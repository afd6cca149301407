"""Genes of GFF3 and GTF: the same genes from both, their exons, their contigs."""

import gzip
from pathlib import Path

import pytest

from convoscope.errors import InputError
from convoscope.sequence.contigs import contigs_of
from convoscope.sequence.genes import Gene, place_genes, read_genes

GFF3 = """##gff-version 3
1\tx\tregion\t1\t900\t.\t.\t.\tID=1
1\tx\tgene\t11\t100\t.\t+\t.\tID=gene:a;Name=GAL4;Note=the "first" one
1\tx\tmRNA\t11\t100\t.\t+\t.\tID=t1;Parent=gene:a
1\tx\texon\t11\t20\t.\t+\t.\tParent=t1
1\tx\texon\t81\t100\t.\t+\t.\tParent=t1,t2
1\tx\tCDS\t15\t20\t.\t+\t.\tParent=t1
1\tx\tmRNA\t11\t60\t.\t+\t.\tID=t2;Parent=gene:a
1\tx\texon\t16\t60\t.\t+\t.\tParent=t2
2\tx\tncRNA_gene\t201\t230\t.\t-\t.\tID=gene:b
2\tx\tCDS\t205\t210\t.\t-\t0\tParent=gene:b
##FASTA
>1
ACGT
"""
GTF = """#!genome-build x
1\tx\tgene\t11\t100\t.\t+\t.\tgene_id "a"; gene_name "GAL4";
1\tx\ttranscript\t11\t100\t.\t+\t.\tgene_id "a"; transcript_id "t1"; gene_name "GAL4";
1\tx\texon\t11\t60\t.\t+\t.\tgene_id "a"; transcript_id "t1"; gene_name "GAL4";
1\tx\texon\t81\t100\t.\t+\t.\tgene_id "a"; transcript_id "t1"; gene_name "GAL4";
2\tx\tgene\t201\t230\t.\t-\t.\tgene_id "gene:b";
2\tx\tCDS\t205\t210\t.\t-\t0\tgene_id "gene:b"; transcript_id "t3";
"""
GENES = [Gene("1", 10, 100, "+", "GAL4", ((10, 60), (80, 100))), Gene("2", 200, 230, "-", "gene:b", ((204, 210),))]


def write(folder: Path, text: str) -> Path:
    path = folder / "genes"
    path.write_text(text)
    return path


@pytest.mark.parametrize("text", [GFF3, GTF, GTF.replace("\n", "\r\n")], ids=["GFF3", "GTF", "CRLF"])
def test_both_formats_tell_the_same_genes(tmp_path: Path, text: str) -> None:
    assert read_genes(write(tmp_path, text)) == GENES


def test_packed_annotations_are_read(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "genes.gff3.gz", "wt") as stream:
        stream.write(GFF3)
    assert read_genes(tmp_path / "genes.gff3.gz") == GENES


def test_exons_alone_make_genes(tmp_path: Path) -> None:
    exons = "".join(line for line in GTF.splitlines(keepends=True) if "\texon\t" in line)
    assert read_genes(write(tmp_path, exons)) == GENES[:1]


def test_a_gene_of_several_places_is_shown_in_each(tmp_path: Path) -> None:
    # rps12 of chloroplasts, as RefSeq writes it: spliced from exons of both strands.
    rows = [
        "1\tx\tgene\t101\t150\t.\t-\t.\tID=a;Name=rps12;part=1",
        "1\tx\tgene\t11\t60\t.\t+\t.\tID=a;Name=rps12;part=2",
    ]
    rows += ["1\tx\tCDS\t101\t150\t.\t-\t0\tID=c;Parent=a", "1\tx\tCDS\t21\t60\t.\t+\t0\tID=c;Parent=a"]
    plus, minus = Gene("1", 10, 60, "+", "rps12", ((20, 60),)), Gene("1", 100, 150, "-", "rps12", ((100, 150),))
    assert read_genes(write(tmp_path, "\n".join(rows))) == [plus, minus]


def test_names_without_quotes_are_read(tmp_path: Path) -> None:
    assert read_genes(write(tmp_path, GTF.replace('"', ""))) == GENES


def test_exons_without_a_name_are_no_gene(tmp_path: Path) -> None:
    rows = [f"1\tx\texon\t{start}\t{start + 9}\t.\t+\t.\tnote" for start in (1, 101)]
    with pytest.raises(InputError, match="no gene"):
        read_genes(write(tmp_path, "\n".join(rows)))


def test_a_circle_of_parents_ends(tmp_path: Path) -> None:
    rows = ["1\tx\tmRNA\t1\t9\t.\t+\t.\tID=a;Parent=b", "1\tx\tmRNA\t1\t9\t.\t+\t.\tID=b;Parent=a"]
    rows.append("1\tx\texon\t1\t9\t.\t+\t.\tParent=a;gene=one")
    assert [gene.name for gene in read_genes(write(tmp_path, "\n".join(rows)))] == ["one"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1\tx\tgene\t5\n", r"genes:1: 4 columns; the nine of GFF3 or GTF"),
        ("# a\n1\tx\tgene\t9\t5\t.\t+\t.\tID=a\n", r"genes:2: from '9' to '5'; two whole numbers, from 1"),
        ("1\tx\tgene\t0\t5\t.\t+\t.\tID=a\n", r"genes:1: from '0' to '5'"),
        ("1\tx\tregion\t1\t5\t.\t+\t.\tID=a\n", r"genes: no gene; GFF3 or GTF with rows of the type gene"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_genes(write(tmp_path, text))


def test_genes_are_placed_under_the_names_of_the_reference() -> None:
    placed = place_genes(GENES, contigs_of({"chr1": 1000}), "genes.gff3")
    assert [(gene.chrom, gene.name) for gene in placed] == [("chr1", "GAL4")]


def test_annotations_of_other_genomes_are_refused() -> None:
    with pytest.raises(InputError, match=r"^genes\.gff3: none of its contigs is in the reference; it has 1, 2, the"):
        place_genes(GENES, contigs_of({"chrX": 1000}), "genes.gff3")
    with pytest.raises(InputError, match=r"^genes\.gff3: gene 'gene:b' starts at 201, chr2 has 150 bp; an annotation"):
        place_genes(GENES, contigs_of({"chr1": 100, "chr2": 150}), "genes.gff3")
    assert len(place_genes(GENES, contigs_of({"1": 90, "2": 220}), "genes.gff3")) == 2  # over the origin of a circle
