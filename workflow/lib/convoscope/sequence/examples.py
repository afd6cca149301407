"""From judged sites to labelled windows: the order of the steps, without files for output."""

from pathlib import Path

import numpy as np
import pandas as pd

from convoscope.config import Split, WindowsSpec
from convoscope.errors import InputError
from convoscope.sequence.background import Background
from convoscope.sequence.choices import Choices, site_choices
from convoscope.sequence.contigs import Contigs, rename_rows
from convoscope.sequence.contradictions import judge_contradictions
from convoscope.sequence.intervals import genome_intervals
from convoscope.sequence.orientation import centers_in_direction, check_strands, refuse_open_strand, report_strands
from convoscope.sequence.same_sequence import sequence_groups
from convoscope.sequence.signal import mean_signal
from convoscope.sequence.sites import read_sites
from convoscope.sequence.splits import CROSSING, DEALS, REGIONS, fold_of_windows
from convoscope.sequence.tables import name_rows
from convoscope.sequence.usable_regions import Landscape, line_ends
from convoscope.sequence.windows import (
    judge_sites,
    judge_windows,
    label_windows,
    merge_windows,
    place_windows,
)


def read_regions(path: Path | None, contigs: Contigs, *, may_be_empty: bool = True) -> pd.DataFrame:
    """Read a BED of regions with the reference's contig names; no path means no region."""
    if path is None:
        return pd.DataFrame({"chrom": [], "start": [], "end": []})
    return rename_rows(read_sites(path, Choices("midpoint"), may_be_empty=may_be_empty), contigs, str(path))


def read_labels(paths: list[Path], spec: WindowsSpec, contigs: Contigs) -> pd.DataFrame:
    """Read the sites of every label into one table, with ``source`` and ``label``, and the least score of each row."""
    if len(paths) != len(spec.sites):
        raise InputError(f"--sites: {len(paths)} files; one for each of {', '.join(spec.sites)} is needed")
    tables = []
    for path, (label, options) in zip(paths, spec.sites.items(), strict=True):
        table = read_sites(path, site_choices(options, spec.windows))
        table = rename_rows(table, contigs, str(path))
        check_strands(table, f"sites.{label}: {path}", spec.direction, "windows.strand:")
        if spec.strand_open:
            refuse_open_strand(table, f"sites.{label}: {path}")
        report_strands(table, f"sites.{label}", spec.direction)
        least = np.nan if options.min_score is None else options.min_score
        center = centers_in_direction(table, spec.direction)
        tables.append(table.assign(center=center, source=options.path, label=label, least=least))
    return pd.concat(tables, ignore_index=True)


def judge_each_site(sites: pd.DataFrame, landscape: Landscape, split: Split) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Decide about every site.

    Parameters
    ----------
    sites
        All rows of all labels, as :func:`read_labels` returns them.
    landscape
        The reference.
    split
        How it is divided.

    Returns
    -------
    sites
        The same rows with ``usable`` (the site counts for labels), ``reason`` (empty where the site has a window) and
        ``fold``.
    regions
        ``chrom start end fold``.
    """
    reasons = judge_sites(sites, sites["least"].to_numpy(), landscape.sizes, landscape.direction)
    usable = reasons == ""
    reasons[usable] = judge_windows(sites[usable], landscape)
    fine = np.flatnonzero(reasons == "")
    regions = REGIONS[split.strategy](landscape.sizes, sites.iloc[fine], split) if len(fine) else pd.DataFrame()
    folds = np.full(len(sites), "", dtype=object)
    if len(fine):
        folds[fine] = fold_of_windows(place_windows(sites.iloc[fine], landscape), regions, landscape.sizes)
    reasons[folds == CROSSING] = "overlaps_other_split"
    return sites.assign(usable=usable, reason=reasons, fold=folds), regions


def positive_windows(sites: pd.DataFrame, regions: pd.DataFrame, landscape: Landscape) -> pd.DataFrame:
    """Return the distinct windows of judged sites, with ``id origin parent fold``."""
    rows = merge_windows(sites[sites["reason"] == ""], landscape).assign(origin="site", parent="")
    return rows.assign(id=name_rows(rows, landscape.direction), fold=fold_of_windows(rows, regions, landscape.sizes))


def label_matrix(
    windows: pd.DataFrame, sites: pd.DataFrame, spec: WindowsSpec, bigwigs: list[Path], contigs: Contigs
) -> np.ndarray:
    """Return ``(N, labels)`` float: presence, highest score or mean signal, as each label's ``value`` says.

    Shuffled rows hold no site, so they are 0; their signal was never measured, so it cannot be asked for.
    """
    measured = [label for label, options in spec.sites.items() if options.value == "bigwig"]
    shuffled = (windows["origin"] == "dinucleotide_shuffle").to_numpy()
    if len(measured) != len(bigwigs):
        raise InputError(f"--bigwigs: {len(bigwigs)} files; {len(measured)} labels have value: bigwig")
    if measured and shuffled.any():
        raise InputError("negatives.strategy: dinucleotide_shuffle has no signal for value: bigwig; use another")
    columns = {label: mean_signal(path, windows, contigs) for label, path in zip(measured, bigwigs, strict=True)}
    usable = sites[sites["usable"]]
    for label in spec.sites.keys() - columns.keys():
        own = usable[usable["label"] == label]
        value = own["score"] if spec.sites[label].value == "score" else 1.0
        values = label_strands(windows, own.assign(value=value), spec, contigs.sizes)
        columns[label] = np.where(shuffled, 0.0, values)
    return np.column_stack([columns[label] for label in spec.sites])


def label_strands(windows: pd.DataFrame, sites: pd.DataFrame, spec: WindowsSpec, sizes: dict[str, int]) -> np.ndarray:
    """Return the labels of windows by one label's sites, ``(N,)``: by those of their own strand where they have one."""
    if spec.direction == "forward":
        return label_windows(windows, sites, spec.windows.bin, sizes)
    values = np.zeros(len(windows))
    for strand in ("+", "-"):
        rows = (windows["strand"] == strand).to_numpy()
        values[rows] = label_windows(windows[rows], sites[sites["strand"] == strand], spec.windows.bin, sizes)
    return values


