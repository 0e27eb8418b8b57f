"""The attack classes: all that netheed knows of each beside what a model has learned of it.

And the kinds of remarks, which are on sensors and not on hosts.
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from netheed.records import Severity

UNKNOWN: Final = "unknown"
"""The class of what is odd without looking like an attack that the model knows."""
LATERAL_MOVEMENT: Final = "lateral_movement"
"""The one that only a host's hours tell."""

OVER_HOURS: Final[Mapping[str, float]] = {"connections_out": 5}
"""What a host's hours must have of most classes."""

Peer = Literal["beat", "upload", "busiest"]
"""The host's most regular pair, its largest upload, its busiest destination."""


class AttackClass(NamedTuple):
    """What a notice of one class needs, and what it says."""

    words: str
    """For people, and in the alert's signature: never changed once shipped."""
    sid: int
    """Signature id, in the range for local use; never changed and never used again."""
    floor: Mapping[str, float]
    """Feature -> least value: below it there is too little to speak of, whatever the score."""
    techniques: tuple[str, ...] = ()
    """MITRE ATT&CK."""
    peer: Peer | None = None
    """Whose other end is the reason; None where it is the busiest only if it has most of it."""
    hours_floor: Mapping[str, float] = OVER_HOURS
    """Of a host's hours instead: column of HOURS -> least sum over those that are kept."""

    @property
    def signature(self) -> str:
        """The text that EVE's alert object and a SIEM's rule name."""
        return f"NETHEED {self.words}"


CLASSES: Final[dict[str, AttackClass]] = {
    UNKNOWN: AttackClass(
        words="Anomalous host",
        sid=1900100,
        floor={"age": 1.0, "connections_out": 2},
    ),
    "scan": AttackClass(
        words="Anomalous host, looks like a scan",
        sid=1900101,
        floor={"new_destinations_recent": 15},
        techniques=("T1046",),
    ),
    "brute_force": AttackClass(
        words="Anomalous host, looks like password guessing",
        sid=1900102,
        floor={"tries_recent": 10},
        techniques=("T1110",),
        peer="busiest",
    ),
    "dns_tunnel": AttackClass(
        words="Anomalous host, looks like a DNS tunnel",
        sid=1900103,
        floor={"dns_bytes_recent": 10_000},
        techniques=("T1071.004",),
        peer="busiest",
    ),
    "beacon": AttackClass(
        words="Anomalous host, looks like a beacon",
        sid=1900104,
        floor={"beats": 6},
        techniques=("T1071",),
        peer="beat",
    ),
    "exfiltration": AttackClass(
        words="Anomalous host, looks like exfiltration",
        sid=1900105,
        floor={"upload_long": 1_000_000},
        techniques=("T1048",),
        peer="upload",
    ),
    "flood": AttackClass(
        words="Anomalous host, looks like a flood",
        sid=1900106,
        floor={"peak_second": 10},
        techniques=("T1498",),
        peer="busiest",
    ),
    LATERAL_MOVEMENT: AttackClass(
        words="Anomalous host, looks like lateral movement",
        sid=1900107,
        floor={"connections_out": 2},
        techniques=("T1021",),
        hours_floor={"new_remote": 2},
    ),
}
"""Name -> class. The model's names of classes are these; `training` gives them this order."""


def attack_class(name: str) -> AttackClass:
    """The class of a name; names of models to come share that of `unknown`."""
    return CLASSES.get(name, CLASSES[UNKNOWN])


class RemarkClass(NamedTuple):
    """What a remark of one kind says, and how bad that is."""

    words: str
    """In the alert's signature: never changed once shipped."""
    sid: int
    """From 1900180 on; never changed and never used again."""
    severity: Severity

    @property
    def signature(self) -> str:
        """The text that EVE's alert object and a SIEM's rule name."""
        return f"NETHEED {self.words}"


REMARKS: Final[dict[str, RemarkClass]] = {
    "sensor_silent": RemarkClass("Sensor silent while another one tells", 1900180, "high"),
    "sensor_one_way": RemarkClass("Sensor sees one direction only", 1900181, "medium"),
    "sensor_loses_packets": RemarkClass("Sensor loses packets", 1900182, "medium"),
    "sensor_misses_connections": RemarkClass("Sensor misses connections", 1900183, "medium"),
    "sensors_agree": RemarkClass("Sensors agree again", 1900184, "low"),
    "overload": RemarkClass("Overloaded, takes in a sample of the connections", 1900185, "medium"),
    "overload_over": RemarkClass("Takes in all connections again", 1900186, "low"),
}
"""Kind -> what a remark of it says."""
