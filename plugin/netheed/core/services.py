"""Service words and ports -> the few groups that features speak of.

The word comes first; where the sensor recognised nothing, the responder's port decides. Chatter of
a local network (mDNS, LLMNR, NetBIOS, SSDP) is named by port, because Zeek calls it `dns`.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

UNKNOWN: Final = 0
DNS: Final = 1
WEB: Final = 2
LOGIN: Final = 3
FILES: Final = 4
MAIL: Final = 5
INFRASTRUCTURE: Final = 6
OTHER: Final = 7

WORDS: Final = {
    "dns": DNS,
    "http": WEB,
    "http2": WEB,
    "ssl": WEB,
    "tls": WEB,
    "quic": WEB,
    "websocket": WEB,
    "ssh": LOGIN,
    "telnet": LOGIN,
    "ftp": LOGIN,
    "rdp": LOGIN,
    "rfb": LOGIN,
    "smb": FILES,
    "nfs": FILES,
    "ftp-data": FILES,
    "tftp": FILES,
    "rsync": FILES,
    "smtp": MAIL,
    "imap": MAIL,
    "pop3": MAIL,
    "ntp": INFRASTRUCTURE,
    "dhcp": INFRASTRUCTURE,
    "snmp": INFRASTRUCTURE,
    "krb_tcp": INFRASTRUCTURE,
    "krb": INFRASTRUCTURE,
    "ldap_tcp": INFRASTRUCTURE,
    "ldap_udp": INFRASTRUCTURE,
    "ldap": INFRASTRUCTURE,
    "syslog": INFRASTRUCTURE,
    "radius": INFRASTRUCTURE,
}

CHATTER: Final = 8
"""Only in the table of ports: a local network's talk about names and devices."""

_PORTS: Final = {
    DNS: (53,),
    WEB: (80, 443, 3128, 8000, 8008, 8080, 8081, 8443, 8888),
    LOGIN: (21, 22, 23, 2222, 2323, 3389, 5900, 5985, 5986),
    FILES: (20, 69, 139, 445, 548, 873, 2049),
    MAIL: (25, 110, 143, 465, 587, 993, 995),
    INFRASTRUCTURE: (67, 68, 88, 123, 161, 162, 389, 514, 546, 547, 636, 1812, 1813),
    CHATTER: (137, 138, 1900, 3702, 5353, 5355),
    # VPN, databases, directories, telephony, messages, industry: known, and of no group.
    OTHER: (
        *(1194, 1433, 1521, 1883, 3268, 3306, 4786, 5060, 5061, 5222, 5432, 5601, 5672, 6379),
        *(6443, 6667, 8086, 8883, 9092, 9100, 9200, 10443, 11211, 20000, 27017, 44818, 47808),
        51820,
    ),
}
"""Ports of known services. Below 1024 only those that have a group: all are services there."""


def group_of_word(word: str | None) -> int:
    """The group of a service word; UNKNOWN for None, OTHER for a word that has none."""
    return UNKNOWN if word is None else WORDS.get(word, OTHER)


def _port_table() -> NDArray[np.int8]:
    """A port says no more than its group: one of OTHER stays UNKNOWN."""
    table = np.zeros(65536, dtype=np.int8)
    for group, ports in _PORTS.items():
        if group not in {CHATTER, OTHER}:
            table[list(ports)] = group
    return table


def _service_ranks() -> NDArray[np.int8]:
    """2 for ports below 1024, 1 for known services above, 0 for the rest."""
    ranks = np.zeros(65536, dtype=np.int8)
    ranks[[port for ports in _PORTS.values() for port in ports]] = 1
    ranks[1:1024] = 2
    return ranks


def _marked(ports: Sequence[int]) -> NDArray[np.bool_]:
    marks = np.zeros(65536, dtype=np.bool_)
    marks[list(ports)] = True
    return marks


ADMINISTRATION: Final = (22, 135, 139, 445, 3389, 5900, 5985, 5986)
"""SSH, RPC, SMB, RDP, VNC and WinRM: who is let in works on the other machine."""
IS_ADMINISTRATION: Final = _marked(ADMINISTRATION)
GROUP_OF_PORT: Final = _port_table()
IS_CHATTER: Final = _marked(_PORTS[CHATTER])
SERVICE_RANK: Final = _service_ranks()
"""How much each port looks like a service's."""


def groups(words: NDArray[np.int8], ports: NDArray[np.int32]) -> NDArray[np.int8]:
    """The group of each connection from its service word's group (0: none) and responder port."""
    by_port = np.where(words == UNKNOWN, GROUP_OF_PORT[ports], words)
    return np.where(IS_CHATTER[ports], np.int8(INFRASTRUCTURE), by_port).astype(np.int8)