def background(
    sites: pd.DataFrame, regions: pd.DataFrame, landscape: Landscape, given: pd.DataFrame | None
) -> Background:
    """Return what negatives are drawn from; weak and unusable sites are sites there too."""
    solid = sites[["label", "chrom", "start", "strand"]].assign(end=sites["end"].clip(lower=sites["start"] + 1))
    return Background(landscape, regions, solid, given)


def families(windows: pd.DataFrame, landscape: Landscape) -> np.ndarray:
    """Return numbers of the groups of windows that a random split must not part, ``(N,)``.

    Windows belong together if they overlap, one derives from the other, or they have the same sequence: on either
    strand where the data has two.
    """
    starts, _ = line_ends(windows, landscape.sizes)
    islands = np.searchsorted(genome_intervals(windows, landscape.sizes).starts, starts, side="right")
    texts = _same_sequence(windows, landscape)
    parents = windows["parent"].where(windows["parent"] != "", windows["id"])
    keys = [pd.factorize(np.asarray(key, dtype=object))[0] for key in (islands, texts, parents)]
    return connected(keys)


def _same_sequence(windows: pd.DataFrame, landscape: Landscape) -> np.ndarray:
    """Return numbers ``(N,)``, equal where windows have one sequence, on either strand where there are two."""
    return sequence_groups(landscape.fasta, windows, landscape.alphabet, landscape.direction, landscape.strands)


def contradicting_negatives(
    windows: pd.DataFrame, labels: np.ndarray, landscape: Landscape, spec: WindowsSpec
) -> np.ndarray:
    """Return why windows that were drawn are no negatives, ``(N,)`` text: a site's window has their sequence."""
    reasons = np.full(len(windows), "", dtype=object)
    real = (windows["origin"] != "dinucleotide_shuffle").to_numpy()  # a shuffle's letters are not those of its place
    rows = windows[real]
    reasons[real] = judge_contradictions(
        _same_sequence(rows, landscape), labels[real], list(spec.sites), rows["id"].to_numpy(), spec.contradictions,
        droppable=(rows["origin"] != "site").to_numpy(),
    )  # fmt: skip
    return reasons


def connected(keys: list[np.ndarray]) -> np.ndarray:
    """Return numbers of the groups of rows that share a value of any key, directly or through others, ``(N,)``.

    Values of a key ``(N,)`` are whole numbers from 0 to N - 1.
    """
    from scipy.sparse import coo_array  # a third of the start of the verb; only random splits need it
    from scipy.sparse.csgraph import connected_components

    count = len(keys[0])
    # A graph of rows, and for each key of as many values.
    edges = [np.column_stack([np.arange(count), key + number * count]) for number, key in enumerate(keys, start=1)]
    ends, size = np.concatenate(edges), (len(keys) + 1) * count
    graph = coo_array((np.ones(len(ends), dtype=np.int8), (ends[:, 0], ends[:, 1])), shape=(size, size))
    return connected_components(graph, directed=False)[1][:count]


def deal_windows(windows: pd.DataFrame, labels: np.ndarray, landscape: Landscape, split: Split) -> pd.Series:
    """Return the fold of every window: that of its region, or for random strategies dealt out by families."""
    if split.strategy not in DEALS:
        return windows["fold"]
    folds = DEALS[split.strategy](families(windows, landscape), labels, windows["fold"].to_numpy(), split)
    return pd.Series(folds, index=windows.index)
