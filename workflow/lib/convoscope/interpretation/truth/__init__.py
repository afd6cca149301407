"""Simulated data know the answer: what of it the networks found."""
