"""The verb ``reference``: a genome from its mirrors, checked, recompressed, indexed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from convoscope.config import Reference
from convoscope.download.credentials import unsealed
from convoscope.download.fetch import Checksum, Fetched, fetch
from convoscope.errors import InputError
from convoscope.files import replacing, write_json
from convoscope.sequence import genome
from convoscope.tables import write_table

ADDED = (".fai", ".gzi")


def _expected(spec: Reference) -> Checksum | None:
    """Return the checksum that the configuration gives, the stronger one if it gives two."""
    given = (Checksum(name, value) for name, value in (("sha256", spec.sha256), ("md5", spec.md5)) if value)
    return next(given, None)


@contextmanager
def _calling(path: Path, name: str) -> Iterator[None]:
    """Give a scratch file the name in error lines that the user knows it by."""
    try:
        yield
    except InputError as error:
        raise InputError(str(error).replace(str(path), name)) from None


def _prepare(raw: Path, fetched: Fetched, fasta: Path, tables: tuple[Path, Path, Path]) -> None:
    """Make all files of a reference from the fetched one; the FASTA comes last, so where it is the others are."""
    indices = [fasta.with_name(fasta.name + suffix) for suffix in ADDED]
    with replacing(*indices, *tables, fasta) as [*_, sizes, gaps, provenance, scratch]:
        lengths = genome.bgzip(raw, scratch)
        genome.index(scratch)  # writes next to it, which is where `replacing` expects the two indices
        sizes.write_text("".join(f"{name}\t{length}\n" for name, length in lengths.items()), encoding="utf-8")
        write_table(genome.gaps(scratch), gaps, header=False)
        facts = {**fetched._asdict(), "contigs": len(lengths), "length": sum(lengths.values())}
        write_json(provenance, facts)


def reference(*, spec: Reference, fasta: Path, sizes: Path, gaps: Path, provenance: Path) -> None:
    """Fetch a genome, check it, compress it to BGZF and index it.

    Mirrors are tried in their order.

    Parameters
    ----------
    spec
        Section references.<name> of the configuration as JSON, with mirrors.
    fasta
        Genome to write, BGZF; its indices .fai and .gzi are written next to it.
    sizes
        Sizes of the contigs to write: contig and length in bp, no header.
    gaps
        Runs of N to write, BED3.
    provenance
        Provenance to write, JSON: mirror, sha256 and bytes of the fetched file, contigs, length in bp.
    """
    if not spec.mirrors:
        raise InputError("spec.mirrors: none; a simulated reference is made by the verb simulate")
    raw = fasta.with_name(f".fetched-{fasta.name}")
    with _calling(raw, str(fasta)):
        fetched = fetch([whole for mirror in spec.mirrors for whole in unsealed(mirror)], raw, _expected(spec))
    try:
        with _calling(raw, fetched.mirror):
            _prepare(raw, fetched, fasta, (sizes, gaps, provenance))
    finally:
        raw.unlink(missing_ok=True)
