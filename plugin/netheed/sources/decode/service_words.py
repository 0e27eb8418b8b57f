"""One vocabulary of application protocols, Zeek's, for both sensors."""

from functools import lru_cache
from typing import Final

LONGEST: Final = 64

_SURICATA_TO_ZEEK: Final = {
    "failed": None,
    "unknown": None,
    "tls": "ssl",
    "http2": "http",
    "http1": "http",
    "doh2": "http",
    "krb5": "krb_tcp",
    "dcerpc": "dce_rpc",
    "dnp3": "dnp3_tcp",
    "ldap": "ldap_tcp",
    "ike": "ipsec",
    "ikev2": "ipsec",
    "bittorrent-dht": "bittorrent",
    "nfs3": "nfs",
    "nfs4": "nfs",
}
_ESCORTS: Final = frozenset(("gssapi", "ntlm", "krb", "krb_tcp", "spnego"))
"""Zeek names the authentication beside the protocol that carries it; Suricata does not."""


@lru_cache(maxsize=4096)
def from_suricata(app_proto: str) -> str | None:
    """Zeek's word for Suricata's app_proto; None for `failed` and `unknown`."""
    word = app_proto.lower()
    _check(word)
    return _SURICATA_TO_ZEEK.get(word, word)


@lru_cache(maxsize=4096)
def from_zeek(services: str) -> str | None:
    """One word of Zeek's list: the first that is no escort; `-x` marks one that Zeek took back."""
    _check(services)
    words = [word for word in services.lower().split(",") if word and word[0] != "-"]
    carriers = [word for word in words if word not in _ESCORTS]
    if "smb" in carriers:
        return "smb"
    return next(iter(carriers or words), None)


def _check(word: str) -> None:
    if len(word) > LONGEST or not word.isprintable():
        raise ValueError("service is no protocol name")
