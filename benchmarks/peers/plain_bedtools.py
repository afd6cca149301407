"""Codes of windows by bedtools getfasta and numpy: `plain_bedtools.py <found> <genome> <windows> <codes>`."""

import subprocess
import sys

import numpy as np
import pandas as pd
from serve import serve

_, _, FASTA, WINDOWS, CODES = sys.argv
TABLE = np.full(256, 14, np.uint8)
for CODE, LETTER in enumerate("ACGT"):
    TABLE[[ord(LETTER), ord(LETTER.lower())]] = CODE


def encode() -> dict[str, np.ndarray]:
    """Write the codes."""
    rows = pd.read_csv(WINDOWS, sep="\t", usecols=["chrom", "start", "end"])
    bed = f"{CODES}.bed"
    rows.to_csv(bed, sep="\t", header=False, index=False)
    command = ["bedtools", "getfasta", "-tab", "-fi", FASTA, "-bed", bed]
    lines = subprocess.run(command, capture_output=True, check=True).stdout.splitlines()
    letters = b"".join(line.split(b"\t")[1] for line in lines)
    np.save(CODES, TABLE[np.frombuffer(letters, np.uint8)].reshape(len(rows), -1))
    return {"rows": np.array(len(rows))}


serve(encode)
