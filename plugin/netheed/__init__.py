"""netheed: anomaly verdicts for Zeek and Suricata, inside the tools the analyst already uses."""

__version__ = "0.1.0"
