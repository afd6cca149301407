#!/usr/bin/env bash
# memelite 0.5.0: a MEME matrix whose optional keys (alength, w, nsites, E) are left out cannot be read
# The format (https://meme-suite.org/meme/doc/meme-format.html) asks for none of the keys, and 20 sites are meant without.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check memelite==0.5.0
env/bin/python - <<'PYTHON'
from importlib.metadata import version
from pathlib import Path

from memelite.io import read_meme

print("memelite", version("memelite"))
read = {}
for keys in (" alength= 4 w= 1 nsites= 20 E= 0", " w= 1", ""):
    text = f"MEME version 4\n\nALPHABET= ACGT\n\nMOTIF x\nletter-probability matrix:{keys}\n 0.10 0.70 0.10 0.10\n"
    Path("motif.meme").write_text(text)
    try:
        read[keys] = {name: tuple(matrix.shape) for name, matrix in read_meme("motif.meme").items()}
    except AttributeError as error:
        read[keys] = f"AttributeError: {error}"
    print(f"keys '{keys.strip()}': {read[keys]}")
assert read[" w= 1"] == {"x": (4, 1)}, read
assert str(read[""]).startswith("AttributeError"), read
PYTHON
