"""Verb ``simulate``: a genome with planted motifs, the factors' peaks, variants, and the truth about all."""

from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import pandas as pd
import pysam

from convoscope.config import Simulation
from convoscope.errors import InputError
from convoscope.files import open_text, replacing
from convoscope.interpretation.motifs.meme import Motif, format_meme, parse_meme
from convoscope.options import Input
from convoscope.scratch import mark
from convoscope.sequence import genome
from convoscope.sequence.simulation import simulate as simulation
from convoscope.sequence.simulation.composition import letter_shares, parse_dinucleotides
from convoscope.sequence.simulation.planting import DNA, Matrix, fetch_matrix
from convoscope.sequence.simulation.simulate import DECOY, Genome, fasta_records, peaks_of
from convoscope.sequence.simulation.simulated_variants import make_variants, vcf_text
from convoscope.tables import write_table

TRUTH = ["factor", "matrix_id", "chrom", "start", "end", "strand", "kind", "summit"]


def simulate(
    *,
    spec: Simulation,
    dinucleotides: Input,
    matrices: Input | None = None,
    fasta: Path,
    sizes: Path,
    gaps: Path,
    sites: list[Path],
    truth: Path,
    motifs: Path,
    variants: Path | None = None,
) -> None:
    """Simulate a genome with planted motifs, its peaks and variants, and the truth.

    Parameters
    ----------
    spec
        Section references.<name>.simulate of the configuration as JSON.
    dinucleotides
        Composition of the genome: table of the 16 dinucleotides and their counts,
        resources/sacCer3.dinucleotides.tsv.
    matrices
        Motifs to plant, MEME text, known by their JASPAR ids; an id that is not there is looked up in JASPAR.
    fasta
        Genome to write, BGZF; its indices .fai and .gzi are written next to it.
    sizes
        Sizes of the contigs to write: contig and length in bp, no header.
    gaps
        Runs of N to write, BED3.
    sites
        BED6 to write for each factor, in the order of the section: 1 bp wide at the summit, score 1 to 1000.
    truth
        Table of all planted sites to write.
    motifs
        Planted matrices to write, MEME text; the decoy is the last.
    variants
        Variants near strong sites to write, with what each does to them: VCF, BGZF; its index .tbi is written next
        to it.
    """
    if len(sites) != len(spec.factors):
        raise InputError(f"--sites: {len(sites)} files; one for each of {len(spec.factors)} factors")
    with open_text(dinucleotides) as stream:
        composition = parse_dinucleotides(stream.read(), str(dinucleotides))
    factors, decoy = _planted(spec, matrices, letter_shares(composition))
    simulated = simulation.simulate_genome(spec, composition, factors, decoy)
    _write_genome(simulated, fasta, sizes, gaps)
    for name, path in zip(spec.factors, sites, strict=True):
        _save_table(peaks_of(simulated.truth, name), path, header=False)
    _save_table(simulated.truth[TRUTH], truth, header=True)
    planted = [*factors, decoy] if decoy else factors
    text = format_meme([Motif(m.id, m.factor, m.probabilities, m.sites) for m in planted], DNA.letters)
    with replacing(motifs) as [scratch]:
        scratch.write_text(text, encoding="utf-8")
    if variants:
        sizes_of = {name: len(codes) for name, codes in zip(simulated.names, simulated.codes, strict=True)}
        _write_vcf(vcf_text(make_variants(spec, simulated, factors), sizes_of), variants)


def _planted(spec: Simulation, file: Path | None, background: np.ndarray) -> tuple[list[Matrix], Matrix | None]:
    """Return the matrices of the factors, and the decoy's if there is one: of a MEME file, else of JASPAR."""
    known: dict[str, Motif] = {}
    if file:
        with open_text(file) as stream:
            known = {motif.name: motif for motif in parse_meme(stream.read(), str(file))}

    def find(factor: str, matrix_id: str, key: str) -> Matrix:
        motif = known.get(matrix_id)
        if motif is None:
            return fetch_matrix(factor, matrix_id, key, background)
        return Matrix(factor, motif.name, motif.alternative, motif.matrix, motif.sites, background)

    factors = [find(name, matrix, f"simulate.factors.{name}") for name, matrix in spec.factors.items()]
    return factors, find(DECOY, spec.decoy, "simulate.decoy") if spec.decoy else None


def _write_vcf(text: str, path: Path) -> None:
    """Write VCF text, bgzipped, with its index."""
    with replacing(path, path.with_name(path.name + ".tbi")) as [scratch, _]:
        with pysam.BGZFile(str(scratch), "wb") as stream:
            stream.write(text.encode())
        pysam.tabix_index(str(scratch), preset="vcf", force=True)


def _write_genome(simulated: Genome, fasta: Path, sizes: Path, gaps: Path) -> None:
    """Write FASTA with its indices, sizes and gaps."""
    companions = [fasta.with_name(fasta.name + suffix) for suffix in (".fai", ".gzi")]
    with replacing(fasta, *companions) as [scratch, *_]:
        with NamedTemporaryFile(dir=fasta.parent, prefix=mark(), suffix=".fa") as plain:
            plain.writelines(fasta_records(simulated))
            plain.flush()
            genome.bgzip(Path(plain.name), scratch)
        genome.index(scratch)
    table = pd.DataFrame({"chrom": simulated.names, "length": simulated.codes.shape[1]})
    _save_table(table, sizes, header=False)
    _save_table(genome.gaps(fasta), gaps, header=False)


def _save_table(table: pd.DataFrame, path: Path, *, header: bool) -> None:
    """Write one table, whole or not at all."""
    with replacing(path) as [scratch]:
        write_table(table, scratch, header=header)
