"""Verb ``simulate``: a genome with planted motifs, the factors' peaks, variants, and the truth about all."""

from pathlib import Path
from tempfile import NamedTemporaryFile

import pandas as pd
import pysam

from convoscope.config import Simulation
from convoscope.errors import InputError
from convoscope.files import replacing
from convoscope.interpretation.motifs.meme import Motif, format_meme
from convoscope.sequence import genome
from convoscope.sequence.simulation import simulate as simulation
from convoscope.sequence.simulation.planting import DNA, fetch_matrix
from convoscope.sequence.simulation.simulate import DECOY, Genome, fasta_records, peaks_of
from convoscope.sequence.simulation.simulated_variants import make_variants, vcf_text
from convoscope.tables import write_table

TRUTH = ["factor", "matrix_id", "chrom", "start", "end", "strand", "kind", "summit"]


def simulate(
    *,
    spec: Simulation,
    fasta: Path,
    sizes: Path,
    gaps: Path,
    sites: list[Path],
    truth: Path,
    motifs: Path,
    variants: Path | None = None,
) -> None:
    """Simulate a genome with planted motifs, peaks that hold them, variants, and the truth about all.

    Parameters
    ----------
    spec
        Section ``references.<name>.simulate``.
    fasta
        Genome, BGZF; its indices ``.fai`` and ``.gzi`` are written beside it.
    sizes, gaps
        Chromosome sizes; runs of N as BED.
    sites
        One BED6 per factor in the order of ``spec.factors``: 1 bp wide at the summit, score 1-1000.
    truth
        Table of all planted sites.
    motifs
        Planted matrices, the decoy last, as MEME text.
    variants
        Variants near strong sites with what each does to them: VCF, BGZF; its index ``.tbi`` is written beside it.
    """
    if len(sites) != len(spec.factors):
        raise InputError(f"--sites: {len(sites)} files; one for each of {len(spec.factors)} factors")
    key = "simulate.factors"
    matrices = [fetch_matrix(name, matrix, f"{key}.{name}") for name, matrix in spec.factors.items()]
    decoy = fetch_matrix(DECOY, spec.decoy, "simulate.decoy") if spec.decoy else None
    simulated = simulation.simulate(spec, matrices, decoy)
    write_genome(simulated, fasta, sizes, gaps)
    for name, path in zip(spec.factors, sites, strict=True):
        save_table(peaks_of(simulated.truth, name), path, header=False)
    save_table(simulated.truth[TRUTH], truth, header=True)
    planted = [*matrices, decoy] if decoy else matrices
    text = format_meme([Motif(m.id, m.factor, m.probabilities, m.sites) for m in planted], DNA.letters)
    with replacing(motifs) as [scratch]:
        scratch.write_text(text, encoding="utf-8")
    if variants:
        sizes_of = {name: len(codes) for name, codes in zip(simulated.names, simulated.codes, strict=True)}
        write_vcf(vcf_text(make_variants(spec, simulated, matrices), sizes_of), variants)


def write_vcf(text: str, path: Path) -> None:
    """Write VCF text, bgzipped, with its index."""
    with replacing(path, path.with_name(path.name + ".tbi")) as [scratch, _]:
        with pysam.BGZFile(str(scratch), "wb") as stream:
            stream.write(text.encode())
        pysam.tabix_index(str(scratch), preset="vcf", force=True)


def write_genome(simulated: Genome, fasta: Path, sizes: Path, gaps: Path) -> None:
    """Write FASTA with its indices, sizes and gaps."""
    companions = [fasta.with_name(fasta.name + suffix) for suffix in (".fai", ".gzi")]
    with replacing(fasta, *companions) as [scratch, *_]:
        with NamedTemporaryFile(dir=fasta.parent, prefix=".writing-", suffix=".fa") as plain:
            plain.writelines(fasta_records(simulated))
            plain.flush()
            genome.bgzip(Path(plain.name), scratch)
        genome.index(scratch)
    table = pd.DataFrame({"chrom": simulated.names, "length": simulated.codes.shape[1]})
    save_table(table, sizes, header=False)
    save_table(genome.gaps(fasta), gaps, header=False)


def save_table(table: pd.DataFrame, path: Path, *, header: bool) -> None:
    """Write one table, whole or not at all."""
    with replacing(path) as [scratch]:
        write_table(table, scratch, header=header)
