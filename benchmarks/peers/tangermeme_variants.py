"""Variants scored by tangermeme: windows cut, one-hot, substituted, a table: `tangermeme_variants.py <found> …`.

The other words are those of `plain_variants.py`: `<model> <genome> <vcf> <table>`.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from serve import serve
from tangermeme.io import extract_loci
from tangermeme.variant_effect import substitution_effect

from convoscope import modelfile

_, _, MODEL, FASTA, VCF, TABLE = sys.argv
NETWORK, FACTS = modelfile.load(Path(MODEL))
LENGTH = FACTS["space"][0]


def score() -> dict[str, np.ndarray]:
    """Write the table; return the scores of REF and ALT."""
    names = ["chrom", "pos", "id", "ref", "alt"]
    variants = pd.read_csv(VCF, sep="\t", comment="#", header=None, names=names, usecols=range(5))
    loci = pd.DataFrame({"chrom": variants["chrom"], "start": variants["pos"] - 1, "end": variants["pos"]})
    one_hot = extract_loci(loci, FASTA, in_window=LENGTH, n_jobs=1).float()
    refs, alts = (torch.tensor(variants[name].map("ACGT".index).to_numpy()) for name in ("ref", "alt"))
    assert (one_hot[:, :, LENGTH // 2].argmax(1) == refs).all()
    places = torch.full_like(alts, LENGTH // 2)
    substitutions = torch.stack([torch.arange(len(alts)), places, alts], dim=1)
    effects = substitution_effect(NETWORK, one_hot, substitutions, device="cpu")
    found = torch.sigmoid(torch.cat(list(effects), dim=1)).numpy()
    table = variants.assign(ref_score=found[:, 0], alt_score=found[:, 1], difference=found[:, 1] - found[:, 0])
    table.to_csv(TABLE, sep="\t", index=False, float_format="%.7g")
    return {"scores": found}


serve(score)
