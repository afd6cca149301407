"""Downloads: mirrors, retries, checksums, addresses without credentials."""
