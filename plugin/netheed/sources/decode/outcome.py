"""Two sensors' words for how a connection went, and who began it, brought to one meaning.

Zeek: conn_state and history (scripts/base/protocols/conn/main.zeek). Suricata: the TCP flags of
each side, OR-ed over the flow, and the packet counts.
"""

from typing import Final

import numpy as np

from netheed.core.segments import Floats, Ints, Mask
from netheed.core.services import SERVICE_RANK
from netheed.records import Outcome

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
_REPLIES: Final = {0: 8, 14: 13, 16: 15, 18: 17, 129: 128}
"""ICMP's, with what each answers."""
_ICMP_TYPES: Final = np.arange(65536)
IS_REPLY: Final = np.isin(_ICMP_TYPES, list(_REPLIES))
IS_REQUEST: Final = np.isin(_ICMP_TYPES, list(_REPLIES.values()))
_ASKED_BY: Final = _ICMP_TYPES.copy()
_ASKED_BY[list(_REPLIES)] = list(_REPLIES.values())


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


def by_packets(asked: Floats, answered: Floats, icmp: Mask, port: Ints) -> Ints:
    """Protocols without states, by who sent anything; NaN is not known. ICMP's port is the type."""
    spoke = asked != 0
    failed = spoke & ~(icmp & ~IS_REQUEST[port])
    silent = np.where(failed, Outcome.UNANSWERED, Outcome.PARTIAL)
    return np.where(answered > 0, np.where(spoke, Outcome.COMPLETE, Outcome.PARTIAL), silent)


def is_reversed(icmp: Mask, orig_port: Ints, resp_port: Ints) -> Mask:
    """Whether the originators of connections without a seen beginning are really responders.

    Where a sensor came in mid-stream, or saw an answer first, the side whose port looks more like a
    service's is the responder, for both sensors alike. ICMP replies come from the responder.
    """
    by_port = SERVICE_RANK[orig_port] > SERVICE_RANK[resp_port]
    return np.where(icmp, IS_REPLY[orig_port], by_port)


def turned_ports(icmp: Mask, orig_port: Ints, resp_port: Ints) -> tuple[Ints, Ints]:
    """Ports of the same connections seen from their other ends; ICMP's type and code stay."""
    first = np.where(icmp, _ASKED_BY[orig_port], resp_port)
    return first, np.where(icmp, resp_port, orig_port)
