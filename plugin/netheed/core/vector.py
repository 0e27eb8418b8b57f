"""The vector: what each number is called, measured in and means, and the scale of the model.

FEATURES names every number in order. A vector holds plain values in those units; `transform` brings
them to the scale on which the model works. No address, id, originator's port or absolute time is a
feature.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Unit = Literal["count", "bytes", "seconds", "hours", "share", "nats"]


class Feature(NamedTuple):
    """One number of the vector."""

    unit: Unit
    words: str
    """How a notice names it."""
    meaning: str
    """What it is, exactly, in the terms that docs/features.md explains at its top."""


FEATURES: Final[dict[str, Feature]] = {
    # volume
    "connections_out": Feature("count", "connections out", "Connections that the host began."),
    "connections_in": Feature(
        "count", "connections in", "Connections that others began with the host."
    ),
    "bytes_sent": Feature("bytes", "bytes sent", "Bytes that the host sent, whoever began."),
    "bytes_received": Feature(
        "bytes", "bytes received", "Bytes that the host received, whoever began."
    ),
    "packets_sent": Feature("count", "packets sent", "Packets that the host sent, whoever began."),
    "packets_received": Feature(
        "count", "packets received", "Packets that the host received, whoever began."
    ),
    "sent_share": Feature("share", "sent share", "Bytes sent among bytes sent and received."),
    # fan-out
    "peers_out": Feature(
        "count", "peers out", "Peers, groups too, with which the host began connections."
    ),
    "peers_in": Feature("count", "peers in", "Peers that began connections with the host."),
    "ports_out": Feature(
        "count", "ports out", "Ports, on any peer, to which the host began connections."
    ),
    "ports_in": Feature(
        "count", "ports in", "The host's own ports to which others began connections."
    ),
    "destinations": Feature(
        "count", "destinations", "Destinations, groups too, with which the host began connections."
    ),
    "busiest_destination": Feature(
        "count",
        "busiest destination",
        "Connections that the host began with the one destination that had most of them.",
    ),
    "busiest_client": Feature(
        "count",
        "busiest client",
        "Connections that the one peer began with the host that began most of them.",
    ),
    "peak_second": Feature(
        "count",
        "connections in the busiest second",
        "Connections, whoever began, that started in the one second of the clock with most.",
    ),
    # success and failure
    "unanswered_out": Feature(
        "share",
        "unanswered out",
        "Unanswered ones among the connections that the host began with no group.",
    ),
    "refused_out": Feature(
        "share",
        "refused out",
        "Refused ones among the connections that the host began with no group.",
    ),
    "aborted_out": Feature(
        "share",
        "aborted out",
        "Aborted ones among the connections that the host began with no group.",
    ),
    "failed_in": Feature(
        "share",
        "failed in",
        "Unanswered and refused ones among the connections that others began with the host.",
    ),
    "partial": Feature("share", "partial", "Partial ones among all connections."),
    "failures_out": Feature(
        "count",
        "failures out",
        "Connections that the host began with no group and that were unanswered or refused.",
    ),
    # direction and role
    "in_share": Feature(
        "share",
        "share of incoming connections",
        "Those that others began among all connections.",
    ),
    "external_share": Feature(
        "share", "external share", "Those with an external peer among all connections."
    ),
    "group_share": Feature("share", "group share", "Those with a group among all connections."),
    # service mix
    "dns_share": Feature("share", "dns share", "Those of DNS among all connections."),
    "web_share": Feature("share", "web share", "Those of web services among all connections."),
    "login_share": Feature(
        "share", "login share", "Those of log-in services among all connections."
    ),
    "files_share": Feature("share", "files share", "Those of file services among all connections."),
    "mail_share": Feature("share", "mail share", "Those of mail services among all connections."),
    "infrastructure_share": Feature(
        "share",
        "infrastructure share",
        "Those of infrastructure (time, names, directory, local chatter) among all connections.",
    ),
    "unknown_share": Feature(
        "share",
        "unknown share",
        "Those whose service neither the sensor nor the port tells among all connections.",
    ),
    "udp_share": Feature("share", "udp share", "Those over UDP among all connections."),
    "icmp_share": Feature("share", "icmp share", "Those over ICMP among all connections."),
    # byte and duration shape
    "sent_median": Feature(
        "bytes", "sent median", "Lower median of the bytes that the host sent in a connection."
    ),
    "received_median": Feature(
        "bytes",
        "received median",
        "Lower median of the bytes that the host received in a connection.",
    ),
    "sent_spread": Feature(
        "nats",
        "sent spread",
        "Standard deviation of ln(1 + bytes that the host sent in a connection).",
    ),
    "sent_largest": Feature(
        "bytes", "sent largest", "The most bytes that the host sent in one connection."
    ),
    "sent_per_packet": Feature(
        "bytes",
        "sent per packet",
        "Bytes over packets that the host sent, in connections that tell both.",
    ),
    "received_per_packet": Feature(
        "bytes",
        "received per packet",
        "Bytes over packets that the host received, in connections that tell both.",
    ),
    "duration_median": Feature(
        "seconds", "duration median", "Lower median of the durations of the connections."
    ),
    "duration_longest": Feature(
        "seconds", "duration longest", "The longest duration of a connection."
    ),
    # DNS and log-in hints
    "dns_requests": Feature(
        "count",
        "dns requests",
        "Packets that the host sent in DNS connections that it began.",
    ),
    "dns_request_size": Feature(
        "bytes",
        "dns request size",
        "Bytes over packets that the host sent, in its own DNS connections that tell both.",
    ),
    "dns_answer_size": Feature(
        "bytes",
        "dns answer size",
        "Bytes over packets that the host received, in its own DNS connections that tell both.",
    ),
    "login_tries": Feature(
        "count",
        "login tries",
        "Connections of log-in services that the host began with the one destination that had most"
        " of them.",
    ),
    # novelty
    "new_peers": Feature(
        "count", "new peers", "Peers, groups too, that the host had not met before, whoever began."
    ),
    "new_ports": Feature(
        "count",
        "new ports",
        "Ports, on any peer, to which the host began connections for the first time.",
    ),
    "new_services": Feature(
        "count",
        "new services",
        "Services, eight in all, with which the host began connections for the first time.",
    ),
    "new_destinations": Feature(
        "count",
        "new destinations",
        "Destinations, groups left out, with which the host began connections for the first time.",
    ),
    "age": Feature(
        "hours",
        "time since it was first seen",
        "From the end of the first window in which the host was seen to the end of this one.",
    ),
    "idle": Feature(
        "seconds",
        "time since it was last active",
        "From the end of the last window in which the host was active to the end of this one; 0"
        " in its first.",
    ),
    # memory of the last hours
    "new_destinations_recent": Feature(
        "count",
        "new destinations recent",
        "Sum of new_destinations over this window and those before, fading over one hour.",
    ),
    "failures_recent": Feature(
        "count",
        "failures recent",
        "Sum of failures_out over this window and those before, fading over one hour.",
    ),
    "dns_bytes_recent": Feature(
        "bytes",
        "dns bytes recent",
        "Bytes that the host sent in DNS connections that it began, in this window and those"
        " before, fading over one hour.",
    ),
    "external_sent_long": Feature(
        "bytes",
        "external sent long",
        "Bytes that the host sent to external peers, whoever began, in this window and those"
        " before, fading over eight hours.",
    ),
    # the pair that stands out
    "beat_regularity": Feature(
        "share",
        "regularity of its most regular pair",
        "Of the most regular pair, 1 - 1.4826 MAD / median of its last 12 gaps, at least 0: 1 is a"
        " clock; 0 below four gaps.",
    ),
    "beat_period": Feature(
        "seconds",
        "period of its most regular pair",
        "Of the most regular pair, lower median of its last 12 gaps; 0 below four gaps.",
    ),
    "beats": Feature(
        "count",
        "beats of its most regular pair",
        "Of the most regular pair, all gaps since it is remembered.",
    ),
    "beat_size_spread": Feature(
        "nats",
        "spread of sizes of its most regular pair",
        "Of the most regular pair, standard deviation of ln(1 + bytes sent) over its last 12"
        " connections.",
    ),
    "beat_peer_hosts": Feature(
        "count",
        "hosts that know its most regular peer",
        "Hosts that have met the peer of the most regular pair, this one too.",
    ),
    "upload_long": Feature(
        "bytes",
        "sent to one external peer in hours",
        "Bytes sent by the pair with an external peer that has most of them, in this window and"
        " those before, fading over eight hours.",
    ),
    "upload_share": Feature(
        "share",
        "share sent to that peer",
        "Of the pair of upload_long, bytes sent among bytes sent and received, both fading over"
        " eight hours.",
    ),
    "tries_recent": Feature(
        "count",
        "tries at one service in the last hour",
        "Connections of the pair that has most of them, in this window and those before, fading"
        " over one hour.",
    ),
}
"""Name -> what it is, in the order of the vector."""


def linear(features: Mapping[str, Feature]) -> NDArray[np.bool_]:
    """Which of them `transform` leaves as they are."""
    return np.array([feature.unit in {"share", "nats"} for feature in features.values()])


LINEAR: Final = linear(FEATURES)


_STEPS: Final[dict[Unit, float]] = {
    "share": 1 / 4095,
    "nats": 1 / 256,
    "count": 1 / 192,
    "seconds": 1 / 192,
    "hours": 1 / 256,
    "bytes": 1 / 128,
}
STEPS: Final = np.array([_STEPS[f.unit] for f in FEATURES.values()], dtype=np.float32)
"""What is kept of a transformed feature is a multiple of this, from 0 to 4,095: shares to 1, nats
to 16, counts and seconds to exp(21), bytes to exp(32)."""


def transform(values: NDArray[Any], kept: NDArray[np.bool_] | None = None) -> NDArray[np.float32]:
    """Counts, bytes and times to log(1 + x), shares and nats as they are. Shape is kept.

    `kept` are the features that stay, where they are others than FEATURES.
    """
    stay = LINEAR if kept is None else kept
    return np.where(stay, values, np.log1p(np.maximum(values, 0.0))).astype(np.float32)


def restore(
    values: NDArray[np.float32], kept: NDArray[np.bool_] | None = None
) -> NDArray[np.float32]:
    """The inverse of `transform`."""
    stay = LINEAR if kept is None else kept
    return np.where(stay, values, np.expm1(np.minimum(values, 80.0))).astype(np.float32)


FEWEST: Final = 8
"""Below so many vectors a range says nothing yet."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """5th percentile, median and 95th percentile of every feature, transformed."""

    low: NDArray[np.float32]
    median: NDArray[np.float32]
    high: NDArray[np.float32]

    @classmethod
    def of(cls, vectors: NDArray[np.float32]) -> "Ranges | None":
        """Over a table of transformed vectors, one a row; None where they are few."""
        if len(vectors) < FEWEST:
            return None
        low, median, high = np.percentile(vectors, (5, 50, 95), axis=0).astype(np.float32)
        return cls(low, median, high)
