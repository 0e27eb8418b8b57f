"""A Zeek that speaks Broker, as far as netheed sees of it: a program, for it needs libraries.

    python -m tests.native_zeek FOLDER CONN_LOG_JSON

FOLDER holds the module `broker`. It prints its port, publishes the connections once somebody has
subscribed, answers verdicts as the package's script does, and prints each as a line of JSON. It
ends with its standard input. Where CONN_LOG_JSON is `-`, it publishes what cannot be read and two
that can.
"""

import json
import select
import sys
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from tests.fake_zeek.conns import Conn, Node, timed_batches
from tests.fake_zeek.declared import CONN_BATCH, CONN_FIELDS, SEEN, VERDICT, VERDICT_FIELDS

BATCH: Final = 50
NODE: Final = "standalone"
TOPICS: Final = ("netheed/conn/", "netheed/seen/", "netheed/verdict/")
_PROTOS: Final = {"tcp": "TCP", "udp": "UDP", "icmp": "ICMP"}


class NativeZeek:
    """One endpoint that listens."""

    def __init__(self, broker: Any, port: int = 0) -> None:
        self.broker = broker
        self.endpoint = broker.Endpoint()
        self.verdicts = self.endpoint.make_subscriber(TOPICS[2], 1024)
        self.port: int = self.endpoint.listen("127.0.0.1", port)
        self.node = Node(NODE, schema=2)

    def wait_for_client(self, patience: float = 60.0) -> None:
        """Until somebody wants connections and answers."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            wanted = {str(topic) for topic in self.endpoint.peer_subscriptions()}
            if wanted >= set(TOPICS[:2]):
                return
            time.sleep(0.02)
        raise TimeoutError("nobody has subscribed")

    def batch(self, conns: list[Any], *, node: object = NODE) -> None:
        """Publish records."""
        count, of = self.broker.Count, self.node
        self.event(CONN_BATCH, count(2), node, count(of.seq), conns, count(of.sent), count(0))
        of.seq += 1
        of.sent += len(conns)

    def event(self, name: str, *args: Any) -> None:
        """Publish any event."""
        self.endpoint.publish(TOPICS[0], self.broker.zeek.Event(name, *args))

    def record(self, conn: Conn) -> list[Any]:
        """A line of conn.log as the script's record."""
        return [self._value(conn, name, kind) for name, kind in CONN_FIELDS.items()]

    def _value(self, conn: Conn, name: str, kind: str) -> Any:
        end = name in ("orig_h", "orig_p", "resp_h", "resp_p")
        given = conn.get(f"id.{name}" if end else name)
        if given is None:
            return None
        if kind == "port":
            proto = _PROTOS.get(conn["proto"], "Unknown")
            return self.broker.Port(given, getattr(self.broker.Port, proto))
        # A double has more digits than any log.
        made = {
            "count": self.broker.Count,
            "address": ip_address,
            "real": lambda value: value + 1e-8,
        }
        return made.get(kind, lambda value: value)(given)

    def answer(self) -> Iterator[dict[str, Any]]:
        """Say `seen` to all verdicts that have come; they, by name."""
        for _, message in self.verdicts.poll():
            event = self.broker.zeek.Event(message)
            assert event.name() == VERDICT
            _, record = event.args()
            fields = dict(zip(VERDICT_FIELDS, record, strict=True))
            told = self.broker.zeek.Event(SEEN, self.broker.Count(1), fields["notice_id"])
            self.endpoint.publish(TOPICS[1], told)
            yield fields


def hostile(zeek: NativeZeek) -> None:
    """What no Zeek sends, around two connections that are in order."""
    count = zeek.broker.Count
    good = zeek.record(json.loads(GOOD))
    for message in ("text", b"\xff", None, 7, [], [1, 2], [count(1), count(1), ["x"]], {1: 2},
                    {(1, 2)}, [count(1), count(1), [CONN_BATCH, ["a"]]], nested(200)):  # fmt: skip
        zeek.endpoint.publish(TOPICS[0], message)
    zeek.event("Netheed::other", count(1))
    zeek.event(CONN_BATCH, count(9), NODE, count(0), [], count(0), count(0))
    zeek.event(CONN_BATCH, count(2), b"\xff", count(0), [good], count(0), count(0))
    wrong = [
        changed(good, 0, float("inf")), changed(good, 0, 1e300), changed(good, 0, "x"),
        changed(good, 0, None), changed(good, 1, "x" * 65), changed(good, 1, b"\xff\x00"),
        changed(good, 2, "10.0.0.5"), changed(good, 3, 443), changed(good, 8, -1),
        changed(good, 8, 2**62), changed(good, 8, count(2**64 - 1)), changed(good, 8, 1.5),
        changed(good, 6, "x" * 257), good[:9], [], "text", None, 7,
    ]  # fmt: skip
    zeek.batch([good, *wrong, changed(good, 1, "C2")])


def changed(record: list[Any], place: int, value: object) -> list[Any]:
    """A copy with another field."""
    return [*record[:place], value, *record[place + 1 :]]


def nested(depth: int) -> list[Any]:
    """A vector in a vector in a vector ..."""
    return [nested(depth - 1)] if depth else []


GOOD: Final = (
    '{"ts":1700000040.5,"uid":"C1","id.orig_h":"10.0.0.5","id.orig_p":40000,"proto":"tcp",'
    '"id.resp_h":"203.0.113.9","id.resp_p":443,"orig_pkts":8,"orig_ip_bytes":800}'
)


def main(folder: str, log: str) -> None:
    """See above."""
    sys.path.append(folder)
    import broker  # type: ignore[import-not-found]  # noqa: PLC0415 - there since the line above

    zeek = NativeZeek(broker)
    print(zeek.port, flush=True)  # noqa: T201
    zeek.wait_for_client()
    if log == "-":
        hostile(zeek)
    else:
        conns = map(json.loads, Path(log).read_bytes().splitlines())
        for _, due in timed_batches(conns, BATCH, None, None):
            zeek.batch([zeek.record(conn) for conn in due])
    while not select.select([sys.stdin], [], [], 0.02)[0]:
        for fields in zeek.answer():
            print(json.dumps(fields, default=str), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
