"""Suricata's smb, dcerpc, krb5 and alert events -> what hosts did at their peers.

Suricata tells the interface of a call over TCP only where it is bound to, and over SMB with most
calls: so a binding is an act where every operation of the endpoint is.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from netheed.records import Act, ActKind
from netheed.sources.decode import remote_calls
from netheed.sources.decode.acting import Acted, admin_share, checked, refused
from netheed.sources.decode.naming import fact
from netheed.sources.decode.skipped import Skipped
from netheed.sources.decode.times import seconds
from netheed.sources.decode.zeek import Port, Word

OURS: Final = range(1_900_001, 1_900_200)
"""Signature ids of netheed's own rules and notices, which may stand in the file that is read."""
_SERVERS: Final = frozenset((88, 135, 139, 445))
"""Ports of servers: some records are written in the direction of the answer."""
_TELLING: Final = (b"TREE_CONNECT", b"SESSION_SETUP", b'"dcerpc"')
"""What an smb event of use has in it; most are of files and have none."""
_REFUSED: Final = frozenset(
    (
        "STATUS_LOGON_FAILURE",
        "STATUS_WRONG_PASSWORD",
        "STATUS_NO_SUCH_USER",
        "STATUS_ACCESS_DENIED",
        "STATUS_ACCOUNT_LOCKED_OUT",
        "STATUS_ACCOUNT_DISABLED",
        "STATUS_ACCOUNT_EXPIRED",
        "STATUS_ACCOUNT_RESTRICTION",
        "STATUS_INVALID_LOGON_HOURS",
        "STATUS_INVALID_WORKSTATION",
        "STATUS_LOGON_TYPE_NOT_GRANTED",
        "STATUS_PASSWORD_EXPIRED",
        "STATUS_PASSWORD_MUST_CHANGE",
    )
)
"""What a server answers who does not let somebody in; a session may fail for other reasons."""


class Event(Struct, frozen=True, gc=False, kw_only=True):
    """What every event has; one of a broken packet has no addresses."""

    timestamp: datetime
    src_ip: Word | None = None
    dest_ip: Word | None = None
    src_port: Port | None = None
    dest_port: Port | None = None


class Interface(Struct, frozen=True, gc=False):
    """One of `interfaces`."""

    uuid: str = ""


class Request(Struct, frozen=True, gc=False):
    """`req` of a call over TCP."""

    opnum: int | None = None


class Call(Struct, frozen=True, gc=False):
    """`dcerpc` of an event of type dcerpc or smb; the number of an operation has two places."""

    request: str = ""
    interfaces: list[Interface] = []
    opnum: int | None = None
    req: Request | None = None


class DcerpcEvent(Event, frozen=True, gc=False, kw_only=True):
    """An event of type dcerpc."""

    dcerpc: Call = Call()


class SmbPart(Struct, frozen=True, gc=False):
    """`smb` of an event."""

    command: str = ""
    status: str | None = None
    share: str | None = None
    dcerpc: Call | None = None


class SmbEvent(Event, frozen=True, gc=False, kw_only=True):
    """An event of type smb."""

    smb: SmbPart = SmbPart()


class KerberosPart(Struct, frozen=True, gc=False):
    """`krb5` of an event."""

    msg_type: str = ""
    error_code: str | None = None


class KerberosEvent(Event, frozen=True, gc=False, kw_only=True):
    """An event of type krb5."""

    krb5: KerberosPart = KerberosPart()


class AlertPart(Struct, frozen=True, gc=False):
    """`alert` of an event."""

    signature: str | None = None
    signature_id: int = 0


class AlertEvent(Event, frozen=True, gc=False, kw_only=True):
    """An event of type alert."""

    alert: AlertPart = AlertPart()


_decode_smb = msgspec.json.Decoder(SmbEvent).decode
_decode_dcerpc = msgspec.json.Decoder(DcerpcEvent).decode
_decode_krb5 = msgspec.json.Decoder(KerberosEvent).decode
_decode_alert = msgspec.json.Decoder(AlertEvent).decode


def acted(kind: str, line: bytes) -> Acted:
    """The acts in an event of a type of EVENTS.

    Raises Skipped for one of none, msgspec.MsgspecError or ValueError for one that cannot be read.
    """
    acts = tuple(EVENTS[kind](line))
    if not acts:
        raise Skipped(kind)
    return Acted(acts)


def _smb(line: bytes) -> Iterator[Act]:
    if not any(word in line for word in _TELLING):
        return
    event = _decode_smb(line)
    smb = event.smb
    if "TREE_CONNECT" in smb.command and (share := admin_share(smb.share)):
        yield from _by_client(event, "admin_share", share)
    if "SESSION_SETUP" in smb.command and smb.status in _REFUSED:
        yield from _by_client(event, "failed_logon", smb.status)
    if smb.dcerpc is not None:
        yield from _calls(event, smb.dcerpc)


def _dcerpc(line: bytes) -> Iterator[Act]:
    event = _decode_dcerpc(line)
    yield from _calls(event, event.dcerpc)


def _calls(event: Event, call: Call) -> Iterator[Act]:
    number = call.req.opnum if call.opnum is None and call.req is not None else call.opnum
    said = (remote_calls.by_number(each.uuid, number) for each in call.interfaces)
    for what in dict.fromkeys(filter(None, said)):
        yield from _by_client(event, "remote_call", what)


def _krb5(line: bytes) -> Iterator[Act]:
    event = _decode_krb5(line)
    error = event.krb5.error_code
    if event.krb5.msg_type == "KRB_ERROR" and refused(error):
        yield from _by_client(event, "failed_logon", error or "kerberos")


def _alert(line: bytes) -> Iterator[Act]:
    event = _decode_alert(line)
    signature = fact(event.alert.signature)
    if signature and event.alert.signature_id not in OURS:
        yield from _by(event, "alert", signature)


def _by_client(event: Event, kind: ActKind, what: str) -> Iterator[Act]:
    """By the end that is not the server."""
    back = event.src_port in _SERVERS and event.dest_port not in _SERVERS
    yield from _by(event, kind, what, back=back)


def _by(event: Event, kind: ActKind, what: str, *, back: bool = False) -> Iterator[Act]:
    ends = (event.dest_ip, event.src_ip) if back else (event.src_ip, event.dest_ip)
    if ends[0] is not None and ends[1] is not None:
        time, what = seconds(event.timestamp), fact(what) or ""
        yield checked(Act(time=time, host=ends[0], peer=ends[1], kind=kind, what=what))


EVENTS: Final[dict[str, Callable[[bytes], Iterator[Act]]]] = {
    "smb": _smb,
    "dcerpc": _dcerpc,
    "krb5": _krb5,
    "alert": _alert,
}
"""Types of events of which acts are read."""
