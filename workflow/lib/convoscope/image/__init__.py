"""Images of cells: the table, reading, cutting, splitting, simulating."""
