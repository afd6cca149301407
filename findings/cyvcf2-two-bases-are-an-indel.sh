#!/usr/bin/env bash
# cyvcf2 0.35.0: a substitution of two bases is both is_mnp and is_indel; a SNP in lower case is neither is_snp nor of a known type
# VCF 4.3 has the bases of REF and ALT case insensitive; lower case comes from soft-masked references.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check cyvcf2==0.35.0
printf '%s\n' '##fileformat=VCFv4.3' '##contig=<ID=1,length=99>' $'#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO' \
    $'1\t5\tsnp\tA\tG\t.\t.\t.' $'1\t6\tlower\ta\tg\t.\t.\t.' $'1\t9\tmnp\tAC\tGT\t.\t.\t.' > in.vcf
env/bin/python - <<'PYTHON'
from importlib.metadata import version

from cyvcf2 import VCF

print("cyvcf2", version("cyvcf2"))
seen = {row.ID: (row.is_snp, row.is_mnp, row.is_indel, row.var_type) for row in VCF("in.vcf")}
for name, (snp, mnp, indel, kind) in seen.items():
    print(f"{name}: is_snp {snp}, is_mnp {mnp}, is_indel {indel}, var_type {kind}")
assert seen["snp"] == (True, False, False, "snp"), seen
assert seen["mnp"] == (False, True, True, "mnp"), seen
assert seen["lower"] == (False, False, False, "unknown"), seen
PYTHON
