"""What rule writers published: fixed thresholds, and how near to one of them a window comes."""

from functools import reduce
from typing import Final

import torch
from torch import Tensor

from netheed.core.vector import FEATURES, LINEAR

THRESHOLDS: Final[dict[str, dict[str, float]]] = {
    # Zeek policy/misc/scan.zeek: failed connections to 25 hosts, or to 15 ports, in 5 minutes.
    "scan of hosts": {"peers_out": 25, "failures_out": 25},
    "scan of ports": {"ports_out": 15, "failures_out": 15},
    # Zeek policy/protocols/ssh/detect-bruteforcing.zeek: 30 guesses in 30 minutes.
    "brute force": {"tries_recent": 30, "login_tries": 1},
    # Snort manual, first example of rate_filter: 100 connection attempts in a second.
    "flood": {"peak_second": 100},
    # Sigma net_high_dns_requests_rate: 1000 requests in a minute.
    "DNS requests": {"dns_requests": 1000},
    # Sigma net_high_dns_bytes_out: 300 000 bytes in a minute.
    "DNS volume": {"dns_bytes_recent": 300_000},
    # largeUpload.bro (Kellogg): 15 MB sent to one outside address.
    "upload": {"upload_long": 15_000_000},
}
"""Rule -> feature -> threshold, in the units of FEATURES; a rule asks for all of its features.

The published spans of time are not those of our features: a window is a minute, `tries_recent` and
`dns_bytes_recent` fade within an hour, `upload_long` within eight.
"""
MOST: Final = 80.0
"""Of a logarithm, before it overflows."""
_INDEX: Final = {name: position for position, name in enumerate(FEATURES)}


def nearness(vectors: Tensor) -> Tensor:
    """Transformed vectors (n, features) -> (n): the largest ratio of a rule, 1 where one fires.

    Not bounded: an upload of a hundred times the threshold gives 100.
    """
    ratios = [
        reduce(torch.minimum, [_value(vectors, name) / least for name, least in rule.items()])
        for rule in THRESHOLDS.values()
    ]
    return reduce(torch.maximum, ratios)


def _value(vectors: Tensor, name: str) -> Tensor:
    """One feature (n) in its own unit: `vector.restore`, in operations that can be exported."""
    column = vectors[:, _INDEX[name]]
    return column if LINEAR[_INDEX[name]] else torch.exp(column.clamp(max=MOST)) - 1.0
