"""One-hot windows of a genome by tangermeme, kept in memory: `tangermeme_windows.py <found> <genome> <windows>`."""

import sys

import numpy as np
import pandas as pd
from serve import serve
from tangermeme.io import extract_loci

FASTA, WINDOWS = sys.argv[2:4]


def extract() -> dict[str, np.ndarray]:
    """Return the one-hot sequences, int8."""
    rows = pd.read_csv(WINDOWS, sep="\t", usecols=["chrom", "start", "end"])
    length = int(rows["end"][0] - rows["start"][0])
    return {"one_hot": extract_loci(rows, FASTA, in_window=length, n_jobs=1).numpy()}


serve(extract)
