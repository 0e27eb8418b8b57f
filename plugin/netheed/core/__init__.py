"""Event time, windows, features and memory: fed with columns, no clock, no I/O, no model."""
