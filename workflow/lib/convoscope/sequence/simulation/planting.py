"""Real motifs and the sites that are drawn from them and planted into a genome."""

import warnings
from typing import NamedTuple

import numpy as np
from pyjaspar import jaspardb

from convoscope.errors import InputError
from convoscope.sequence.alphabet import ALPHABETS, reverse_complement_codes

DNA = ALPHABETS["dna"]
RELEASE = "JASPAR2026"
FLATTENING = 0.25  # share of the background in the matrix that weak sites are drawn from
PSEUDO = 0.001  # added to probabilities, so that a letter that was never seen has log-odds too


class Matrix(NamedTuple):
    """A motif to plant: factor, JASPAR id and name, probabilities ``(length, 4)`` and the sites behind them.

    ``background`` ``(4,)`` are the shares of the letters in the genome that it is planted into.
    """

    factor: str
    id: str
    name: str
    probabilities: np.ndarray
    sites: int
    background: np.ndarray


def fetch_matrix(factor: str, matrix_id: str, key: str, background: np.ndarray) -> Matrix:
    """Return a matrix of JASPAR CORE by its id, from the copy that pyjaspar ships.

    Parameters
    ----------
    factor
        Name of the factor that shall bind it.
    matrix_id
        JASPAR id with version, such as ``MA0139.2``.
    key
        Key of the configuration, for the error.
    background
        Share of each letter in the genome ``(4,)``.

    Raises
    ------
    InputError
        If the release has no such matrix.
    """
    database = jaspardb(release=RELEASE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an id that is not there: said below, as an error
            motif = database.fetch_motif_by_id(matrix_id)
    except (ValueError, IndexError):
        motif = None
    finally:
        database.conn.close()
    if motif is None:
        raise InputError(f"{key}: no matrix {matrix_id!r} in {RELEASE}; an id with version, such as MA0139.2")
    counts = np.array([motif.counts[letter] for letter in DNA.letters], dtype=float).T
    probabilities = counts / counts.sum(axis=1, keepdims=True)
    return Matrix(factor, motif.matrix_id, motif.name, probabilities, round(counts.sum(axis=1).max()), background)


def sample_sites(probabilities: np.ndarray, number: int, generator: np.random.Generator) -> np.ndarray:
    """Draw sites ``(number, length)`` of codes, column by column, from probabilities ``(length, 4)``."""
    drawn = generator.random((number, len(probabilities), 1))
    return (drawn >= np.cumsum(probabilities, axis=1)[:, :3]).sum(axis=2).astype(np.uint8)


def flatten_sites(probabilities: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Mix a matrix ``(length, 4)`` with the background ``(4,)``: weak sites are like it, with a few letters off.

    >>> flatten_sites(np.array([[1.0, 0.0, 0.0, 0.0]]), np.full(4, 0.25)).round(4).tolist()
    [[0.8125, 0.0625, 0.0625, 0.0625]]
    """
    return (1 - FLATTENING) * probabilities + FLATTENING * background


def strength(sites: np.ndarray, probabilities: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Return the strength of sites: log-odds relative to those of the best possible site, from 0 to 1.

    Parameters
    ----------
    sites
        Codes ``(N, length)``.
    probabilities
        Matrix ``(length, 4)``.
    background
        Share of each letter ``(4,)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(N,)``; 0 for sites that the background explains better.
    """
    odds = np.log2((probabilities + PSEUDO) / background)
    total = odds[np.arange(len(odds)), sites].sum(axis=1)
    return np.clip(total / odds.max(axis=1).sum(), 0, 1)


def plant(codes: np.ndarray, chrom: np.ndarray, start: np.ndarray, sites: np.ndarray, minus: np.ndarray) -> None:
    """Write sites ``(N, length)`` into codes ``(chromosomes, length)`` in place, on the minus strand where told."""
    oriented = np.where(minus[:, np.newaxis], reverse_complement_codes(sites, DNA), sites)
    codes[chrom[:, np.newaxis], start[:, np.newaxis] + np.arange(sites.shape[1])] = oriented
