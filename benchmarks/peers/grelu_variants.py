"""Variants scored by gReLU, in batches of 512: `grelu_variants.py <found> <model> <genome> <vcf> <table>`."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from grelu.variant import predict_variant_effects
from grelu_model import Model
from serve import serve

_, _, MODEL, FASTA, VCF, TABLE = sys.argv
NETWORK = Model(Path(MODEL))
INDEX = pd.read_csv(f"{FASTA}.fai", sep="\t", header=None, usecols=[0, 1])
INDEX.to_csv(f"{FASTA}.sizes", sep="\t", header=False, index=False)
LENGTH = NETWORK.model.facts["space"][0]


def score() -> dict[str, np.ndarray]:
    """Write the table; return the scores of REF and ALT."""
    names = ["chrom", "pos", "id", "ref", "alt"]
    variants = pd.read_csv(VCF, sep="\t", comment="#", header=None, names=names, usecols=range(5))
    options = {"seq_len": LENGTH, "batch_size": 512, "num_workers": 0, "compare_func": None, "return_ad": False}
    found = predict_variant_effects(variants, NETWORK, genome=FASTA, **options)[:, :, 0, 0]
    table = variants.assign(ref_score=found[:, 0], alt_score=found[:, 1], difference=found[:, 1] - found[:, 0])
    table.to_csv(TABLE, sep="\t", index=False, float_format="%.7g")
    return {"scores": found}


serve(score)
