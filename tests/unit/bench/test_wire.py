"""Two ends with addresses of their own."""

from bench.wire import CLIENTS, LOOPBACK, SERVERS


def test_clients_are_local_and_servers_are_not() -> None:
    assert LOOPBACK.local == "127.0.1.0/24"
    assert all(address.startswith("127.0.1.") for address in LOOPBACK.clients)
    assert not any(address.startswith("127.0.1.") for address in LOOPBACK.servers)
    assert (len(set(LOOPBACK.clients)), len(set(LOOPBACK.servers))) == (CLIENTS, SERVERS)
