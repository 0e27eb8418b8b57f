"""One fixed signature for each kind, in the range of signature ids for local use."""

from typing import Final, NamedTuple


class Signature(NamedTuple):
    """What EVE's alert object and a SIEM's rule name."""

    sid: int
    text: str


GID: Final = 1
REVISION: Final = 1
CATEGORY: Final = "Machine-learning network anomaly"

SIGNATURES: Final = {
    "unknown": Signature(1900100, "NETHEED Anomalous host"),
    "scan": Signature(1900101, "NETHEED Anomalous host, looks like a scan"),
    "brute_force": Signature(1900102, "NETHEED Anomalous host, looks like password guessing"),
    "dns_tunnel": Signature(1900103, "NETHEED Anomalous host, looks like a DNS tunnel"),
    "beacon": Signature(1900104, "NETHEED Anomalous host, looks like a beacon"),
    "exfiltration": Signature(1900105, "NETHEED Anomalous host, looks like exfiltration"),
    "flood": Signature(1900106, "NETHEED Anomalous host, looks like a flood"),
}


def signature(kind: str) -> Signature:
    """The signature of a kind; kinds of models to come share that of `unknown`."""
    return SIGNATURES.get(kind, SIGNATURES["unknown"])
