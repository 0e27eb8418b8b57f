"""What a frame is."""

import json

import pytest

from netheed.zeek.frames import control_of, shown, topic_of
from tests.zeek_frames import ACK, REFUSED, batch, seen


def test_an_event_has_a_topic() -> None:
    assert topic_of(batch()) == "netheed/conn/"
    assert topic_of(seen("a1")) == "netheed/seen/"


def test_an_event_in_another_spelling_has_the_same_topic() -> None:
    message = dict(reversed(json.loads(batch()).items()))

    assert topic_of(json.dumps(message).encode()) == "netheed/conn/"


def test_ack_and_error_are_no_events() -> None:
    assert topic_of(ACK.encode()) is None
    assert control_of(ACK.encode()).version == "8.0.10"
    assert topic_of(REFUSED.encode()) is None
    assert control_of(REFUSED.encode()).context == "failed to create Zeek event"


@pytest.mark.parametrize(
    "frame", [b"", b"\xff\xfe", b"{nonsense", b"[]", b'{"type":5}', b'{"a":' * 100_000, b"null"]
)
def test_what_cannot_be_read_is_of_no_type(frame: bytes) -> None:
    assert topic_of(frame) is None
    assert control_of(frame).type == ""


def test_nothing_that_a_terminal_obeys_is_shown() -> None:
    assert shown("a\x1b[2J\u202e\ud800") == "a\\x1b[2J\\u202e\\ud800"
    assert len(shown("x" * 9999)) == 200
