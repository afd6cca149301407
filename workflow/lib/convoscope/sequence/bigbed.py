"""bigBed: intervals along a genome with an index, as UCSC's track hubs and IGV read them.

Format: Kent et al. 2010, doi:10.1093/bioinformatics/btq351; columns of BED: genome.ucsc.edu/FAQ/FAQformat.html#format1.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pybigtools

from convoscope.sequence.contigs import Contigs, match_contigs

FIELDS = {
    "chrom": "string", "chromStart": "uint", "chromEnd": "uint", "name": "string", "score": "uint", "strand": "char[1]",
    "thickStart": "uint", "thickEnd": "uint", "itemRgb": "uint", "blockCount": "int", "blockSizes": "int[blockCount]",
    "blockStarts": "int[blockCount]",
}  # fmt: skip
HIGHEST = 1000  # score that BED allows
Span = tuple[int, int]


def auto_sql(columns: int) -> str:
    """Return the description of the first columns of BED that a bigBed holds."""
    lines = [f'    {kind} {name}; "{name}"' for name, kind in list(FIELDS.items())[:columns]]
    return "\n".join([f'table bed{columns}\n"intervals"\n(', *lines, ")\n"])


def write_bigbed(path: Path, rows: pd.DataFrame, sizes: Mapping[str, int]) -> None:
    """Write intervals, at least one, in any order.

    Parameters
    ----------
    path
        The file.
    rows
        The first columns of BED, in its order.
    sizes
        Lengths of the contigs.
    """
    names = list(FIELDS)[: rows.shape[1]]
    ordered = rows.set_axis(names, axis=1).sort_values(["chrom", "chromStart", "chromEnd"], kind="stable")
    rest = ordered[names[3:]].astype(str).agg("\t".join, axis=1)
    entries = zip(ordered["chrom"], ordered["chromStart"], ordered["chromEnd"], rest, strict=True)
    writer = pybigtools.open(str(path), "w")
    writer.write(dict(sizes), entries, autosql=auto_sql(len(names)))


def sites_to_bed(sites: pd.DataFrame, contigs: Contigs, source: str) -> pd.DataFrame:
    """Return sites as the first six columns of BED, under the reference's names of contigs.

    Rows on contigs that the reference does not have, or beyond their ends, are left out; scores are cut to BED's.

    Parameters
    ----------
    sites
        Of :func:`convoscope.sequence.sites.read_sites`.
    contigs
        Of the reference.
    source
        The file, for messages.
    """
    names = match_contigs(sites["chrom"].unique(), contigs, source) if len(sites) else {}
    chrom = sites["chrom"].map(names)
    score = np.nan_to_num(sites["score"].to_numpy(float)).clip(0, HIGHEST).round().astype(int)
    name = sites["name"].replace("", ".")
    strand = sites["strand"].where(sites["strand"].isin(["+", "-"]), ".")
    rows = pd.DataFrame({"chrom": chrom, "start": sites["start"], "end": sites["end"], "name": name, "score": score,
                         "strand": strand})  # fmt: skip
    kept = chrom.notna() & (rows["start"] < rows["end"]) & (rows["end"] <= chrom.map(contigs.sizes))
    return rows[kept]


def genes_to_bed(genes: pd.DataFrame) -> pd.DataFrame:
    """Return genes ``chrom start end strand name exons`` as the twelve columns of BED, from first to last exon."""
    blocks = genes["exons"].map(_spans_of)
    starts, ends = blocks.map(lambda spans: spans[0][0]), blocks.map(lambda spans: spans[-1][1])
    sizes = blocks.map(lambda spans: ",".join(str(end - start) for start, end in spans))
    firsts = blocks.map(lambda spans: ",".join(str(start - spans[0][0]) for start, _ in spans))
    name = genes["name"].str.replace(r"\s", "_", regex=True)
    return pd.DataFrame({
        "chrom": genes["chrom"], "start": starts, "end": ends, "name": name, "score": 0, "strand": genes["strand"],
        "thick_start": starts, "thick_end": ends, "rgb": 0, "blocks": blocks.map(len), "sizes": sizes, "starts": firsts,
    })  # fmt: skip


def _spans_of(exons: str) -> list[Span]:
    """Return the exons ``START-END,…`` of a gene, those that overlap or touch as one.

    >>> _spans_of("5-9,7-12,20-30")
    [(5, 12), (20, 30)]
    """
    return joined([(int(start), int(end)) for start, _, end in (one.partition("-") for one in exons.split(","))])


def joined(spans: Sequence[Span]) -> list[Span]:
    """Join spans that overlap or touch."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found
