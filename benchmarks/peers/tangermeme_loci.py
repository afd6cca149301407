"""Windows with the distribution of GC of sites, by tangermeme: `tangermeme_loci.py <found> <genome> <sites>`."""

import sys

import numpy as np
from serve import serve
from tangermeme.match import extract_matching_loci

_, _, FASTA, SITES = sys.argv


def match() -> dict[str, np.ndarray]:
    """Return how many windows were found, and write them."""
    found = extract_matching_loci(SITES, FASTA, in_window=200, out_window=200, random_state=1)
    found.to_csv(f"{SITES}.negatives", sep="\t", header=False, index=False)
    return {"rows": np.array(len(found))}


serve(match)
