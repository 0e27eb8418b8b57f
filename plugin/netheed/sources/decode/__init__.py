"""One record of a sensor -> Connection: one file a format, pure functions."""
