"""Contig names and lengths of a file, compared with those of a reference: the one place that does so.

The same contig is ``chr1`` at UCSC, ``1`` at Ensembl, ``CM000663.2`` at GenBank and ``NC_000001.11`` at RefSeq; the
first two follow from each other, the others need a table (:mod:`aliases`). Accessions are never compared without their
version, because another version is another sequence.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from convoscope.errors import InputError
from convoscope.sequence.aliases import read_aliases

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)
NONE: Mapping[str, str] = MappingProxyType({})
UNKNOWN: Mapping[str, int] = MappingProxyType({})
SHOWN = 8  # names of many
ADVICE = (
    "give their names in windows.rename (--rename where the verb has it) "
    "or a table in references.<name>.aliases (--aliases)"
)
# Names of one organelle's genome, in lower case and without ``chr``: UCSC, Ensembl, NCBI, SGD, TAIR.
ORGANELLES = (
    ("m", "mt", "mito", "mitochondrion", "mitochondria"),
    ("pt", "c", "chloroplast", "plastid"),
)
ORGANELLE = {name: names[0] for names in ORGANELLES for name in names}


class Contigs(NamedTuple):
    """A reference's contigs with their lengths, in its order, and other names for them.

    ``rename`` is what the user says and goes before all else; ``aliases`` are of a table.
    """

    sizes: dict[str, int]
    rename: Mapping[str, str] = NONE
    aliases: Mapping[str, str] = NONE


def _without_prefix(name: str) -> str:
    """Return a name without ``chr``."""
    return name.removeprefix("chr")


def _without_case(name: str) -> str:
    """Return a name in lower case and without ``chr``."""
    return name.lower().removeprefix("chr")


def _without_synonym(name: str) -> str:
    """Return the first of an organelle's names for each of them, ``""`` for any other contig.

    >>> _without_synonym("chrMT"), _without_synonym("Mito"), _without_synonym("chr1")
    ('m', 'm', '')
    """
    return ORGANELLE.get(_without_case(name), "")


def is_organelle(name: str) -> bool:
    """Tell whether a contig has a name of a mitochondrion's or a plastid's genome.

    >>> is_organelle("chrM"), is_organelle("chr2")
    (True, False)
    """
    return bool(_without_synonym(name))


# From what changes a name least to what changes it most; the first that finds a contig decides.
FORMS: tuple[Callable[[str], str], ...] = (_without_prefix, _without_case, _without_synonym)


def contigs_of(
    sizes: dict[str, int],
    rename: Mapping[str, str] | None = None,
    aliases: Path | None = None,
    key: str = "windows.rename",
) -> Contigs:
    """Return the contigs of a reference with their other names; ``key`` says in an error where ``rename`` is from.

    Raises
    ------
    InputError
        If a name is to become one that the reference does not have, or no row of the table names a contig of it.
    """
    for old, new in (rename or {}).items():
        if new not in sizes:
            raise InputError(f"{key}: {old}: {new!r} is not in the reference; it has {shown(sizes)}")
    own = Contigs(sizes, rename or NONE)
    return own._replace(aliases=_resolve(read_aliases(aliases), own, aliases)) if aliases else own


def contigs_of_options(sizes: dict[str, int], rename: Iterable[str] | None, aliases: Path | None) -> Contigs:
    """Return the contigs of a reference with the other names that the options ``--rename --aliases`` give them."""
    return contigs_of(sizes, parse_renames(rename), aliases, "--rename")


def contigs_by_name(known: Iterable[str], rename: Mapping[str, str], aliases: Path | None) -> Contigs:
    """Return the contigs of another file, known by name alone, to be compared with names but not with lengths.

    ``rename`` leads to names of the reference, which neither file need use: two names that lead to one are one contig.
    """
    own = {rename.get(name, name): name for name in known}
    same = {name: own[rename.get(name, name)] for name in (*rename, *own) if rename.get(name, name) in own}
    return contigs_of(dict.fromkeys(known, 0), same, aliases)


def parse_renames(pairs: Iterable[str] | None) -> dict[str, str]:
    """Read ``OLD=NEW`` pairs of a command line.

    >>> parse_renames(["1=chr1", "MT=chrM"])
    {'1': 'chr1', 'MT': 'chrM'}
    """
    parts = [pair.partition("=") for pair in pairs or []]
    for old, equals, new in parts:
        if not (old and equals and new):
            raise InputError(f"--rename: {old + equals + new!r}; the name in the file, =, and the name in the genome")
    return {old: new for old, _, new in parts}


def _resolve(groups: list[list[str]], contigs: Contigs, path: Path) -> dict[str, str]:
    """Return the contig of the reference for every name of a table of synonyms.

    Parameters
    ----------
    groups
        Names of one contig each.
    contigs
        Of the reference; contigs that it lacks are left out.
    path
        Of the table, for messages.
    """
    find = finder(contigs)
    found: dict[str, str] = {}
    for names in groups:
        exact = list(dict.fromkeys(name for name in names if name in contigs.sizes))
        own = exact or list(dict.fromkeys(contig for name in names for contig in find(name)))
        if len(own) > 1:
            raise InputError(f"{path}: {shown(names)} are one contig, but {shown(own)} are several in the reference")
        found |= dict.fromkeys(names, own[0]) if own else {}
    if not found:
        names = [name for group in groups for name in group]
        raise InputError(f"{path}: no row names a contig of the reference; {_versus(names, contigs)}")
    return found


def finder(contigs: Contigs) -> Callable[[str], list[str]]:
    """Return the function from a name to the contigs of the reference that it may mean; more than one is ambiguous."""
    said = {**contigs.aliases, **{contig: contig for contig in contigs.sizes}, **contigs.rename}
    index: list[dict[str, list[str]]] = [{} for _ in FORMS]
    for contig in contigs.sizes:
        for form, known in zip(FORMS, index, strict=True):
            known.setdefault(form(contig), []).append(contig)

    def find(name: str) -> list[str]:
        if name in said:
            return [said[name]]
        forms = (known.get(form(name), []) for form, known in zip(FORMS, index, strict=True) if form(name))
        return next((found for found in forms if found), [])

    return find


def match_contigs(
    names: Iterable[str],
    contigs: Contigs,
    source: str,
    lengths: Mapping[str, int] = UNKNOWN,
    used: Collection[str] | None = None,
) -> dict[str, str]:
    """Return the reference's name of every contig of a file that the reference has; say what is renamed.

    Parameters
    ----------
    names
        Contigs of the file; none of them twice.
    contigs
        Of the reference.
    source
        The file, for messages.
    lengths
        bp of the file's contigs, where it tells them.
    used
        Contigs of the reference whose lengths matter; all when not given.

    Raises
    ------
    InputError
        If the reference has none of the contigs, if a name may be several contigs or several names are one,
        or if a contig has another length: the file is of another assembly.
    """
    names, find = list(dict.fromkeys(names)), finder(contigs)
    found: dict[str, str] = {}
    for name in names:
        own = find(name)
        if len(own) > 1:
            raise InputError(f"{source}: contig {name!r} may be {shown(own)} of the reference; {ADVICE}")
        if own and not _other_organelle(name, own[0], contigs, lengths):
            found[name] = own[0]
    if names and not found:
        raise InputError(f"{source}: none of its contigs is in the reference; {_versus(names, contigs)}; {ADVICE}")
    _refuse_clashes(found, contigs, source, several=not lengths)
    _refuse_lengths(found, contigs, source, lengths, used)
    renamed = [f"{name} = {contig}" for name, contig in found.items() if name != contig]
    if renamed:
        log.info("%s: contigs under another name in the reference: %s", source, shown(renamed))
    return found


def _other_organelle(name: str, contig: str, contigs: Contigs, lengths: Mapping[str, int]) -> bool:
    """Tell whether a synonym alone joins two contigs of other lengths, as ``MT`` and UCSC's ``chrM`` of hg19 are."""
    said = contig in (name, contigs.rename.get(name), contigs.aliases.get(name))
    distant = _without_case(name) != _without_case(contig)
    return not said and distant and name in lengths and lengths[name] != contigs.sizes[contig]


