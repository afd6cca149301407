#!/usr/bin/env bash
# pysam 0.24.1: of several values of INFO a missing number is None, a missing text is the dot itself, so it passes as a name
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check pysam==0.24.1
printf '%s\n' '##fileformat=VCFv4.3' '##contig=<ID=1,length=9>' \
    '##INFO=<ID=SIZE,Number=A,Type=Float,Description="a number per allele">' \
    '##INFO=<ID=SITE,Number=A,Type=String,Description="a name per allele">' \
    $'#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO' $'1\t5\t.\tA\tC,G\t.\t.\tSIZE=0.5,.;SITE=lac,.' \
    $'1\t6\t.\tA\tC\t.\t.\tSIZE=.;SITE=.' > in.vcf
env/bin/python - <<'PYTHON'
import pysam

print("pysam", pysam.__version__)
with pysam.VariantFile("in.vcf") as content:
    several, alone = (dict(record.info) for record in content)
print("two alleles:", several)
print("one allele: ", alone)
assert several == {"SIZE": (0.5, None), "SITE": ("lac", ".")}, several
assert alone == {"SIZE": (None,), "SITE": (".",)}, alone
PYTHON
