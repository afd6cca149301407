"""One style, one drawing function per figure."""
