#!/usr/bin/env bash
# tifffile 2026.3.3: four fluorescence channels, the last axis of an array, are written as RGB with an alpha channel
# A reader that drops the alpha channel of RGB images loses the fourth stain. With photometric="minisblack" all four
# are samples without a colour.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check tifffile==2026.3.3 numpy==2.4.6
cd "$folder"
env/bin/python - <<'P'
import numpy as np
import tifffile

stains = np.arange(32 * 24 * 4, dtype=np.uint16).reshape(32, 24, 4)
found = {}
for name, options in (("plain", {}), ("minisblack", {"photometric": "minisblack", "planarconfig": "contig"})):
    tifffile.imwrite(f"{name}.tif", stains, **options)
    with tifffile.TiffFile(f"{name}.tif") as file:
        page = file.pages[0]
        found[name] = page.photometric.name, [kind.name for kind in map(tifffile.EXTRASAMPLE, page.extrasamples)]
        assert (page.asarray() == stains).all()
print("tifffile", tifffile.__version__, found)
assert found["plain"] == ("RGB", ["UNASSALPHA"]), "the surprise is gone"
assert found["minisblack"][0] == "MINISBLACK" and "UNASSALPHA" not in found["minisblack"][1]
P
