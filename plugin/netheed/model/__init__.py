"""The model directory, verified, and what a score is worth."""
