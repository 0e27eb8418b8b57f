"""Service words and ports -> the few groups that features speak of.

The word comes first; where the sensor recognised nothing, the responder's port decides. Chatter of
a local network (mDNS, LLMNR, NetBIOS, SSDP) is named by port, because Zeek calls it `dns`.
"""

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

_PORTS: Final = {
    DNS: (53,),
    WEB: (80, 443, 3128, 8000, 8008, 8080, 8081, 8443, 8888),
    LOGIN: (21, 22, 23, 2222, 2323, 3389, 5900, 5985, 5986),
    FILES: (20, 69, 139, 445, 548, 873, 2049),
    MAIL: (25, 110, 143, 465, 587, 993, 995),
    INFRASTRUCTURE: (67, 68, 88, 123, 161, 162, 389, 514, 546, 547, 636, 1812, 1813),
}
_CHATTER: Final = (137, 138, 1900, 3702, 5353, 5355)


def group_of_word(word: str | None) -> int:
    """The group of a service word; UNKNOWN for None, OTHER for a word that has none."""
    return UNKNOWN if word is None else WORDS.get(word, OTHER)


def _port_table() -> NDArray[np.int8]:
    table = np.zeros(65536, dtype=np.int8)
    for group, ports in _PORTS.items():
        table[list(ports)] = group
    return table


GROUP_OF_PORT: Final = _port_table()
IS_CHATTER: Final = np.isin(np.arange(65536), _CHATTER)


def groups(words: NDArray[np.int8], ports: NDArray[np.int32]) -> NDArray[np.int8]:
    """The group of each connection from its service word's group (0: none) and responder port."""
    by_port = np.where(words == UNKNOWN, GROUP_OF_PORT[ports], words)
    return np.where(IS_CHATTER[ports], np.int8(INFRASTRUCTURE), by_port).astype(np.int8)
