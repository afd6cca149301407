"""Simulated fields of cells: anatomy, camera, classes."""
