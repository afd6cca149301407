"""Trained networks on what they were not trained on: intervals, records, genomes, variants."""
