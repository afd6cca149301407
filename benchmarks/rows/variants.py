"""`predict-variants` compared with a script of some thirty lines: single nucleotide variants, files written."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pysam

from rows.base import CONTIGS, LENGTH, Peer, Row, genome, network, timed, verb


def draw_variants(folder: Path, count: int) -> Path:
    """Write variants at random places, sorted; return the file."""
    path, generator = folder / f"variants{count}.vcf", np.random.default_rng(2)
    if not path.exists():
        with pysam.FastaFile(str(genome(folder))) as fasta, open(path, "w", encoding="utf-8") as sink:
            sink.write("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
            for chrom in (f"chr{number + 1}" for number in range(CONTIGS)):
                letters = fasta.fetch(chrom)
                for place in np.sort(generator.integers(5_000, LENGTH - 5_000, size=count // CONTIGS + 1)).tolist():
                    alt = "ACGT"[("ACGT".index(letters[place]) + generator.integers(1, 4)) % 4]
                    sink.write(f"{chrom}\t{place + 1}\trs{place}\t{letters[place]}\t{alt}\t.\t.\t.\n")
    return path


def _row(
    name: str, length: int, count: int, least: float, folder: Path,
    script: str = "plain_variants", against: str = "plain PyTorch script",
) -> Row:  # fmt: skip
    """Return the row of one architecture, compared with one peer."""
    fasta, vcf, model, table = genome(folder), draw_variants(folder, count), network(folder, name, length), "s.tsv.gz"
    words = ("predict-variants", "--models", model, "--genome", fasta, "--vcf", vcf, "--device", "cpu", "--scores",
             folder / table, "--annotated", folder / "s.vcf.gz", "--dropped", folder / "dropped.tsv")  # fmt: skip
    mine, peer = partial(verb, *words), Peer(folder, script, model, fasta, vcf, folder / "plain.tsv")

    def check() -> None:
        mine()
        expected, found = peer.answer()["scores"], pd.read_csv(folder / table, sep="\t")
        np.testing.assert_allclose(found[["y:ref", "y:alt"]], expected, rtol=0, atol=3e-6)

    title = f"`predict-variants`, {name} {length} bp, {count:,} SNVs"
    return Row(title, against, least, check, timed(mine), peer, "3e-6")


deepbind_variants = partial(_row, "deepbind", 201, 20_000, 1.5)
tangermeme_variants = partial(
    _row, "deepbind", 201, 20_000, 1.3, script="tangermeme_variants", against="tangermeme substitution_effect"
)
grelu_variants = partial(
    _row, "deepbind", 201, 20_000, 5.0, script="grelu_variants", against="gReLU predict_variant_effects"
)
basset_variants = partial(_row, "basset", 1000, 500, 4.0)
