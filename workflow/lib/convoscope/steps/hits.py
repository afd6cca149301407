"""Verb ``hits``: places of the learned motifs on the genome as an indexed BED file."""

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pysam
from tqdm import tqdm

from convoscope.config import Hits, Motifs
from convoscope.config.strands import strand_facts
from convoscope.dataset import read_card
from convoscope.errors import InputError
from convoscope.files import open_text, replacing
from convoscope.interpretation.motifs.hits import count_letters, hits_of, letter_frequencies, make_scanner, stretches
from convoscope.interpretation.motifs.known import MATCHES, known_motifs
from convoscope.interpretation.motifs.meme import Motif, meme_letters
from convoscope.options import Input
from convoscope.sequence.alphabet import ALPHABETS, encode_text
from convoscope.sequence.contigs import Contigs, contigs_of_options, require_contigs
from convoscope.sequence.genome import chrom_sizes, indexed, open_fasta
from convoscope.tables import read_table

log = logging.getLogger(__name__)
STRETCH = 1 << 22  # bases scanned at once
THYMINE = str.maketrans("Uu", "Tt")
LONGEST = 1 << 29  # bases of a contig that a tabix index can address


def hits(
    *, motifs: Input, matches: Input, genome: Input, card: Input | None = None, spec: Hits, naming: Motifs,
    rename: list[str] | None = None, aliases: Input | None = None, hits: Path, index: Path,
) -> None:  # fmt: skip
    """Find the reproducible, named motifs on the genome.

    The score is -10 log10 of the p-value. Both strands of the genome are scanned, unless the card of the windows says
    that they are of one strand and read forward: then that one.

    Parameters
    ----------
    card
        Description of the windows, card.json; it says whether one strand is scanned or both.
    hits
        Places to write, BED6 and the p-value, bgzipped.
    index
        Index of the hits to write, .tbi.
    """
    strands = _scanned_strands(card)
    learned = _chosen_motifs(motifs, matches, naming.q_value)
    if not learned:
        log.warning("hits: no motif is both reproducible (in %s) and named; the file stays empty", matches)
    with indexed(genome) as fasta, replacing(hits, index) as (bed, table):
        sizes = _choose_contigs(spec.contigs, contigs_of_options(chrom_sizes(fasta), rename, aliases))
        letters = count_letters(codes for _, _, _, codes in _pieces(fasta, sizes, 0, "counting letters"))
        scanners = [make_scanner(motif, letter_frequencies(letters), spec.p_value) for motif in learned]
        reach = max((len(scanner.scores) for scanner in scanners), default=1) - 1
        with pysam.BGZFile(str(bed), "wb") as stream:
            for chrom, start, end, codes in _pieces(fasta, sizes if scanners else {}, reach, "hits"):
                found = hits_of(codes, scanners, chrom, start, end, strands)
                text = found.to_csv(sep="\t", index=False, header=False, float_format="%.3g")
                stream.write(text.encode())
        pysam.tabix_index(str(bed), preset="bed", index=str(table), force=True)


def _scanned_strands(card: Path | None) -> str:
    """Return the strands of a genome on which motifs of windows may lie."""
    facts = {} if card is None else strand_facts(read_card(card, "alphabet"))
    return "+" if facts == {"strands": "single", "direction": "forward"} else "+-"


def _chosen_motifs(motifs: Path, matches: Path, limit: float) -> list[Motif]:
    """Return the learned motif of every known one, under its name and on its strand."""
    with open_text(motifs) as stream:
        text = stream.read()
    if meme_letters(text) not in ("ACGT", "ACGU"):
        raise InputError(
            f"{motifs}: motifs over {meme_letters(text) or 'no letters'}; a genome is scanned for ACGT or ACGU"
        )
    named = known_motifs(text, read_table(matches, "matches", MATCHES), limit, str(matches))
    return [motif._replace(alternative="_".join(motif.alternative.split())) for motif in named]


def _choose_contigs(wanted: list[str], contigs: Contigs) -> dict[str, int]:
    """Return the lengths of the contigs to scan, in the order of the genome; all where none is named."""
    chosen = set(require_contigs(wanted, contigs, "hits.contigs")) if wanted else contigs.sizes
    kept = {name: size for name, size in contigs.sizes.items() if name in chosen}
    long = [name for name, size in kept.items() if size > LONGEST]
    if long:
        raise InputError(f"hits.contigs: {long[0]} has {kept[long[0]]:,} bp; an index reaches {LONGEST:,}")
    return kept


def _pieces(fasta: Path, sizes: dict[str, int], reach: int, what: str) -> Iterator[tuple[str, int, int, np.ndarray]]:
    """Yield contig, start, end and codes of one stretch after the other, with ``reach`` bases behind its end."""
    with open_fasta(fasta) as genome, tqdm(total=sum(sizes.values()), desc=what, unit="bp", file=sys.stderr) as bar:
        for chrom, size in sizes.items():
            for start, end in stretches(size, STRETCH):
                letters = genome.fetch(chrom, start, min(end + reach, size))
                # Codes of RNA are those of DNA: U for T, in the genome as in motifs.
                letters = letters.translate(THYMINE)
                yield chrom, start, end, encode_text(letters, ALPHABETS["dna"], f"{fasta}: {chrom}")
                bar.update(end - start)
