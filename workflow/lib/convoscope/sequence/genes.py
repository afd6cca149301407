"""Genes of an annotation in GFF3 or GTF: where they are, on which strand, with which exons.

Formats: https://github.com/The-Sequence-Ontology/Specifications/blob/master/gff3.md and
https://mblab.wustl.edu/GTF22.html; both count from 1 and include the end, here bases count from 0 and do not.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from convoscope.errors import InputError
from convoscope.files import open_text
from convoscope.sequence.contigs import Contigs, match_contigs

COLUMNS = 9
SEQUENCES = "##FASTA"  # what follows in a GFF3 is the genome
GFF3 = re.compile(r'\s*[^\s="]+=')  # how the last column begins; a note in it may hold quotes as GTF's does
GTF = re.compile(r'(\w+) +(?:"([^"]*)"|([^\s;"]+))')  # some scripts leave the quotes out
NAMES = ("Name", "gene_name", "gene", "gene_id", "ID")  # attributes that may name a gene, the best first
PARTS = ("exon", "CDS")  # what a gene is drawn of: coding parts where no exon is listed

Key = tuple[str, str]  # contig and name: a gene of both X and Y has one name
Span = tuple[int, int]


class Gene(NamedTuple):
    """A gene: 0-based half-open coordinates, ``+``, ``-`` or ``.``, and its exons by their start."""

    chrom: str
    start: int
    end: int
    strand: str
    name: str
    exons: tuple[Span, ...]


class Row(NamedTuple):
    """A line of an annotation."""

    chrom: str
    kind: str
    start: int
    end: int
    strand: str
    attributes: dict[str, str]


def parse_attributes(text: str) -> dict[str, str]:
    """Read the last column of a line of either format.

    >>> parse_attributes("ID=gene:1;Name=a%2Cb"), parse_attributes('gene_id "1"; gene_name "GAL4";')
    ({'ID': 'gene:1', 'Name': 'a,b'}, {'gene_id': '1', 'gene_name': 'GAL4'})
    """
    if not GFF3.match(text):
        return {key: quoted or plain for key, quoted, plain in GTF.findall(text)}
    pairs = (part.strip().partition("=") for part in text.split(";"))
    return {key: unquote(value) for key, equals, value in pairs if equals}


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the lines of an annotation.

    Raises
    ------
    InputError
        If a line has not nine columns, or ends before it starts.
    """
    with open_text(path) as stream:
        for number, line in enumerate(stream, start=1):
            if line.startswith(SEQUENCES):
                return
            if line.startswith("#") or not line.strip():
                continue
            fields = line.rstrip("\r\n").split("\t")
            if len(fields) != COLUMNS:
                raise InputError(f"{path}:{number}: {len(fields)} columns; the nine of GFF3 or GTF, separated by tabs")
            start, end = fields[3:5]
            if not (start.isdecimal() and end.isdecimal() and 0 < int(start) <= int(end)):
                raise InputError(f"{path}:{number}: from {start!r} to {end!r}; two whole numbers, from 1, the end last")
            yield Row(fields[0], fields[2], int(start) - 1, int(end), fields[6], parse_attributes(fields[8]))


def read_genes(path: Path) -> list[Gene]:
    """Return the genes of an annotation by contig and start.

    A gene is a row of the type gene (or pseudogene, ncRNA_gene, …) with the exons below it, or, where a file has no
    such rows, all exons below one name. Several rows of one ID are several places, each with the exons that lie there.

    Raises
    ------
    InputError
        As `read_rows`, and if there is no gene.
    """
    heads: dict[Key, list[Row]] = {}
    parents: dict[Key, str] = {}
    parts: list[tuple[Key, Row]] = []
    for row in read_rows(path):
        own = row.attributes.get("ID", "")
        above = row.attributes.get("Parent", "").split(",")[0] or row.attributes.get("gene_id", "")
        if row.kind.endswith("gene"):
            heads.setdefault((row.chrom, own or above), []).append(row)
        elif row.kind in PARTS and above:
            parts.append(((row.chrom, above), row))
        elif own and above:
            parents[row.chrom, own] = above
    owned: dict[Key, list[Row]] = {}
    for key, row in parts:
        owned.setdefault(_topmost(key, parents), []).append(row)
    genes = [gene for key, rows in heads.items() for gene in _places(rows, owned.get(key, []))]
    genes = genes or [_gene(None, rows) for rows in owned.values()]
    if not genes:
        raise InputError(f"{path}: no gene; GFF3 or GTF with rows of the type gene, or exons with a gene_id")
    return sorted(genes)


def _topmost(key: Key, parents: dict[Key, str]) -> Key:
    """Return the name at the top of the parents of a feature; a circle of parents ends where it began."""
    chrom, name = key
    seen: set[str] = set()
    while (chrom, name) in parents and name not in seen:
        seen.add(name)
        name = parents[chrom, name]
    return chrom, name


def _places(heads: list[Row], parts: list[Row]) -> Iterator[Gene]:
    """Yield the gene of a row, or of each of several rows with the parts that lie in it, as after trans-splicing."""
    for head in heads:
        inside = (part for part in parts if head.start <= part.start and part.end <= head.end)
        yield _gene(head, list(inside) if len(heads) > 1 else parts)


def _gene(head: Row | None, parts: list[Row]) -> Gene:
    """Return the gene of a row, or of its parts alone."""
    rows = [row for row in parts if row.kind == PARTS[0]] or parts
    whole, exons = head or rows[0], merge_spans((row.start, row.end) for row in rows)
    start, end = (head.start, head.end) if head else (exons[0][0], exons[-1][1])
    name = next((whole.attributes[key] for key in NAMES if whole.attributes.get(key)), "")
    return Gene(whole.chrom, start, end, whole.strand, name, exons or ((start, end),))


def merge_spans(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Join spans that overlap: exons of several transcripts.

    >>> merge_spans([(5, 9), (1, 3), (8, 12)])
    ((1, 3), (5, 12))
    """
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)


def place_genes(genes: list[Gene], contigs: Contigs, source: str) -> list[Gene]:
    """Return the genes on contigs of the reference, under its names for them.

    Raises
    ------
    InputError
        As `match_contigs`, and if a gene starts beyond its contig: the annotation is of another assembly. One may
        end beyond it, over the origin of a circle.
    """
    names = match_contigs(dict.fromkeys(gene.chrom for gene in genes), contigs, source)
    placed = [gene._replace(chrom=names[gene.chrom]) for gene in genes if gene.chrom in names]
    for gene in placed:
        if gene.start >= contigs.sizes[gene.chrom]:
            raise InputError(
                f"{source}: gene {gene.name!r} starts at {gene.start + 1}, {gene.chrom} has "
                f"{contigs.sizes[gene.chrom]} bp; an annotation of the same assembly"
            )
    return sorted(placed)
