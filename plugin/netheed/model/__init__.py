"""The model directory, verified, and what a score is worth."""

import os

# onnxruntime 1.32 reads it when it is imported; else it numbers this machine, keeps a database in
# the home directory, and looks for a server of its makers.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
