"""Variants with a known truth near the strong sites of a simulated genome, as a table and as VCF.

Each site has up to three variants (of the kinds in :mod:`convoscope.sequence.simulation.edits`), one either of
``breaks`` or of ``switch``; none of them touches the letters of another.
"""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pandas as pd

from convoscope.config import Simulation
from convoscope.errors import InputError
from convoscope.sequence.alphabet import decode_codes
from convoscope.sequence.simulation.edits import KINDS, LOSING, SITE, Edit, Place, best_match
from convoscope.sequence.simulation.planting import DNA, Matrix
from convoscope.sequence.simulation.simulate import Genome

MOST = 2000  # records of one reference, about
OWN = 1  # sets the random numbers of the variants apart from those of the genome

HEADER = """\
##fileformat=VCFv4.3
##INFO=<ID=KIND,Number=1,Type=String,Description="neutral, breaks, creates or switch">
##INFO=<ID=SITE,Number=1,Type=String,Description="Factor of the planted site at which the variant lies">
##INFO=<ID=LOST,Number=1,Type=String,Description="Factor whose site the variant breaks">
##INFO=<ID=GAINED,Number=1,Type=String,Description="Factor whose site the variant creates">
##INFO=<ID=SWITCH,Number=1,Type=Integer,Description="1 if one factor's site is broken and another's created, else 0">
"""


def _places(genome: Genome, matrices: list[Matrix], chromosomes: list[str]) -> Iterator[tuple[str, Place]]:
    """Yield chromosome and place of every strong site that is one by its letters too."""
    known = {matrix.factor: matrix for matrix in matrices}
    planted = genome.truth[genome.truth["start"].notna() & genome.truth["summit"].notna()]
    peaks = planted.groupby(["chrom", "summit"], sort=False).indices
    spans = planted[["start", "end"]].to_numpy(dtype=np.int64)
    strong = planted[(planted["kind"] == "strong") & planted["chrom"].isin(chromosomes)]
    for row in strong.to_dict("records"):
        codes, matrix = genome.codes[genome.names.index(row["chrom"])], known[row["factor"]]
        start, end, summit = (int(row[name]) for name in ("start", "end", "summit"))
        others = spans[peaks[row["chrom"], summit]].tolist()
        beside = tuple(Edit(first, codes[first:last]) for first, last in others if first != start)
        if best_match(codes[start:end], matrix) >= SITE:
            yield row["chrom"], Place(codes, start, end, row["strand"] == "-", summit, matrix, matrices, beside)


def make_variants(spec: Simulation, genome: Genome, matrices: list[Matrix]) -> pd.DataFrame:
    """Make up to three variants per strong site, the same for the same arguments.

    Parameters
    ----------
    spec
        The simulation: its seed and the chromosomes on which variants lie.
    genome
        Simulated from it.
    matrices
        The planted factors, without the decoy.

    Returns
    -------
    pandas.DataFrame
        Columns ``chrom pos ref alt kind site lost gained``, in genome order; ``pos`` is counted from 1, ``lost`` and
        ``gained`` are empty for none. No variant touches another one, or the site of
        another factor.

    Raises
    ------
    InputError
        If the simulation has no such chromosome.
    """
    unknown = [name for name in spec.variant_chromosomes if name not in genome.names]
    if unknown:
        raise InputError(f"simulate.variant_chromosomes: {unknown[0]!r}; there are {', '.join(genome.names)}")
    generator = np.random.default_rng([spec.seed, OWN])
    candidates = list(_places(genome, matrices, spec.variant_chromosomes or genome.names))
    rows, made = [], defaultdict[tuple[str, int], list[Edit]](list)
    for turn, chosen in enumerate(generator.permutation(len(candidates))[: MOST // 3]):
        chrom, place = candidates[chosen]
        before = made[chrom, place.summit]
        for kind in (LOSING[turn % 2], "creates", "neutral"):
            edit = KINDS[kind](place._replace(taken=(*place.taken, *before)), generator)
            if edit is not None:
                rows.append(describe_variants(chrom, place, edit, kind))
                before.append(edit)
    table = pd.DataFrame(rows, columns=["chrom", "pos", "ref", "alt", "kind", "site", "lost", "gained"])
    order = table.assign(chrom=table["chrom"].map(genome.names.index)).sort_values(["chrom", "pos"])
    return table.loc[order.index].reset_index(drop=True)


def describe_variants(chrom: str, place: Place, edit: Edit, kind: str) -> list[str | int]:
    """Return one row of :func:`make_variants`; letters at the ends that stay as they are are left out."""
    before = place.codes[edit.start : edit.end]
    differs = np.flatnonzero(before != edit.letters)
    first, last = int(differs[0]), int(differs[-1]) + 1
    alleles = [decode_codes(codes[first:last], DNA) for codes in (before, edit.letters)]
    lost = place.matrix.factor if kind in LOSING else ""
    return [chrom, edit.start + first + 1, *alleles, kind, place.matrix.factor, lost, edit.gained]


def vcf_text(table: pd.DataFrame, sizes: dict[str, int]) -> str:
    """Render variants as VCF; ``sizes`` are the contigs' lengths."""
    contigs = [f"##contig=<ID={name},length={length}>\n" for name, length in sizes.items()]
    lines = [HEADER, *contigs, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"]
    for row in table.to_dict("records"):
        info = f"KIND={row['kind']};SITE={row['site']};LOST={row['lost'] or '.'};GAINED={row['gained'] or '.'}"
        info += f";SWITCH={int(row['kind'] == 'switch')}"
        lines.append(f"{row['chrom']}\t{row['pos']}\t.\t{row['ref']}\t{row['alt']}\t.\tPASS\t{info}\n")
    return "".join(lines)
