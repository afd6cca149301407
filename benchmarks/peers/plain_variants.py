"""Variants scored as one would by hand: windows one by one, one-hot, batches of 512, a table.

`plain_variants.py <found> <model> <genome> <vcf> <table>`
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pysam
import torch
from serve import serve

from convoscope import modelfile

_, _, MODEL, FASTA, VCF, TABLE = sys.argv
NETWORK, FACTS = modelfile.load(Path(MODEL))
LENGTH = FACTS["space"][0]
ONE_HOT = np.zeros((256, 4), np.float32)
ONE_HOT[np.frombuffer(b"ACGT", np.uint8)] = np.eye(4)


@torch.inference_mode()
def score() -> dict[str, np.ndarray]:
    """Write the table; return the scores of REF and ALT."""
    names = ["chrom", "pos", "id", "ref", "alt"]
    variants = pd.read_csv(VCF, sep="\t", comment="#", header=None, names=names, usecols=range(5))
    windows, centre = [], LENGTH // 2
    with pysam.FastaFile(FASTA) as genome:
        for row in variants.itertuples():
            letters = genome.fetch(row.chrom, row.pos - 1 - centre, row.pos - 1 - centre + LENGTH).upper()
            assert letters[centre] == row.ref
            windows += [letters, letters[:centre] + row.alt + letters[centre + 1 :]]
    scores = []
    for start in range(0, len(windows), 512):
        codes = np.frombuffer("".join(windows[start : start + 512]).encode(), np.uint8).reshape(-1, LENGTH)
        scores.append(torch.sigmoid(NETWORK(torch.from_numpy(ONE_HOT[codes].transpose(0, 2, 1).copy()))))
    found = torch.cat(scores).numpy().reshape(-1, 2)
    table = variants.assign(ref_score=found[:, 0], alt_score=found[:, 1], difference=found[:, 1] - found[:, 0])
    table.to_csv(TABLE, sep="\t", index=False, float_format="%.7g")
    return {"scores": found}


serve(score)
