#!/usr/bin/env bash
# igv-reports 1.17.0: --standalone fetches igv.js while a report is made; without a network half a page is left behind
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check igv-reports==1.17.0 pysam==0.24.1
printf '>1\n%s\n' "$(printf 'ACGT%.0s' {1..250})" > genome.fa
printf '1\t500\t520\tsite\n' > sites.bed
make=(env/bin/create_report sites.bed --fasta genome.fa --flanking 100)
"${make[@]}" --output linked.html > /dev/null
echo "igv-reports 1.17.0, without --standalone:"
grep -o 'https://[^"]*igv[^"]*js' linked.html
# A proxy that does not answer stands for a machine without a network.
if https_proxy=http://127.0.0.1:9 "${make[@]}" --standalone --output alone.html > said.txt 2>&1; then
    echo "made without a network"
    exit 1
fi
tail -1 said.txt
echo "left behind: $(wc -c < alone.html) bytes"
if grep -q '</html>' alone.html; then exit 1; fi
