"""How much the letters around a variant contribute to the score of one label, with either allele."""

import numpy as np
import pandas as pd

from convoscope.interpretation.attribution.contributions import contributions
from convoscope.prediction.ensemble import Ensemble
from convoscope.prediction.variants.allele_windows import AlleleWindows
from convoscope.prediction.variants.alleles import PAD, first_index
from convoscope.sequence.alphabet import encode_many

# Both alleles are compared with one window, of unknown letters alone, so that what their letters differ by sums to the
# difference of the scores. DeepLIFT compares each with shuffles of its own.
METHOD = "integrated_gradients"
SIDE, WIDEST = 30, 81  # letters on each side of the change, and columns at most
COLUMNS = ["allele_shown", "position", "letter", "contribution"]


def columns_of(length: int, allele: str, other: str, shift: int = 0) -> np.ndarray:
    """Return the column of every letter of an allele's window, ``(length,)``.

    Column 0 holds the first letter that changes. The letters behind the change have the same columns with both alleles,
    so that the shorter one leaves a gap before them.

    >>> columns_of(5, "A", "C").tolist(), columns_of(5, "", "GG").tolist(), columns_of(5, "GG", "").tolist()
    ([-2, -1, 0, 1, 2], [-2, -1, 2, 3, 4], [-1, 0, 1, 2, 3])
    """
    places = np.arange(length) + first_index(allele, length, shift)
    return places + (places >= len(allele)) * max(len(other) - len(allele), 0)


def allele_letters(
    ensemble: Ensemble, windows: AlleleWindows, alleles: tuple[str, str], label: str, shift: int = 0
) -> pd.DataFrame:
    """Return the letters around a variant with their contributions to the raw score of a label, ``COLUMNS``.

    Parameters
    ----------
    ensemble
        The networks.
    windows
        Windows with both alleles; the first of their shifts is taken.
    alleles
        Trimmed letters of REF and ALT.
    label
        One of the ensemble's.
    shift
        Of these windows.
    """
    ref, alt = alleles
    texts = [windows.ref[0], windows.alt[0]]
    codes = encode_many([text.replace(PAD, "N") for text in texts], ensemble.alphabet)
    found = contributions(ensemble, codes, label, METHOD).actual
    last = min(max(len(ref), len(alt)) + SIDE, WIDEST - SIDE)
    parts = []
    for name, own, other, text, values in zip(("REF", "ALT"), (ref, alt), (alt, ref), texts, found, strict=True):
        places = columns_of(len(text), own, other, shift)
        part = pd.DataFrame(dict(zip(COLUMNS, (name, places, list(text), values), strict=True)))
        parts.append(part[(places >= -SIDE) & (places < last) & (part["letter"] != PAD)])
    return pd.concat(parts)
