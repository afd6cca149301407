#!/usr/bin/env bash
# tifffile 2026.3.3: of an OME-TIFF set with one position per file, every position is read as that of the opened file
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check numpy==2.4.6 tifffile==2026.3.3
venv/bin/python - <<'PYTHON'
import numpy
import tifffile

# Three positions, one file each, all described in the OME-XML of every file, as the standard has it for filesets.
names = [f"position{k}.ome.tif" for k in range(3)]
ids = [f"urn:uuid:{k}{k}{k}{k}{k}{k}{k}{k}-0000-4000-8000-000000000000" for k in range(3)]
images = "".join(
    f'<Image ID="Image:{k}" Name="position {k}"><Pixels ID="Pixels:{k}" DimensionOrder="XYCZT" Type="uint16" SizeX="8" '
    f'SizeY="8" SizeC="1" SizeZ="1" SizeT="1"><Channel ID="Channel:{k}:0" SamplesPerPixel="1"/>'
    f'<TiffData IFD="0" PlaneCount="1"><UUID FileName="{names[k]}">{ids[k]}</UUID></TiffData></Pixels></Image>'
    for k in range(3)
)
for k, name in enumerate(names):
    head = f'<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="{ids[k]}">'
    plane = numpy.full((8, 8), 100 + k, numpy.uint16)
    tifffile.imwrite(name, plane, description=f"{head}{images}</OME>", metadata=None)

print("tifffile", tifffile.__version__)
found = []
with tifffile.TiffFile(names[1]) as file:
    for series in file.series:
        found.append(int(series.asarray()[0, 0]))
        print(f"{series.name}, whose page is in {series.keyframe.parent.filename}: {found[-1]}")
print("expected 100, 101, 102: no error, no warning")
raise SystemExit(found != [101, 101, 101])
PYTHON
