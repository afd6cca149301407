#!/usr/bin/env bash
# scikit-image 0.26.0: imread gives a PNG of 16 bits per colour as 8 bits (Pillow 13.0.0 drops the low byte), silently
# Three stains of a microscope in one PNG lose 255 of 256 grey levels: 1000 to 1235 become 3 to 4.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check scikit-image==0.26.0 pillow==13.0.0 imagecodecs==2026.3.6
env/bin/python -W error::UserWarning - <<'PYTHON'
from importlib.metadata import version

import imagecodecs
import numpy
from skimage import io

print("scikit-image", version("scikit-image"), "pillow", version("pillow"))
stains = (1000 + 5 * numpy.arange(48)).astype(numpy.uint16).reshape(4, 4, 3)
imagecodecs.imwrite("stains.png", stains)
read = io.imread("stains.png")
print(f"written: {stains.dtype}, {stains.min()} to {stains.max()}")
print(f"read: {read.dtype}, {read.min()} to {read.max()}")
print(f"read by imagecodecs: {imagecodecs.imread('stains.png').dtype}")
assert (imagecodecs.imread("stains.png") == stains).all()
assert read.dtype == numpy.uint8 and (read == stains >> 8).all(), read
PYTHON
