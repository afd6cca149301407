"""Motifs of filters: matrices, known motifs, positions, pairs."""
