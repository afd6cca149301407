"""A simulated genome with planted sites, its peaks and its variants."""
