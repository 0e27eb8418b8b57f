"""The laboratory: the only part that imports torch."""
