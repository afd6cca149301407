"""Codes of windows by pysam, one window after another: `plain_codes.py <found> <genome> <windows> <codes>`."""

import sys

import numpy as np
import pandas as pd
import pysam
from serve import serve

_, _, FASTA, WINDOWS, CODES = sys.argv
TABLE = np.full(256, 14, np.uint8)
for CODE, LETTER in enumerate("ACGT"):
    TABLE[[ord(LETTER), ord(LETTER.lower())]] = CODE


def encode() -> dict[str, np.ndarray]:
    """Write the codes."""
    rows = pd.read_csv(WINDOWS, sep="\t")
    with pysam.FastaFile(FASTA) as genome:
        letters = [genome.fetch(row.chrom, row.start, row.end) for row in rows.itertuples()]
    codes = TABLE[np.frombuffer("".join(letters).encode(), np.uint8)].reshape(len(rows), -1)
    np.save(CODES, codes)
    return {"rows": np.array(len(rows))}


serve(encode)
