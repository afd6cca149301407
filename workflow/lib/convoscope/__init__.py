"""Convoscope: convolutional networks on genomes and cell images, from raw data to motifs, filters and one report."""

__version__ = "0.1.0"
