"""Two sensors' words for how a connection went, and who began it, brought to one meaning.

Zeek: conn_state and history (scripts/base/protocols/conn/main.zeek). Suricata: the TCP flags of
each side, OR-ed over the flow, and the packet counts.
"""

from typing import Final

from msgspec import structs

from netheed.core.services import SERVICE_RANK
from netheed.records import Connection, Outcome

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10

TCP_STATES: Final = {
    "S0": Outcome.UNANSWERED,
    "REJ": Outcome.REFUSED,
    "SF": Outcome.COMPLETE,
    "S1": Outcome.COMPLETE,
    "S2": Outcome.ABORTED,
    "S3": Outcome.ABORTED,
    "RSTO": Outcome.ABORTED,
    "RSTR": Outcome.ABORTED,
}
"""Zeek's conn_state; what was not seen whole (OTH, SH, SHR, RSTOS0, RSTRH) is PARTIAL."""
_ICMP_REQUESTS: Final = frozenset((8, 13, 15, 17, 128))
_ICMP_REPLIES: Final = {0: 8, 14: 13, 16: 15, 18: 17, 129: 128}


def tcp_by_flags(to_server: int, to_client: int, answered: bool) -> Outcome:
    """Suricata's tcp_flags_ts and tcp_flags_tc, and whether any packet came back."""
    if not to_server & SYN:
        return Outcome.PARTIAL
    if to_client & SYN:
        if to_server & to_client & FIN:
            # A RST after both FINs is how some hosts say goodbye; Zeek calls it SF too.
            return Outcome.COMPLETE
        broken = (to_server | to_client) & (RST | FIN)
        return Outcome.ABORTED if broken else Outcome.COMPLETE
    if to_client & RST:
        return Outcome.REFUSED
    alone = not answered and not to_server & (RST | FIN)
    return Outcome.UNANSWERED if alone else Outcome.PARTIAL


def by_packets(asked: int | None, answered: int | None, proto: str, port: int) -> Outcome:
    """Protocols without states, by who sent anything. For ICMP `port` is the type."""
    if answered:
        return Outcome.COMPLETE if asked != 0 else Outcome.PARTIAL
    if proto == "icmp" and port not in _ICMP_REQUESTS:
        return Outcome.PARTIAL
    return Outcome.UNANSWERED if asked != 0 else Outcome.PARTIAL


def is_reversed(proto: str, orig_port: int, resp_port: int) -> bool:
    """Whether the originator of a connection without a seen beginning is really its responder.

    Where a sensor came in mid-stream, or saw an answer first, the side whose port looks more like a
    service's is the responder, for both sensors alike. ICMP replies come from the responder.
    """
    if proto == "icmp":
        return orig_port in _ICMP_REPLIES
    return SERVICE_RANK[orig_port] > SERVICE_RANK[resp_port]


def turned(connection: Connection) -> Connection:
    """The same connection seen from its other end.

    Its outcome follows from the packets; TCP's is left to the caller, who knows states or flags.
    """
    proto, asked, answered = connection.proto, connection.resp_pkts, connection.orig_pkts
    ports = (connection.resp_port, connection.orig_port)
    if proto == "icmp":
        ports = (
            _ICMP_REPLIES.get(connection.orig_port, connection.orig_port),
            connection.resp_port,
        )
    tcp = proto == "tcp"
    return structs.replace(
        connection,
        orig=connection.resp,
        resp=connection.orig,
        orig_port=ports[0],
        resp_port=ports[1],
        orig_bytes=connection.resp_bytes,
        resp_bytes=connection.orig_bytes,
        orig_pkts=asked,
        resp_pkts=answered,
        outcome=connection.outcome if tcp else by_packets(asked, answered, proto, ports[0]),
    )
