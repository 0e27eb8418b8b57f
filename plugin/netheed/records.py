"""The nouns: what goes through netheed, from a sensor's connection to the analyst's notice.

Plain frozen data; whatever computes with it stands in another file. `msgspec.Struct` and not a
dataclass, because a million connections a minute are made: a frozen struct costs a tenth.
"""

from enum import IntEnum
from typing import Literal

from msgspec import Struct

Sensor = Literal["zeek", "suricata"]
NamingKind = Literal["dns", "sni", "http_host"]
"""Where a name stood: in a DNS answer, in a TLS client's hello, in a header of HTTP."""
ActKind = Literal["admin_share", "remote_call", "failed_logon", "alert"]
"""An administrative share that was used, a call that runs or changes things on the server, a log-on
that was refused, an alert of the sensor itself."""


class Outcome(IntEnum):
    """How a connection attempt went, in the words that Zeek and Suricata share.

    Neither sensor's state is kept: `conn_state`, `history` (Zeek) and `tcp_flags_ts`,
    `tcp_flags_tc`, packet counts (Suricata) are both translated into these.
    """

    UNANSWERED = 0
    """The originator sent, nothing came back (Zeek S0; UDP without a reply)."""
    REFUSED = 1
    """TCP only: the responder answered the SYN with a RST (Zeek REJ)."""
    COMPLETE = 2
    """Both sides spoke and nothing broke (Zeek SF, S1; UDP with a reply)."""
    ABORTED = 3
    """TCP only: established, then reset or closed by one side only (RSTO, RSTR, S2, S3)."""
    PARTIAL = 4
    """Not seen from its start, or one direction unseen (Zeek OTH, SH, SHR, RSTOS0, RSTRH)."""


class Connection(Struct, frozen=True, gc=False, kw_only=True):
    """One finished connection, whatever sensor saw it. Missing stays missing (`None`).

    Addresses are in canonical text (IPv6 compressed, lower case, without a zone). For ICMP the two
    ports are type and code, as Zeek writes them. The originator is who began: where a sensor came
    in mid-stream, the source has corrected the direction by SYN and ports.
    """

    uid: str
    """Zeek's uid, or Suricata's flow_id in decimal: what the analyst pivots on."""
    sensor: Sensor
    start: float
    """First packet, seconds since the epoch, UTC."""
    duration: float | None
    """Seconds from first to last packet."""
    orig: str
    orig_port: int
    resp: str
    resp_port: int
    proto: str
    """Lower case: tcp, udp, icmp (also for ICMPv6), sctp, or the sensor's own word."""
    service: str | None
    """Application protocol in Zeek's words (http, dns, ssl, ssh, smb ...), one word, or None."""
    outcome: Outcome
    orig_bytes: int | None
    """IP bytes from the originator, headers included (Zeek's orig_ip_bytes)."""
    resp_bytes: int | None
    """IP bytes from the responder, headers included."""
    orig_pkts: int | None
    resp_pkts: int | None
    community_id: str | None = None
    interface: str | None = None
    """Suricata's in_iface."""
    sensor_name: str | None = None
    """Suricata's `host`, or the node name that a log shipper added."""


class Naming(Struct, frozen=True, gc=False, kw_only=True):
    """What one record of a sensor calls a peer of a host, and how the host showed itself there."""

    time: float
    """Seconds since the epoch, UTC."""
    host: str
    """The address of the client."""
    peer: str | None
    """The address of the server that was spoken to, or that a DNS answer gave; None where the
    answer gave none."""
    port: int | None
    """The server's; None for an answer of DNS, which names an address and no service."""
    kind: NamingKind
    name: str | None
    """In lower case, without a dot at the end, at most 255 characters: the end of a longer one."""
    ja3: str | None = None
    ja4: str | None = None
    issuer: str | None = None
    """Of the server's certificate."""
    agent: str | None = None
    """What the client calls itself in HTTP."""
    rcode: str | None = None
    """DNS only: `NOERROR`, `NXDOMAIN` ..."""


class Act(Struct, frozen=True, gc=False, kw_only=True):
    """What one record of a sensor says that a host did at a peer, or is accused of."""

    time: float
    """Seconds since the epoch, UTC."""
    host: str
    """The address of the client; of an alert that of either end."""
    peer: str
    """The address of the server, or of the other end."""
    kind: ActKind
    what: str
    """The share, `endpoint::operation`, the error, or the signature's text: hostile text, at most
    256 characters."""


class Driver(Struct, frozen=True, kw_only=True):
    """One feature that drove a notice; values in the feature's own unit."""

    feature: str
    unit: str
    value: float
    usual_low: float
    usual_high: float
    """The 5th and 95th percentile of this host's own earlier windows, or of the model's benign
    windows where the host is too new (`usual_from` says which)."""
    usual_from: Literal["host", "model"]
    peers_low: float | None
    peers_high: float | None
    """The same percentiles over the other hosts seen lately; None where there are none."""
    effect: float
    """How much of the score goes away when this feature alone is put back to its usual value."""


Severity = Literal["low", "medium", "high", "critical"]


