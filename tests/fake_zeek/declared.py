"""The events that the package's script declares, and whether a value fits them."""

from typing import Final, NamedTuple

from tests.fake_zeek.wire import Value


class VectorOf(NamedTuple):
    """`vector of ...`."""

    item: "Type"


class RecordOf(NamedTuple):
    """A record is a vector of its fields by position."""

    fields: "tuple[Type, ...]"


Type = str | VectorOf | RecordOf
"""A scalar is the name that the wire gives it: real for double, address for addr."""

CONN_FIELDS: Final = {
    "ts": "real",
    "uid": "string",
    "orig_h": "address",
    "orig_p": "port",
    "resp_h": "address",
    "resp_p": "port",
    "service": "string",
    "duration": "real",
    "orig_bytes": "count",
    "resp_bytes": "count",
    "conn_state": "string",
    "local_orig": "boolean",
    "local_resp": "boolean",
    "history": "string",
    "orig_pkts": "count",
    "orig_ip_bytes": "count",
    "resp_pkts": "count",
    "resp_ip_bytes": "count",
    "community_id": "string",  # since schema 2
}

VERDICT_FIELDS: Final[dict[str, Type]] = {
    "ts": "real",
    "notice_id": "string",
    "host": "address",
    "class": "string",
    "score": "real",
    "uids": VectorOf("string"),
    "msg": "string",
    "sub": "string",
}

CONN_BATCH: Final = "Netheed::conn_batch"
VERDICT: Final = "Netheed::verdict"
SEEN: Final = "Netheed::seen"

_CONNS: Final = VectorOf(RecordOf(tuple(CONN_FIELDS.values())))

DECLARED: Final[dict[str, tuple[Type, ...]]] = {
    CONN_BATCH: ("count", "string", "count", _CONNS, "count", "count"),
    VERDICT: ("count", RecordOf(tuple(VERDICT_FIELDS.values()))),
    SEEN: ("count", "string"),
}


class RefusedEventError(ValueError):
    """Zeek answers "failed to create Zeek event", and says the reason in its reporter.log only."""


def declared_event(value: Value) -> tuple[str, list[Value]]:
    """The name and arguments of an event; raises RefusedEventError where it is none of DECLARED."""
    name, args = _parts(value)
    types = DECLARED.get(name)
    if types is None:
        raise RefusedEventError(f"no event {name!r}")
    if len(types) != len(args):
        raise RefusedEventError(f"{name} takes {len(types)} arguments, not {len(args)}")
    for place, (given, wanted) in enumerate(zip(args, types, strict=True)):
        if not fits(given, wanted):
            raise RefusedEventError(f"argument {place} of {name} is of another type")
    return name, args


def fits(value: Value, wanted: Type) -> bool:
    """As Zeek converts: no kind becomes another, and any field of a record may be unset.

    Zeek does not look at what a record has beyond its fields.
    """
    kind, data = value
    match wanted:
        case VectorOf(item):
            return kind == "vector" and all(fits(each, item) for each in data)
        case RecordOf(fields):
            return (
                kind == "vector"
                and len(data) >= len(fields)
                and all(each[0] == "none" or fits(each, of) for each, of in zip(data, fields))  # noqa: B905
            )
    return kind == wanted


def _parts(value: Value) -> tuple[str, list[Value]]:
    match value:
        case "vector", [
            ("count", 1),
            ("count", 1),
            ("vector", [("string", name), ("vector", args), *_]),
        ]:
            return name, args
    raise RefusedEventError("no event of format 1")
