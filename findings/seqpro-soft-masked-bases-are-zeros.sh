#!/usr/bin/env bash
# seqpro 0.23.0: soft-masked (lower-case) bases are one-hot encoded as zeros, as N is, without a word
# About half of a genome as UCSC distributes it is in lower case.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check seqpro==0.23.0
env/bin/python -W error::UserWarning - <<'PYTHON'
from importlib.metadata import version

import seqpro

print("seqpro", version("seqpro"))
ones = {}
for letters in ("ACGT", "acgt", "NNNN"):
    ones[letters] = int(seqpro.DNA.ohe(seqpro.cast_seqs(letters)).sum())
    print(f"{letters}: {ones[letters]} ones")
assert ones == {"ACGT": 4, "acgt": 0, "NNNN": 0}, ones
PYTHON
