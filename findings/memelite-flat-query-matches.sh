#!/usr/bin/env bash
# memelite 0.5.0: a query without information (0.25 everywhere) matches JASPAR motifs with p < 1e-12
# Filters of an untrained network are nearly flat; unless they are left out first, they are named after transcription factors.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check memelite==0.5.0 pyjaspar==4.0.0 numpy==2.4.6
env/bin/python -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy
from memelite import tomtom
from pyjaspar import jaspardb

print("memelite", version("memelite"), "pyjaspar", version("pyjaspar"))
motifs = jaspardb().fetch_motifs(collection="CORE", tax_group=["vertebrates"])
targets = [numpy.array([motif.counts[letter] for letter in "ACGT"], float) + 1e-9 for motif in motifs]
targets = [target / target.sum(axis=0) for target in targets]
p_values = tomtom([numpy.full((4, 10), 0.25)], targets)[0][0]
best = numpy.argsort(p_values)[:3]
for row in best:
    print(f"{motifs[row].matrix_id} {motifs[row].name}, {targets[row].shape[1]} wide: p = {p_values[row]:.1e}")
print(f"{(p_values < 0.05 / len(targets)).sum()} of {len(targets)} motifs match after a Bonferroni correction")
assert p_values[best[0]] < 1e-12, p_values[best]
PYTHON
