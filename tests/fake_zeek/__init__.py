"""A WebSocket server that behaves as Zeek 8.0.10's Cluster WebSocket server does.

    with FakeZeek() as zeek:
        ...  # a bridge connects to zeek.url
        zeek.wait_for_client()
        zeek.publish_batch("worker-1", conns)  # dicts as in conn.log's JSON
        zeek.wait_for_notices(1)

What it enforces was recorded from a Zeek (`shared/zeek/frames`) or read in its source: zeek/zeek
`src/cluster/websocket/WebSocket.cc`, zeek/broker `libbroker/broker/internal/json.cc`.
"""

from tests.fake_zeek.clients import Client, Lost
from tests.fake_zeek.script import Verdict
from tests.fake_zeek.server import FakeZeek

__all__ = ["Client", "FakeZeek", "Lost", "Verdict"]
