#!/usr/bin/env bash
# MOODS-python 1.9.4.1: the threshold of a p-value that no word of a motif can reach is that of the best word, without a warning
# With equal letters, a motif of w letters has no p-value below 4^-w: of a motif of six, p = 1e-6 finds hits of p = 2.4e-4,
# 256 times as many as asked.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check MOODS-python==1.9.4.1
env/bin/python - <<'PYTHON'
from importlib.metadata import version
from itertools import product

from MOODS.tools import flat_bg, log_odds, threshold_from_p

print("MOODS-python", version("MOODS-python"))
COUNTS = [[1, 18, 1, 18, 18, 14], [1, 0, 0, 1, 0, 1], [18, 1, 0, 0, 1, 4], [0, 1, 19, 1, 1, 1]]  # AGATAA, made up
scores = log_odds(COUNTS, flat_bg(4), 0.1)
words = [sum(scores[letter][place] for place, letter in enumerate(word)) for word in product(range(4), repeat=6)]
seen = {}
for asked in (1e-2, 1e-3, 1e-4, 1e-6):
    threshold = threshold_from_p(scores, flat_bg(4), asked)
    seen[asked] = sum(score >= threshold for score in words) / len(words)
    print(f"p = {asked}: threshold {threshold:.3f}, reached by {seen[asked]:.1e} of all words")
assert all(seen[asked] <= asked for asked in (1e-2, 1e-3)), seen
assert seen[1e-4] == seen[1e-6] == 4**-6, seen
PYTHON
