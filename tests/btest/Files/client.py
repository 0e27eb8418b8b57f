"""A bridge in small: checks the batches of a replay, sends one verdict twice, hears seen twice."""

import json
import os
import time

from websockets.sync.client import ClientConnection, connect

URL = f"ws://127.0.0.1:{os.environ['WEBSOCKET_PORT'].split('/')[0]}/v1/messages/json"
CONNECTION_FIELDS = 19
PATIENCE = 30


def value(kind: str, data: object) -> dict:
    """One value as Zeek's WebSocket API writes it."""
    return {"@data-type": kind, "data": data}


VERDICT = [
    value("real", 1700000000.5),
    value("string", "n1"),
    value("address", "10.1.1.1"),
    value("string", "scan"),
    value("real", 0.97),
    value("vector", [value("string", "CHhAvVGS1DHFjwGM9")]),
    value("string", "10.1.1.1 scans"),
    value("string", "p_value=0.0001"),
]


def event(topic: str, name: str, arguments: list) -> str:
    """One event on a topic."""
    call = value("vector", [value("string", name), value("vector", arguments)])
    body = value("vector", [value("count", 1), value("count", 1), call])
    return json.dumps({"type": "data-message", "topic": topic} | body)


def received(socket: ClientConnection) -> tuple[str, list]:
    """Name and arguments of the next event."""
    frame = json.loads(socket.recv(timeout=PATIENCE))
    assert frame["type"] == "data-message", frame
    name, arguments = frame["data"][2]["data"][:2]
    return name["data"], [argument["data"] for argument in arguments["data"]]


def check_batch(arguments: list, number: int, before: int) -> int:
    """How many connections the batch holds; it has to be the next one, with nothing lost."""
    schema, node, seq, connections, sent, dropped = arguments
    assert (schema, node, seq, sent, dropped) == (2, "standalone", number, before, 0), arguments
    for connection in connections:
        fields = connection["data"]
        assert len(fields) == CONNECTION_FIELDS, fields
        assert fields[-1]["data"].startswith("1:"), fields
    return len(connections)


def read_connections(socket: ClientConnection, wanted: int) -> None:
    """Batches until so many connections have arrived."""
    count = number = 0
    while count < wanted:
        name, arguments = received(socket)
        assert name == "Netheed::conn_batch", name
        count += check_batch(arguments, number, count)
        number += 1


def tell_twice(socket: ClientConnection) -> None:
    """The same verdict twice, each time until Zeek has seen it."""
    for _ in range(2):
        call = [value("count", 1), value("vector", VERDICT)]
        socket.send(event("netheed/verdict/", "Netheed::verdict", call))
        name, arguments = received(socket)
        assert (name, arguments) == ("Netheed::seen", [1, "n1"]), (name, arguments)


def connected() -> ClientConnection:
    """Zeek, as soon as it listens."""
    for _ in range(10 * PATIENCE):
        try:
            return connect(URL)
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise SystemExit(f"nobody listens at {URL}")


if __name__ == "__main__":
    with connected() as zeek:
        zeek.send(json.dumps(["netheed/conn/", "netheed/seen/"]))
        assert json.loads(zeek.recv(timeout=PATIENCE))["type"] == "ack"
        read_connections(zeek, 2)
        tell_twice(zeek)
