"""Zeek's smb_mapping, dce_rpc, kerberos and ntlm logs: the fields -> what hosts did at peers."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from netheed.records import Act, ActKind
from netheed.sources.decode import remote_calls
from netheed.sources.decode.acting import Acted, admin_share, checked, refused
from netheed.sources.decode.naming import fact
from netheed.sources.decode.skipped import Skipped
from netheed.sources.decode.zeek import Word
from netheed.sources.decode.zeek_names import ends, time_of

MARKS: Final = {
    "smb_mapping": frozenset(("share_type", "native_file_system")),
    "dce_rpc": frozenset(("endpoint", "named_pipe")),
    "kerberos": frozenset(("request_type", "forwardable", "renewable")),
    "ntlm": frozenset(("domainname", "server_nb_computer_name", "server_dns_computer_name")),
}
"""Fields by which a record is known that does not say its log; no conn record has any."""


class ActsRecord(Struct, frozen=True, gc=False, kw_only=True):
    """The fields that are read of any of these logs, in Zeek's names."""

    ts: float | Word
    orig_h: Word
    resp_h: Word
    path: str | None = None
    endpoint: str | None = None
    operation: str | None = None
    success: bool | Word | None = None
    error_msg: str | None = None


WANTED: Final = frozenset(ActsRecord.__struct_fields__)
_FAILED: Final = (False, "F")


def acted(log: str, fields: Mapping[str, Any]) -> Acted:
    """The act in a record of a log of LOGS.

    Raises Skipped for a record of none, ValueError or msgspec.ValidationError for one that cannot
    be read.
    """
    kind, what_of = LOGS[log]
    record = msgspec.convert({**fields, **ends(fields)}, ActsRecord, strict=False)
    what = what_of(record)
    if what is None:
        raise Skipped(log)
    act = Act(
        time=time_of(record.ts),
        host=record.orig_h,
        peer=record.resp_h,
        kind=kind,
        what=fact(what) or "",
    )
    return Acted((checked(act),), alone=True)


def _share(record: ActsRecord) -> str | None:
    return admin_share(record.path)


def _call(record: ActsRecord) -> str | None:
    return remote_calls.by_name(record.endpoint or "", record.operation)


def _kerberos(record: ActsRecord) -> str | None:
    failed = record.success in _FAILED and refused(record.error_msg)
    return record.error_msg or "kerberos" if failed else None


def _ntlm(record: ActsRecord) -> str | None:
    return "ntlm" if record.success in _FAILED else None


LOGS: Final[dict[str, tuple[ActKind, Callable[[ActsRecord], str | None]]]] = {
    "smb_mapping": ("admin_share", _share),
    "dce_rpc": ("remote_call", _call),
    "kerberos": ("failed_logon", _kerberos),
    "ntlm": ("failed_logon", _ntlm),
}
"""Zeek's logs of which acts are read, with the kind of act and what says which one it was."""
