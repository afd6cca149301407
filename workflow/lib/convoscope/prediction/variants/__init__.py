"""Alleles, their windows, their scores, and the files that hold them."""