def _refuse_clashes(found: Mapping[str, str], contigs: Contigs, source: str, *, several: bool) -> None:
    """Refuse two names of one contig; where ``several`` may be, not those that the user renamed."""
    owners: dict[str, str] = {}
    for name, contig in found.items():
        if several and name in contigs.rename:
            continue
        if contig in owners:
            raise InputError(
                f"{source}: contigs {owners[contig]!r} and {name!r} are both {contig} of the reference; "
                f"one name for each contig, or {ADVICE}"
            )
        owners[contig] = name


def _refuse_lengths(
    found: Mapping[str, str],
    contigs: Contigs,
    source: str,
    lengths: Mapping[str, int],
    used: Collection[str] | None,
) -> None:
    """Refuse a file whose contigs have other lengths than the reference's."""
    judged = [name for name, contig in found.items() if name in lengths and (used is None or contig in used)]
    wrong = [name for name in judged if lengths[name] != contigs.sizes[found[name]]]
    if wrong:
        name, contig = wrong[0], found[wrong[0]]
        raise InputError(
            f"{source}: contig {name!r} has {lengths[name]:,} bp, {contig} of the reference {contigs.sizes[contig]:,}"
            f" ({len(wrong)} of {len(judged)} contigs differ); give a file of the same assembly"
        )


