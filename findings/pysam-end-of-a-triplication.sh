#!/usr/bin/env bash
# pysam 0.24.1: stop of a triplication comes from SVLEN, not from END, and info has no END to correct it by
# Up to VCF 4.3 SVLEN is the difference in length of the alleles: three copies of 43 bases have 86, and END says 50.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check pysam==0.24.1
printf '%s\n' '##fileformat=VCFv4.3' '##contig=<ID=1,length=900>' '##ALT=<ID=DUP,Description="duplication">' \
    '##INFO=<ID=END,Number=1,Type=Integer,Description="end">' \
    '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="kind">' \
    '##INFO=<ID=SVLEN,Number=A,Type=Integer,Description="difference in length between REF and ALT alleles">' \
    $'#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO' \
    $'1\t7\ttwo\tA\t<DUP>\t.\t.\tSVTYPE=DUP;END=50;SVLEN=43' \
    $'1\t7\tthree\tA\t<DUP>\t.\t.\tSVTYPE=DUP;END=50;SVLEN=86' > in.vcf
env/bin/python - <<'PYTHON'
import pysam

print("pysam", pysam.__version__)
with pysam.VariantFile("in.vcf") as content:
    seen = {record.id: (record.stop, "END" in record.info) for record in content}
for name, (stop, listed) in seen.items():
    print(f"{name} copies, END=50: stop {stop}, END in info: {listed}")
assert seen == {"two": (50, False), "three": (93, False)}, seen
PYTHON
