#!/usr/bin/env bash
# modisco-lite 3.0.0: the starts of seqlets count from the middle that -w cuts out, not from the sequences that were given
# The file holds the size of the window, not the length of the sequences, so that places cannot be found from it alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check modisco-lite==3.0.0 numpy==2.4.6
env/bin/python - <<'PYTHON'
import numpy

WORD = numpy.array([3, 3, 0, 1, 1, 1, 2, 0, 2, 1])
draw = numpy.random.default_rng(1)
codes, scores = draw.integers(0, 4, (240, 200)), draw.normal(0, 0.01, (240, 200, 4))
starts = draw.integers(75, 115, 240)
for row, start in enumerate(starts):
    codes[row, start : start + 10] = WORD
    scores[row, start : start + 10] += numpy.eye(4)[WORD] - 0.25
numpy.savez("sequences.npz", numpy.eye(4)[codes].transpose(0, 2, 1))
numpy.savez("scores.npz", scores.transpose(0, 2, 1))
numpy.save("starts.npy", starts)
PYTHON
for window in 200 100; do
    env/bin/modisco motifs -s sequences.npz -a scores.npz -n 500 -l 10 -w $window -o $window.h5 > log 2>&1 || { cat log; exit 1; }
done
env/bin/python - <<'PYTHON'
from importlib.metadata import version

import h5py
import numpy

print("modisco-lite", version("modisco-lite"))
planted, offset, settings = numpy.load("starts.npy"), {}, {}
for window in (200, 100):
    with h5py.File(f"{window}.h5") as result:
        seqlets = result["pos_patterns/pattern_0/seqlets"]
        places = planted[seqlets["example_idx"][:]] - seqlets["start"][:]
        settings[window] = {name: int(value) for name, value in result.attrs.items()}
    offset[window] = int(numpy.median(places))
    print(f"-w {window}: the planted word begins {offset[window]} positions after the start of its seqlet (of 50); "
          f"attributes of the file: {settings[window]}")
assert 0 <= offset[200] <= 40 and offset[100] > 50, offset
assert settings[100] == {"window_size": 100}, settings
PYTHON
