"""The contigs of a reference as far as they are known before the first job, and files compared with them.

What needs numpy or pysam is imported where it is used, as everywhere in `convoscope.preflight`: Snakemake may run in an
environment without them, and `Problems.at` then leaves the check to the job.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from convoscope.config import Config, Reference, SequenceExperiment
from convoscope.download.addresses import redacted
from convoscope.errors import Problems
from convoscope.files import PACKED, is_indexed, read_json
from convoscope.preflight.given import READ_WHOLE, here
from convoscope.sequence.choices import PLAIN, Choices
from convoscope.sequence.contigs import NONE, UNKNOWN, Contigs, contigs_of, finder, match_contigs
from convoscope.sequence.genes import place_genes, read_genes

if TYPE_CHECKING:
    import pandas as pd

SCANNED = 200_000_000  # bytes up to which a local FASTA without an index is read for its contigs
EXPANDED = 5  # times as many letters as bytes in a compressed FASTA, at most about


def known_contigs(
    problems: Problems, key: str, experiment: SequenceExperiment, config: Config, other: str | None = None
) -> Contigs:
    """Return the contigs of a reference with their other names; none where these are not known yet.

    Parameters
    ----------
    problems, key
        Where a reference that cannot be read, or names that it does not have, are recorded.
    experiment, config
        The experiment, whose own renaming holds on its own reference alone.
    other
        Another reference than the experiment's, as variants and regions may have.
    """
    name = other or experiment.reference
    if name not in config.references:  # `check_reference` says so
        return Contigs({})
    sizes, given = dict[str, int](), config.references[name].aliases
    table = here(given) if given else None
    with problems.at(f"config: references.{name}"):
        sizes = reference_sizes(config, name)
    with problems.at(key):
        if sizes and bool(given) == bool(table):
            return contigs_of(sizes, experiment.windows.rename if name == experiment.reference else NONE, table)
    return Contigs({})


def reference_sizes(config: Config, name: str) -> dict[str, int]:
    """Return the contigs of a reference with their lengths, or nothing when they are not known before it is fetched."""
    reference = config.references[name]
    if reference.simulate:
        several, length = reference.simulate.chromosomes, reference.simulate.length
        return dict.fromkeys((f"sim{number}" for number in range(1, several + 1)), length)
    folder = Path(config.results, "references", name)
    if _is_made(folder, reference):
        return _index_sizes(folder / "chrom.sizes")
    path = next((path for mirror in reference.mirrors if (path := here(mirror))), None)
    return file_sizes(path) if path else {}


def file_sizes(path: Path) -> dict[str, int]:
    """Return the contigs of a genome's file with their lengths, or nothing where it has no index and is large."""
    if is_indexed(path):
        return _index_sizes(path.with_name(path.name + ".fai"))
    facts = path.stat()
    return dict(scanned_sizes(path, facts.st_size, facts.st_mtime_ns))


def _is_made(folder: Path, reference: Reference) -> bool:
    """Tell whether a reference was made of the mirrors that the configuration names now, and of files as they are."""
    sizes, provenance = folder / "chrom.sizes", folder / "provenance.json"
    if not sizes.is_file():
        return False
    local = [path for mirror in reference.mirrors if (path := here(mirror))]
    if any(path.stat().st_mtime_ns > sizes.stat().st_mtime_ns for path in local):
        return False
    made = read_json(provenance) if provenance.is_file() else {}
    return "mirror" not in made or made["mirror"] in map(redacted, reference.mirrors)


def _index_sizes(path: Path) -> dict[str, int]:
    """Return contigs and lengths from the first two columns of an index or of chrom.sizes; nothing if damaged."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    return {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[1].isdecimal()}


@lru_cache(maxsize=32)
def scanned_sizes(path: Path, size: int, written: int) -> dict[str, int]:
    """Return contigs and lengths of a genome without an index, nothing of one that takes long to read.

    ``size`` in bytes and ``written``, its time, tell whether the file is still the one that was read before.
    """
    from convoscope.sequence.recompress import open_records, refuse_headless
    from convoscope.sequence.twobit import contig_sizes, is_twobit

    if is_twobit(path):
        return contig_sizes(path)
    with open(path, "rb") as stream:
        packed = stream.read(max(map(len, PACKED))).startswith(tuple(PACKED))
    if size * (EXPANDED if packed else 1) > SCANNED:
        return {}
    sizes: dict[str, int] = {}
    with open_records(path) as records:
        for record in records:
            refuse_headless(record, path)
            name = (record.header.decode(errors="replace").split() or [""])[0]
            sizes[name] = len(record.text) - record.text.count(b"\n")
    return sizes


def check_genes(problems: Problems, name: str, config: Config) -> None:
    """Read the genes of a reference, where they are here and not many, and compare their contigs with its own."""
    reference = config.references[name]
    path = here(reference.genes) if reference.genes else None
    table = here(reference.aliases) if reference.aliases else None
    if path is None or path.stat().st_size > READ_WHOLE or bool(reference.aliases) != bool(table):
        return
    with problems.at(f"config: references.{name}.genes"):
        genes, sizes = read_genes(path), reference_sizes(config, name)
        if sizes:
            place_genes(genes, contigs_of(sizes, aliases=table), str(path))


def check_first_rows(
    problems: Problems, where: str, given: str, contigs: Contigs, choices: Choices = PLAIN, may_be_empty: bool = False
) -> None:
    """Read the first rows of a site file, where it is here: columns, integers, scores, contigs."""
    if path := here(given):
        with problems.at(where):
            from convoscope.sequence.sites import check_sites

            check_site_contigs(path, check_sites(path, choices, may_be_empty=may_be_empty), contigs)


def check_site_contigs(path: Path, sites: "pd.DataFrame", contigs: Contigs) -> list[str]:
    """Compare the contigs of a site file, whose first rows are ``sites``; see `check_contigs`."""
    return check_contigs(path, sites["chrom"].unique(), lambda: _site_contigs(path), contigs)


def _site_contigs(path: Path) -> list[str]:
    """Return all contigs of a site file that is not large."""
    if path.stat().st_size > READ_WHOLE:
        return []
    from convoscope.sequence.sites import read_sites

    return list(read_sites(path, Choices("midpoint"), may_be_empty=True)["chrom"].unique())


def check_contigs(
    path: Path,
    first: Iterable[str],
    every: Callable[[], Iterable[str]],
    contigs: Contigs,
    lengths: Mapping[str, int] = UNKNOWN,
) -> list[str]:
    """Compare the contigs of a file with a reference, as its job will; return those of the reference that it names.

    Parameters
    ----------
    path
        The file, for messages.
    first
        Contigs of its first rows.
    every
        Returns those of all rows, or none where that takes long: asked when ``first`` are all unknown, because rows
        that follow may be on others.
    contigs
        Of the reference; none where they are not known yet.
    lengths
        bp of the file's contigs, where it tells them.

    Raises
    ------
    InputError
        As `match_contigs`.
    """
    first, find = list(first), finder(contigs)
    if not contigs.sizes:
        return []
    names = first if any(map(find, first)) else every()
    return list(match_contigs(names, contigs, str(path), lengths).values())
