"""The strand of sites and of negatives, where windows are read in their site's direction."""

import logging

import numpy as np
import pandas as pd

from convoscope.errors import InputError

STREAM = 7  # keeps the strands of negatives apart from the draws that a strategy makes with the same seed


def has_strand(table: pd.DataFrame) -> np.ndarray:
    """Tell which rows have a strand, ``(N,)`` bool."""
    return table["strand"].isin(("+", "-")).to_numpy()


def on_minus(table: pd.DataFrame, direction: str) -> np.ndarray:
    """Tell which rows are read from the minus strand, ``(N,)`` bool: none where the direction is forward."""
    if direction == "forward":
        return np.zeros(len(table), dtype=bool)
    return (table["strand"] == "-").to_numpy()


def place_columns(direction: str) -> list[str]:
    """Return the columns that tell two windows apart: those of both strands are two where each has its direction."""
    return ["chrom", "start", "end", *(["strand"] if direction == "site" else [])]


def check_strands(sites: pd.DataFrame, where: str, direction: str, key: str) -> None:
    """Refuse a file of sites without any strand where windows have their site's direction.

    Parameters
    ----------
    sites
        Rows of the file, with ``strand``; those without one are dropped later, with a reason.
    where
        How an error names the file.
    direction
        In which windows are read.
    key
        What the user may set to ``ignore``.
    """
    if direction == "site" and len(sites) and not has_strand(sites).any():
        raise InputError(
            f"{where}: no row has a strand (+ or - in column 6), but windows are read in their site's direction "
            f"(set by windows.strand: site, or by RNA on a genome); {key} ignore reads the forward strand"
        )


def refuse_open_strand(sites: pd.DataFrame, where: str) -> None:
    """Refuse sites on the minus strand where the network reads one strand and nothing says which."""
    minus = int((sites["strand"] == "-").sum())
    if minus:
        raise InputError(
            f"{where}: {minus:,} of {len(sites):,} sites are on the minus strand, and the network reads one strand; "
            "set windows.strand: site to read windows in their site's direction, or ignore to read the forward strand"
        )


def report_strands(sites: pd.DataFrame, where: str, direction: str) -> None:
    """Log from which strand the windows of a file's sites are read, where some sites are on the minus strand."""
    minus = int((sites["strand"] == "-").sum())
    if direction == "site":
        plus = int((sites["strand"] == "+").sum())
        logging.info("%s: windows are read from their site's strand, %d + and %d -", where, plus, minus)
    elif minus:
        logging.info("%s: windows are read forward, also at the %d sites of the minus strand", where, minus)


def give_strands(rows: pd.DataFrame, direction: str, seed: int) -> pd.DataFrame:
    """Give rows without a strand a random one, where windows are read in a direction."""
    if direction == "forward" or has_strand(rows).all():
        return rows
    random = np.random.default_rng([seed, STREAM]).choice(np.array(["+", "-"], dtype=object), len(rows))
    return rows.assign(strand=np.where(has_strand(rows), rows["strand"], random))


def centers_in_direction(sites: pd.DataFrame, direction: str) -> pd.Series:
    """Return the centre bases of sites as their strand reads them.

    The midpoint of an even width is the first base of the right half: read from the minus strand, the base before. A
    summit is a base on either strand.
    """
    even = (sites["end"].to_numpy() - sites["start"].to_numpy()) % 2 == 0
    return sites["center"] - (sites["midpoint"].to_numpy() & even & on_minus(sites, direction))
