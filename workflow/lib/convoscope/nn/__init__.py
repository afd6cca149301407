"""Layers that know nothing of genomes or cells."""
