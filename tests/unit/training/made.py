"""Made-up recordings for the quick judgement: browsing for two hours, with a scan or without."""

from netheed.records import Connection, Outcome
from netheed.training.datasets import Recording
from tests.connections import connection

HOST, NEIGHBOUR, C2 = "192.168.1.5", "192.168.1.6", "203.0.113.66"
BEGUN = 1_700_000_040.0


def browsing(host: str = HOST, minutes: int = 120) -> list[Connection]:
    """A call a minute, to five sites in turn."""
    return [
        connection(
            uid=f"B{host}-{at}",
            start=BEGUN + 60 * at + 7 * (at % 5),
            orig=host,
            resp=f"198.51.100.{at % 5}",
            orig_bytes=500 + 90 * (at % 7),
        )
        for at in range(minutes)
    ]


def scan(minute: int = 60) -> list[Connection]:
    """Two hundred neighbours asked in a minute, in vain."""
    return [
        connection(
            uid=f"S{at}",
            start=BEGUN + 60 * minute + at / 10,
            duration=None,
            orig=HOST,
            resp=f"192.168.1.{at + 10}",
            resp_port=445,
            service=None,
            outcome=Outcome.UNANSWERED,
            resp_bytes=0,
            resp_pkts=0,
        )
        for at in range(200)
    ]


def calls() -> list[Connection]:
    """To one peer, every thirty seconds for an hour."""
    return [
        connection(uid=f"C{at}", start=BEGUN + 30 * at, orig=HOST, resp=C2, resp_port=8080)
        for at in range(120)
    ]


def recording(name: str, family: str, attack: list[Connection], kind: str) -> Recording:
    """Two hosts that browse, one of which attacks too; in order of time."""
    labels = {c.uid: kind for c in attack}
    every = sorted([*browsing(), *browsing(NEIGHBOUR), *attack], key=lambda c: c.start)
    return Recording(
        name=name,
        family=family,
        connections=every,
        labels=[labels.get(c.uid, "benign") for c in every],
        sha256=name,
    )
