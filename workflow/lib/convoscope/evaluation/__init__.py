"""How good, how certain, compared with what."""
