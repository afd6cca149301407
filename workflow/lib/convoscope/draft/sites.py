"""A configuration for sites on a genome."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from convoscope.config import Windows
from convoscope.draft import Draft, label_list, safe_name, write_draft
from convoscope.draft.chromosomes import Held, choose_chromosomes
from convoscope.errors import InputError
from convoscope.preflight.genomes import file_sizes
from convoscope.preflight.given import here
from convoscope.sequence.contigs import Contigs, match_contigs
from convoscope.sequence.sites import read_sites

FEW = 100  # sites, from which a network hardly learns
BLOCKS = 50  # a genome without fitting chromosomes has this number of them at least
GENOME_ENDINGS = (".gz", ".bgz", ".bz2", ".xz", ".zip", ".fasta", ".fna", ".fa", ".2bit")


class Seen(NamedTuple):
    """Sites of a label: its file, number, median width in bp, lowest and highest score or none, share on the genome."""

    path: Path
    rows: int
    width: int
    scores: tuple[float, float] | None
    known: float

    @property
    def words(self) -> str:
        """Describe them in a few words."""
        scores = "no scores" if self.scores is None else "scores {:g} to {:g}".format(*self.scores)
        return f"{self.rows:,} rows, {self.width:,} bp wide (median), {scores}"


def draft_sites(genome: str, files: Mapping[str, Path], name: str | None) -> Draft:
    """Return the configuration of an experiment on sites.

    Parameters
    ----------
    genome
        Its file or address.
    files
        BED or its relatives, by label; a file whose name contains ``blacklist`` holds regions to avoid.
    name
        Of the experiment; that of a single label, else ``sites``, when not given.

    Raises
    ------
    InputError
        If a file cannot be read, none of its contigs is in the genome, or most of its sites lie beyond their ends.
    """
    avoided = {label: path for label, path in files.items() if "blacklist" in label.lower()}
    labels = {label: path for label, path in files.items() if label not in avoided}
    if not labels or len(avoided) > 1:
        raise InputError(f"--sites: {label_list(files)}; a file for each label, and at most one named blacklist")
    sizes = _genome_sizes(genome)
    tables = {label: _read(path, sizes) for label, path in labels.items()}
    counts = _count_sites(tables, sizes)
    held = choose_chromosomes(counts)
    seen = {label: _look(labels[label], table) for label, table in tables.items()}
    reference = safe_name(_genome_name(genome))
    values: dict[str, Any] = {
        "reference": reference,
        "genome": genome,
        "name": name or (next(iter(labels)) if len(labels) == 1 else "sites"),
        "labels": seen,
        "blacklist": next((str(path) for path in avoided.values()), None),
        "held": held,
        "block": None if held else _block(counts, tables, sizes),
        "windows": Windows(),
    }
    return write_draft("sites", [_say_genome(genome, sizes), *_say_sites(seen, held, bool(sizes))], values)


def _genome_sizes(genome: str) -> dict[str, int]:
    """Return the contigs of a genome; none of one that is fetched, or too large to be read."""
    path = here(genome)
    if path is None and "://" not in genome:
        raise InputError(f"--genome: no file {genome!r}; FASTA or .2bit, or an address with https:// or ftp://")
    return file_sizes(path) if path else {}


def _genome_name(genome: str) -> str:
    """Return the name that a genome's file suggests.

    >>> _genome_name("https://example.org/sacCer3.fa.gz")
    'sacCer3'
    """
    name = genome.split("?")[0].rstrip("/").rpartition("/")[2]
    for ending in GENOME_ENDINGS:
        name = name[: -len(ending)] if name.lower().endswith(ending) else name
    return name


def _read(path: Path, sizes: dict[str, int]) -> pd.DataFrame:
    """Return the sites of a file, under the genome's names of their contigs; unknown ones have none."""
    table = read_sites(path)
    if sizes:
        names = match_contigs(table["chrom"].unique(), Contigs(sizes), str(path))
        table["chrom"] = table["chrom"].map(names)
        beyond = (table["end"] > table["chrom"].map(sizes)).to_numpy()
        if 2 * beyond.sum() > len(table):
            line, chrom, end = table.loc[beyond, ["line", "chrom", "end"]].iloc[0]
            raise InputError(
                f"{path}:{line}: ends at {end:,}, {chrom} of the genome at {sizes[chrom]:,} ({beyond.sum():,} of "
                f"{len(table):,} rows end beyond their contig); give sites of the same assembly"
            )
    return table


def _count_sites(tables: Mapping[str, pd.DataFrame], sizes: dict[str, int]) -> pd.DataFrame:
    """Return the sites of every label (column) on every contig (row), in the order of the genome."""
    counts = pd.DataFrame({label: table["chrom"].value_counts() for label, table in tables.items()}).fillna(0)
    order = [name for name in sizes if name in counts.index]
    return counts.loc[order] if sizes else counts.sort_index()


def _look(path: Path, table: pd.DataFrame) -> Seen:
    """Return what the sites of a label are like."""
    scores = table["score"].dropna()
    known = None if scores.empty or scores.nunique() == 1 else (float(scores.min()), float(scores.max()))
    width = int((table["end"] - table["start"]).median())
    return Seen(path, len(table), width, known, float(table["chrom"].notna().mean()))


def _block(counts: pd.DataFrame, tables: Mapping[str, pd.DataFrame], sizes: dict[str, int]) -> int:
    """Return bp of the blocks that are dealt to splits where chromosomes do not fit: two digits of a part."""
    ends = pd.concat(list(tables.values())).groupby("chrom")["end"].max()
    length = sum(sizes.get(str(name), int(ends[name])) for name in counts.index)
    return max(1000, min(100_000, int(float(f"{length / BLOCKS:.1g}"))))


def _say_genome(genome: str, sizes: dict[str, int]) -> str:
    """Say what a genome is."""
    if not sizes:
        return f"The genome {genome} is read in the first job; until then contig names cannot be compared."
    return f"The genome {genome} has {len(sizes):,} contigs, {sum(sizes.values()):,} bp."


def _say_sites(seen: Mapping[str, Seen], held: Held | None, compared: bool) -> list[str]:
    """Say what sites there are, and how they are split."""
    rows = [one.rows for one in seen.values()]
    many = f"{len(rows)} labels ({label_list(seen)}) with {min(rows):,} to {max(rows):,} sites"
    said = [f"{many}." if len(rows) > 1 else f"{next(iter(seen))}: {next(iter(seen.values())).words}."]
    if compared:
        lost = {label: 1 - one.known for label, one in seen.items() if one.known < 1}
        parts = [f"{label} {share:.0%}" for label, share in lost.items()]
        said.append(f"On contigs that it lacks: {', '.join(parts)}." if parts else "It has every contig of the sites.")
    if few := [label for label, one in seen.items() if one.rows < FEW]:
        said.append(f"Fewer than {FEW} sites, from which a network hardly learns: {label_list(few)}.")
    if held is None:
        return [*said, "No chromosomes hold 10 to 20 % of the sites of every label, so that blocks of them are split."]
    validation, test = held.shares
    named = f"{', '.join(held.validation)} for validation ({validation:.0%} of the sites)"
    return [*said, f"Chromosomes held out: {named}, {', '.join(held.test)} for test ({test:.0%})."]