def rename_rows(table: "pd.DataFrame", contigs: Contigs, source: str) -> "pd.DataFrame":
    """Return a table ``chrom start end`` with the reference's names; count what is not on it, and what is beyond.

    A contig that the reference does not have keeps its name.

    Raises
    ------
    InputError
        As `match_contigs`.
    """
    import numpy as np  # names alone are compared before a run too, where Snakemake may be all that is installed

    if table.empty:
        return table
    codes, given = table["chrom"].factorize()
    names = match_contigs(given, contigs, source)
    if lost := [name for name in given if name not in names]:
        log.warning("%s: %d of %d rows are on contigs that the reference does not have: %s", source,
                    table["chrom"].isin(lost).sum(), len(table), shown(lost))  # fmt: skip
    renamed = np.array([names.get(name, name) for name in given], dtype=object)
    ends = np.array([contigs.sizes.get(name, np.inf) for name in renamed])[codes]
    beyond = np.flatnonzero(table["end"].to_numpy() > ends)
    if len(beyond):
        chrom, end = renamed[codes[beyond[0]]], table["end"].iloc[beyond[0]]
        log.warning("%s: %d of %d rows end beyond their contig, such as at %s:%d; %s has %d bp", source, len(beyond),
                    len(table), chrom, end, chrom, contigs.sizes[chrom])  # fmt: skip
    return table.assign(chrom=renamed[codes])


def require_contigs(names: Iterable[str], contigs: Contigs, source: str) -> list[str]:
    """Return the reference's names of contigs that the user names; refuse one that it does not have."""
    names = list(names)
    find = finder(contigs)
    missing = [name for name in names if not find(name)]
    if missing:
        raise InputError(f"{source}: {missing[0]!r} is not in the reference; it has {shown(contigs.sizes)}")
    return list(match_contigs(names, contigs, source).values())


def _versus(names: Iterable[str], contigs: Contigs) -> str:
    """Say what a file and the reference have."""
    return f"it has {shown(names)}, the reference {shown(contigs.sizes)}"


def shown(names: Iterable[str]) -> str:
    """Return the first names of many as text."""
    names = list(names)
    return ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
