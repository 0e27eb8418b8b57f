"""What no sensor can report: for the tests of the simulator."""

from netheed.records import Connection, Outcome


def impossible(connection: Connection) -> list[str]:
    """Why this record cannot be; empty for one that can."""
    made = {
        "nobody sent anything": connection.orig_pkts == connection.resp_pkts == 0,
        "somebody talks to himself": connection.orig == connection.resp,
        "two versions of IP": (":" in connection.orig) != (":" in connection.resp),
        "ends before it begins": (connection.duration or 0) < 0,
        "an answer that was not given": (
            connection.outcome is Outcome.UNANSWERED and connection.resp_pkts != 0
        ),
        "refused, but not by TCP": (
            connection.outcome is Outcome.REFUSED and connection.proto != "tcp"
        ),
    }
    sides = (
        (connection.orig_bytes, connection.orig_pkts),
        (connection.resp_bytes, connection.resp_pkts),
    )
    most = 60 if connection.outcome is Outcome.REFUSED else 1500
    for size, packets in sides:
        made[f"{size} bytes in {packets} packets"] = not 20 * packets <= size <= most * packets
    return [reason for reason, wrong in made.items() if wrong]
