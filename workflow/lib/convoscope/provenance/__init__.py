"""What a run was made of and what it made: a manifest with the checksum of every file, written and verified."""
