"""A window is taken apart into its conversations, and they stay with their window."""

import numpy as np
import pytest

from netheed.core.rows import HostRows
from netheed.core.windows import ticks_of
from netheed.records import Outcome
from netheed.training.conversations import COLUMNS, MOST, Conversations, conversations_of
from tests.connections import columns, connection


def talks(connections):
    """Of one minute."""
    (tick,) = ticks_of(columns(connections))
    return conversations_of(HostRows.of([tick], 1000)[0])


def table(window, peer):
    """Conversations that can be told by their number."""
    values = np.repeat(np.arange(1.0, len(window) + 1), len(COLUMNS)).reshape(len(window), -1)
    return Conversations(
        window=np.array(window), peer=np.array(peer), values=values.astype(np.float16)
    )


def numbers(made):
    return made.values[:, 0].tolist()


def test_a_conversation_is_all_that_was_said_with_one_peer_on_one_port():
    web = [
        connection(uid="1", duration=1.0),
        connection(uid="2", duration=3.0, outcome=Outcome.REFUSED),
    ]
    dns = connection(uid="3", resp_port=53, service="dns", proto="udp")

    made = talks([*web, dns])

    assert made.window.tolist() == [0, 0]
    said = dict(zip(COLUMNS, made.values[0].tolist(), strict=True))
    assert {name for name, value in said.items() if not value} == {
        "group", *(f"is_{s}" for s in ("unknown", "dns", "login", "files", "mail")),
        "is_infrastructure", "is_other",
    }  # fmt: skip
    assert (said["begun"], said["external"], said["failed"], said["is_web"]) == (1, 1, 0.5, 1)
    for name, value in {"connections": 2, "sent": 1600, "received": 8000, "longest": 3}.items():
        assert said[name] == pytest.approx(np.log1p(value), rel=1e-3)
    assert made.values[1, COLUMNS.index("is_dns")] == 1.0


def test_a_peer_with_a_window_of_its_own_is_known_by_its_row():
    ends = ["10.0.0.6", "203.0.113.9", "10.0.0.6"]

    made = talks([connection(start=1_700_000_000.0 + n, resp=r) for n, r in enumerate(ends)])

    assert made.window.tolist() == [0, 0, 1]
    assert made.peer.tolist() == [1, -1, 0]
    assert made.values[:, COLUMNS.index("begun")].tolist() == [1.0, 1.0, 0.0]
    assert made.values[:, COLUMNS.index("external")].tolist() == [0.0, 1.0, 0.0]


def test_the_busiest_conversations_are_kept():
    many = [connection(resp=f"203.0.113.{n}", resp_port=n) for n in range(1, 31)]
    busy = [connection(uid=f"B{n}", resp="198.51.100.7") for n in range(5)]

    made = talks([*many, *busy])

    counts = np.expm1(made.values[:, COLUMNS.index("connections")]).round().tolist()
    assert counts == [5.0] + [1.0] * (MOST - 1)


def test_windows_find_their_conversations_in_any_order():
    rows, owner = table([0, 0, 2, 3, 3, 3], [-1] * 6).of(np.array([3, 1, 0]))

    assert rows.tolist() == [3, 4, 5, 0, 1]
    assert owner.tolist() == [0, 0, 0, 2, 2]


def test_what_is_missing_of_a_window_is_padded_with_zeros():
    padded = table([0, 2, 2], [-1] * 3).padded(3)

    assert padded.shape == (3, MOST, len(COLUMNS))
    assert padded[:, :3, 0].tolist() == [[1, 0, 0], [0, 0, 0], [2, 3, 0]]
    assert not padded[:, 3:].any()


def test_a_window_that_is_left_out_takes_its_conversations_with_it_and_is_nobodys_peer():
    moved = table([0, 0, 1, 2], [1, -1, 0, 0]).moved(np.array([1, -1, 0]))

    assert moved.window.tolist() == [0, 1, 1]
    assert moved.peer.tolist() == [1, -1, -1]
    assert numbers(moved) == [4.0, 1.0, 2.0]


def test_joined_windows_and_peers_are_numbered_part_after_part():
    first, second = table([0, 1], [1, -1]), table([0, 0], [1, -1])

    joined = Conversations.joined([first, second], [3, 2])

    assert joined.window.tolist() == [0, 1, 3, 3]
    assert joined.peer.tolist() == [1, -1, 4, -1]
    assert numbers(joined) == [1.0, 2.0, 1.0, 2.0]
