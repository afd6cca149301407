"""Sequences: alphabets, genomes, windows, negatives."""
