#!/usr/bin/env bash
# tifffile 2026.3.3: a boolean array is written as TIFF with white as zero but not inverted, so that Pillow reads its inverse
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check numpy==2.4.6 tifffile==2026.3.3 pillow==13.0.0
venv/bin/python - <<'PYTHON'
import numpy
import PIL
import tifffile
from PIL import Image

mask = numpy.zeros((4, 4), bool)
mask[1, 1] = True
tifffile.imwrite("mask.tif", mask)
with tifffile.TiffFile("mask.tif") as file:
    page = file.pages.first
    print(f"tifffile {tifffile.__version__}: {page.photometric!r}, {page.bitspersample} bit")
    plain = int(page.asarray().sum())
seen = int(numpy.asarray(Image.open("mask.tif")).sum())
print(f"pixels of the object, of 16: written 1, read by tifffile {plain}, by Pillow {PIL.__version__} {seen}")
raise SystemExit((plain, seen) != (1, 15))
PYTHON
