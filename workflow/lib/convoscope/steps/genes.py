"""Verb ``genes``: the genes of a reference as a table, under the names of its contigs."""

from pathlib import Path

import pandas as pd

from convoscope.files import replacing
from convoscope.options import Input
from convoscope.sequence.contigs import contigs_of
from convoscope.sequence.genes import place_genes, read_genes
from convoscope.sequence.usable_regions import read_sizes
from convoscope.tables import write_table


def genes(*, annotation: Input, sizes: Input, aliases: Input | None = None, table: Path) -> None:
    """Write the genes of an annotation that are on contigs of a reference.

    Parameters
    ----------
    annotation
        GFF3 or GTF, plain or compressed.
    sizes
        Contigs of the reference with their lengths, chrom.sizes.
    aliases
        Table of the contigs' names elsewhere, as UCSC's chromAlias.txt or NCBI's assembly report.
    table
        Table to write, one row per gene; exons as START-END, separated by commas.
    """
    contigs = contigs_of(read_sizes(sizes), aliases=aliases)
    placed = place_genes(read_genes(annotation), contigs, str(annotation))
    rows = [(*gene[:5], ",".join(f"{start}-{end}" for start, end in gene.exons)) for gene in placed]
    with replacing(table) as [scratch]:
        write_table(pd.DataFrame(rows, columns=["chrom", "start", "end", "strand", "name", "exons"]), scratch)