class Notice(Struct, frozen=True, kw_only=True):
    """What leaves netheed: one host whose window is too odd to be left alone, and why.

    Or a remark on a sensor or on netheed itself, which `remarks.remark` makes.
    """

    id: str
    """Hash of (host, window start, model id): a repeat is recognised by it. The host is that of
    its site."""
    host: str
    site: str | None = None
    """Where the host's address is its own, in a configuration with several sites."""
    about: str | None = None
    """Of a remark: the sensor, or what else is spoken of. There is no host then."""
    remark: str | None = None
    """What is said of it, in words."""
    peer: str | None
    """The one peer that is the reason, or None when no single peer is."""
    peer_name: str | None = None
    """What the host last called that peer, where a sensor logs names: hostile text."""
    alerts: tuple[str, ...] = ()
    """Up to three signatures of which the sensor raised alerts at the host, with the peer where
    there is one, within eight hours before the end; the newest first, hostile text."""
    start: float
    end: float
    """The window, seconds since the epoch; end is exclusive."""
    connections: int
    """Connections of the host in this window, with those that a sample stands for."""
    sampled: float = 1.0
    """The share of them that was taken in, by expectation: below 1 under overload, where counts and
    sums are estimates."""
    score: float
    """The model's raw anomaly score; higher is odder, comparable within one model and scale."""
    p_value: float
    """Chance that a normal window looks at least this odd, by all scales together."""
    severity: Severity
    kind: str
    """The model's class: one of the manifest's classes, `unknown` when it fits none."""
    kind_probability: float
    scale: str = "minute"
    """Which look found it: at the host's `minute`, or at the life of the `pair` with the peer.

    `operation` for a remark.
    """
    techniques: tuple[str, ...]
    """MITRE ATT&CK technique ids, only where the class really implies them."""
    drivers: tuple[Driver, ...]
    """Most telling first."""
    evidence: tuple[Connection, ...]
    """Up to five connections to pivot on, most telling first."""
    model: str
    config: str
    """Hash of the configuration that was in force."""


class Beacon(Struct, frozen=True, kw_only=True):
    """A pair whose life was looked at, as `netheed beacons` lists it."""

    host: str
    """The end that begins the connections: a local one, or where neither is, a stranger."""
    site: str | None
    peer: str
    peer_name: str | None
    """What the host last called the peer, where a sensor logs names: hostile text."""
    port: int
    proto: str
    service: str | None
    connections: int
    """In all up to the last look; by the next one there are half as many again at the most.

    Right to six digits.
    """
    first_seen: float
    """When the pair first met, to the minute, seconds."""
    last_seen: float
    """End of the window of the last look."""
    period: float | None
    """Median of the last gaps between visits, seconds; None below four gaps."""
    jitter: float | None
    """1.4826 MAD / median of these gaps, at most 1."""
    size_sameness: float
    """exp(-standard deviation of log bytes sent), 1 where all are alike."""
    persistence: float
    """Hours of the clock with a connection among all since the first."""
    peer_hosts: int
    """Hosts that ever met the peer."""
    score: float
    """The highest evidence of its looks; comparable within one model."""
    p_value: float
    """Of that look, by the pair's scale alone."""
    kind: str


class ScoredWindow(Struct, frozen=True, kw_only=True):
    """One scored window of one host, as `--windows FILE` writes it."""

    host: str
    site: str | None = None
    start: float
    end: float
    connections: int
    score: float
    p_value: float
    kind: str
    """Called `class` in the output; `class` is a keyword here."""
    scale: str = "minute"
    """Which of the scales found it oddest."""
    sampled: float = 1.0
    """As Notice.sampled."""


class Tally(Struct):
    """What a run read and lost: every loss has its counter here."""

    connections: int = 0
    named: int = 0
    """Records that say what a peer is called, and are no connections."""
    acted: int = 0
    """Records of acts, which are no connections either."""
    bad: int = 0
    skipped: dict[str, int] = {}
    """Records of no use, by kind: `alert`, `dns` (a query without its answer), `conn-header` ..."""
    late: int = 0
    shed: dict[str, int] = {}
    """What hard caps left out, by cause: `host_windows`, `novelties`, `pairs`, `lives`,
    `far_windows`;
    and `hurried_windows`, which closed early."""
    lost: dict[str, int] = {}
    """Connections that never came, or came broken, from a live source, by cause: `gap` on the way,
    `missed` while we were away, `queue` our own backlog, `zeek_dropped` in the sensor, `nodes` past
    the cap of nodes; `duplicate`, which came again; `seen_twice`, which another sensor told too;
    `sampled`, left out under overload. `broken_frames`, and `gap_batches` and the like
    from a sensor that does not say how many connections were in them, count those."""
    windows: int = 0
    notices: int = 0

    def skip(self, kind: str, count: int = 1) -> None:
        """Count records that are no connections."""
        self.skipped[kind] = self.skipped.get(kind, 0) + count

    def lose(self, cause: str, count: int = 1) -> None:
        """Count what is lost."""
        self.lost[cause] = self.lost.get(cause, 0) + count
