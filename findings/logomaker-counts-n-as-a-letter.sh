#!/usr/bin/env bash
# logomaker 0.8.7: one N in an alignment makes a fifth column, and a conserved position of DNA reaches 2.32 bits
# Soft-masked bases become columns of their own in the same way: A and a are two letters.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check logomaker==0.8.7
env/bin/python -W ignore - <<'PYTHON'
from importlib.metadata import version

from logomaker import alignment_to_matrix

print("logomaker", version("logomaker"))
bits = {}
for last in ("ACGT", "ACGN", "acgt"):
    matrix = alignment_to_matrix(["ACGT"] * 10 + [last], to_type="information", pseudocount=0)
    bits[last] = float(matrix.to_numpy()[0].sum()) if last != "acgt" else matrix.shape[1]
    print(f"ten of ACGT and one of {last}: columns {' '.join(matrix.columns)}, "
          f"first position {matrix.to_numpy()[0].sum():.3f} bits")
assert bits["ACGT"] == 2 and round(bits["ACGN"], 2) == 2.32 and bits["acgt"] == 8, bits
PYTHON
