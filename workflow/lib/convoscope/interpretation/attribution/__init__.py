"""Which input a prediction rests on."""
