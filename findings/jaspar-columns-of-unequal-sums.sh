#!/usr/bin/env bash
# pyjaspar 4.0.0: in 454 of 1,019 vertebrate matrices of its JASPAR 2026, columns have different numbers of sites, up to sixfold
# One number of sites per motif, as MEME files and pseudocounts need it, is therefore a choice of a column.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check pyjaspar==4.0.0 numpy==2.4.6
env/bin/python -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy
from pyjaspar import jaspardb

print("pyjaspar", version("pyjaspar"))
motifs = jaspardb(release="JASPAR2026").fetch_motifs(collection="CORE", tax_group=["vertebrates"])
sums = [numpy.array([motif.counts[letter] for letter in "ACGT"], float).sum(axis=0) for motif in motifs]
ratios = numpy.array([column.max() / column.min() for column in sums])
unequal, most = int((ratios > 1.01).sum()), int(ratios.argmax())
print(f"{unequal} of {len(motifs)} matrices have columns whose sums differ by more than 1 %")
print(f"most: {motifs[most].matrix_id} {motifs[most].name}, {sums[most].min():.0f} to {sums[most].max():.0f}")
assert (unequal, len(motifs)) == (454, 1019) and ratios.max() > 6, (unequal, len(motifs), ratios.max())
PYTHON
