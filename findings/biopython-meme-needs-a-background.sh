#!/usr/bin/env bash
# biopython 1.88: a MEME file without background frequencies or alphabet, both optional in the format, is refused
# In the format (https://meme-suite.org/meme/doc/meme-format.html) a file may say both, and need not.
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

BACKGROUND = "Background letter frequencies\nA 0.25 C 0.25 G 0.25 T 0.25\n\n"
MOTIF = "MOTIF x\nletter-probability matrix: alength= 4 w= 1 nsites= 20 E= 0\n 0.10 0.70 0.10 0.10\n"
FILES = {
    "both": "ALPHABET= ACGT\n\n" + BACKGROUND,
    "no background": "ALPHABET= ACGT\n\n",
    "no alphabet": BACKGROUND,
}
print("biopython", Bio.__version__)
read = {}
for name, head in FILES.items():
    try:
        read[name] = motifs.read(StringIO("MEME version 4\n\n" + head + MOTIF), "minimal").length
    except ValueError as error:
        read[name] = f"ValueError: {error}"
    print(f"{name}: {read[name]}")
assert read["both"] == 1, read
assert all(str(read[name]).startswith("ValueError") for name in ("no background", "no alphabet")), read
PYTHON
