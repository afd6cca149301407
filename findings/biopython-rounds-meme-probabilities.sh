#!/usr/bin/env bash
# biopython 1.88: the probabilities of a MEME motif become whole counts of its sites, so that rare letters become impossible
# A motif of five sites loses every probability below .1, and columns need not sum to the number of sites.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check biopython==1.88
env/bin/python - <<'PYTHON'
from io import StringIO

import Bio
from Bio import motifs

TEXT = """MEME version 4

ALPHABET= ACGT

Background letter frequencies
A 0.25 C 0.25 G 0.25 T 0.25

MOTIF x
letter-probability matrix: alength= 4 w= 2 nsites= 5 E= 0
 0.04 0.90 0.03 0.03
 0.30 0.30 0.30 0.10
"""
print("biopython", Bio.__version__)
motif = motifs.read(StringIO(TEXT), "minimal")
for position, written in enumerate(((0.04, 0.9, 0.03, 0.03), (0.3, 0.3, 0.3, 0.1))):
    counts = [motif.counts[letter][position] for letter in "ACGT"]
    read = [round(motif.pwm[letter][position], 3) for letter in "ACGT"]
    print(f"position {position + 1}: written {written}, counts {counts} of 5 sites, read {read}")
assert [motif.counts[letter][0] for letter in "ACGT"] == [0, 4, 0, 0], motif.counts
assert motif.pwm["C"][0] == 1, motif.pwm
PYTHON
