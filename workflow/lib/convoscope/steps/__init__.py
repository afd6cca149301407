"""Steps: one file per verb, files in, files out."""
