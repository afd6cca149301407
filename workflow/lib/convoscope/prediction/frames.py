"""Variants in the windows of sites: which windows contain a change, and at which position.

A network that was trained on windows around sites, in their direction, is shown the same windows here. The centre base
of the site keeps its index in the window of ALT as in that of REF: what an insertion or deletion adds or takes is made
up for at the end of the window on its own side of the centre. Of a change that takes the centre base with it, the
letters upstream of the change keep their place, upstream in the site's direction.
"""

from bisect import bisect_left
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from convoscope.prediction.variants.alleles import DNA, Change, cut_letters
from convoscope.sequence.alphabet import read_strand
from convoscope.sequence.orientation import centers_in_direction, has_strand, on_minus
from convoscope.sequence.usable_regions import first_reason
from convoscope.sequence.windows import window_start


class Frame(NamedTuple):
    """The window of a site: name of the site, contig, first letter and centre base (0-based), strand that is read.

    ``first`` may lie before the contig's first letter, and the window may end behind its last.
    """

    site: str
    chrom: str
    first: int
    center: int
    strand: str


class Frames(NamedTuple):
    """The windows of all sites, ``length`` letters each: those of every contig in the order of their first letters."""

    length: int
    of_contig: Mapping[str, list[Frame]]

    def holding(self, chrom: str, start: int, end: int) -> list[Frame]:
        """Return the windows that hold a letter of ``[start, end)``, or both neighbours of an insertion there."""
        frames = self.of_contig.get(chrom, [])
        first, stop = start - self.length + 1, end
        low, high = (bisect_left(frames, one, key=lambda frame: frame.first) for one in (first, stop))
        return frames[low:high]

    @property
    def deepest(self) -> int:
        """Number of windows, at most, that hold one letter."""
        counts = [
            number - bisect_left(frames, frame.first - self.length + 1, key=lambda other: other.first) + 1
            for frames in self.of_contig.values()
            for number, frame in enumerate(frames)
        ]
        return max(counts, default=0)


def sort_frames(frames: list[Frame], length: int) -> Frames:
    """Sort the windows of sites by contig and first letter; windows that begin alike stay in their order."""
    of_contig: dict[str, list[Frame]] = {}
    for frame in sorted(frames, key=lambda frame: frame.first):
        of_contig.setdefault(frame.chrom, []).append(frame)
    return Frames(length, of_contig)


def site_frames(
    sites: pd.DataFrame, chroms: pd.Series, sizes: Mapping[str, int], length: int, direction: str
) -> tuple[Frames, np.ndarray]:
    """Return the windows of sites, and why a site has none, ``(N,)`` text, empty where it has.

    Reasons: ``unknown_contig``, ``out_of_bounds`` (the site itself; its window may reach over the contig's end),
    ``no_strand`` where one is needed, and ``duplicate``, the window of an earlier row.

    Parameters
    ----------
    sites
        Of :func:`convoscope.sequence.sites.read_sites`.
    chroms
        The reference's name of each site's contig, missing where it has none.
    sizes
        Contigs of the reference.
    length
        Letters per window.
    direction
        ``site`` where windows are read from their site's strand, or ``forward``.
    """
    minus, centers = on_minus(sites, direction), centers_in_direction(sites, direction).to_numpy()
    first = np.asarray(window_start(centers, length, minus))
    reasons = first_reason({
        "unknown_contig": chroms.isna().to_numpy(),
        "out_of_bounds": (sites["end"] > chroms.map(sizes)).to_numpy(),
        "no_strand": ~has_strand(sites) & (direction == "site"),
    })  # fmt: skip
    places = pd.DataFrame({"chrom": chroms.to_numpy(object), "first": first, "minus": minus})[reasons == ""]
    reasons[places.index[places.duplicated()]] = "duplicate"
    rows = sites.assign(contig=chroms, first=first, middle=centers, minus=minus)[reasons == ""]
    frames = [
        Frame(_site_name(row), row.contig, int(row.first), int(row.middle), "-" if row.minus else "+")
        for row in rows.itertuples()
    ]
    return sort_frames(frames, length), reasons


def _site_name(site: Any) -> str:
    """Return the name of a site; its place where it has none."""
    return f"{site.chrom}:{site.start}-{site.end}" if site.name in ("", ".") else str(site.name)


def position(frame: Frame, change: Change, length: int) -> int:
    """Return the index in the window, in its direction, of the first letter that changes; negative if before it.

    Of an insertion it is the index of the letter behind the new ones.

    >>> frame, snv = Frame("a", "chr1", 10, 15, "-"), Change(12, 13, "A", "C")
    >>> position(frame, snv, 11), position(frame._replace(strand="+"), snv, 11)
    (8, 2)
    """
    return frame.first + length - change.end if frame.strand == "-" else change.start - frame.first


def _keeps_left(frame: Frame, change: Change) -> bool:
    """Tell whether the letters before a change keep their place in the window, and not those behind it."""
    if change.start <= frame.center < change.end:
        return frame.strand != "-"
    return change.start > frame.center


def frame_window(frame: Frame, change: Change, letters: str, flanks: tuple[str, str], length: int, shift: int) -> str:
    """Cut the window of a site, with the letters of one allele in it, in the site's direction.

    Parameters
    ----------
    frame
        Window of the site.
    change
        What the allele replaces.
    letters
        Of the allele, trimmed.
    flanks
        Letters of the reference that end just before and begin just behind the change; where they are shorter than the
        window needs, the contig ends.
    length, shift
        Letters of the window, and how many downstream of its place it is cut.
    """
    left, right = flanks
    origin, genomic = (len(left), change.start) if _keeps_left(frame, change) else (len(left + letters), change.end)
    moved = -shift if frame.strand == "-" else shift
    text = cut_letters(left + letters + right, origin - (genomic - frame.first) + moved, length)
    return read_strand(text, frame.strand, DNA)
