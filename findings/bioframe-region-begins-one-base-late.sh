#!/usr/bin/env bash
# bioframe 0.8.0: a region of UCSC's style, 1:9-20, counts from 0 and so begins one base later than for pysam 0.24.1
# UCSC, samtools and IGV count such a region from 1 (https://genome.ucsc.edu/FAQ/FAQtracks.html#tracks1). select leaves out
# an interval that ends with the first base of the region.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check bioframe==0.8.0 pysam==0.24.1
printf '>1\nCAGATTTTCATATTATGCAGAAAATCTACTTCGCCTGATACG\n' > genome.fa
env/bin/python -W ignore - <<'PYTHON'
from importlib.metadata import version

import bioframe
import pandas
import pysam

print("bioframe", version("bioframe"), "pysam", version("pysam"))
REGION = "1:9-20"
with pysam.FastaFile("genome.fa") as genome:
    by_pysam = genome.fetch(region=REGION)
    by_bioframe = genome.fetch(*bioframe.parse_region(REGION))
print(f"{REGION} is {by_pysam} for pysam, {by_bioframe} for bioframe: {bioframe.parse_region(REGION)}")
sites = pandas.DataFrame({"chrom": ["1", "1"], "start": [5, 5], "end": [9, 10]})  # the base 9 is the last of the first
found = bioframe.select(sites, REGION)
print(f"sites that end at bases {sites.end.tolist()}: select finds {found.end.tolist()}")
assert (len(by_pysam), len(by_bioframe)) == (12, 11) and by_pysam[1:] == by_bioframe, (by_pysam, by_bioframe)
assert found.end.tolist() == [10], found
PYTHON
