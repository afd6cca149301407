#!/usr/bin/env bash
# Configure, run and report one of the examples, then print its table of scores.
# Usage: run.sh yeast|deepbind|deepbind-search|fasta|cells CORES PATH...
set -euo pipefail
name=$1 cores=$2
shift 2
folder=results/$name
configuration=$(python config/examples/configure.py "$name" "$@")
mkdir -p "$folder"
echo "$configuration" >"$folder/config.yaml"
snakemake --cores "$cores" --rerun-incomplete --show-failed-logs --configfile "$folder/config.yaml"
cat "$folder"/scores.txt "$folder"/cells.txt "$folder"/verdicts.txt 2>/dev/null || true
echo "the report: $folder/index.html"
