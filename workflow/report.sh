#!/usr/bin/env bash
# Render the report when a result is newer than it. Usage: report.sh RESULTS [snakemake option...]
set -euo pipefail
results=$1
shift
report=$results/report.html
if [[ -f $report && -z $(find "$results" -newer "$report" -type f ! -name '*.log' ! -path "$report" -print -quit) ]]; then
    echo "$report is up to date"
    exit
fi
snakemake --report "$report" "$@"
echo "open $report in a browser"
