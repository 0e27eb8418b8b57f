"""Verdicts reach Zeek, or the caller hears that they did not."""

import json
from collections import Counter
from queue import SimpleQueue

import pytest
from websockets.sync.server import ServerConnection

from netheed.errors import NetheedError
from netheed.sinks.zeek_verdicts import ZeekVerdicts
from tests.makers import make_notice
from tests.zeek_frames import ACK, REFUSED, seen
from tests.zeek_server import SOON, Script, Told, link_to, serving

NOTICES = [make_notice(id=name) for name in ("a1", "b2", "c3")]


def answering(heard: "SimpleQueue[str]", deaf: int = 0, also: str = "") -> Script:
    """Answers each verdict, but for the first times that it comes."""

    def script(connection: ServerConnection) -> None:
        connection.recv()
        connection.send(ACK)
        times: Counter[str] = Counter()
        for message in connection:
            fields = json.loads(message)["data"][2]["data"][1]["data"][1]["data"]
            notice_id = fields[1]["data"]
            heard.put(notice_id)
            times[notice_id] += 1
            if also:
                connection.send(also)
            if times[notice_id] > deaf:
                connection.send(seen(notice_id), text=True)

    return script


def all_of(heard: "SimpleQueue[str]") -> list[str]:
    return [heard.get_nowait() for _ in range(heard.qsize())]


def test_what_zeek_has_seen_is_written() -> None:
    heard: SimpleQueue[str] = SimpleQueue()

    with serving(answering(heard)) as url, link_to(url) as link:
        assert link.wait_until_connected(SOON)
        ZeekVerdicts(link=link, answer=SOON).write(NOTICES)

    assert all_of(heard) == ["a1", "b2", "c3"]


def test_what_is_not_answered_is_sent_again() -> None:
    heard: SimpleQueue[str] = SimpleQueue()

    with serving(answering(heard, deaf=2)) as url, link_to(url) as link:
        assert link.wait_until_connected(SOON)
        ZeekVerdicts(link=link, answer=0.2, sendings=4).write(NOTICES[:1])

    assert all_of(heard) == ["a1"] * 3


def test_what_is_never_answered_is_an_error_with_zeeks_last_word() -> None:
    heard: SimpleQueue[str] = SimpleQueue()

    with serving(answering(heard, deaf=99, also=REFUSED)) as url, link_to(url) as link:
        assert link.wait_until_connected(SOON)
        sink = ZeekVerdicts(link=link, answer=0.05, sendings=3)
        with pytest.raises(NetheedError, match=r"1 of 1 verdicts .*failed to create Zeek event"):
            sink.write(NOTICES[:1])

    assert all_of(heard) == ["a1"] * 3


def test_a_script_that_never_answers_may_be_believed() -> None:
    heard: SimpleQueue[str] = SimpleQueue()

    with serving(answering(heard, deaf=99)) as url, link_to(url) as link:
        assert link.wait_until_connected(SOON)
        ZeekVerdicts(link=link, confirm=False).write(NOTICES)
        assert [heard.get(timeout=SOON) for _ in NOTICES] == ["a1", "b2", "c3"]


def test_without_a_connection_it_is_an_error() -> None:
    with link_to("ws://127.0.0.1:1/") as link, pytest.raises(NetheedError, match="not connected"):
        ZeekVerdicts(link=link).write(NOTICES)


def test_what_zeek_could_not_take_is_told_and_left_out() -> None:
    heard: SimpleQueue[str] = SimpleQueue()
    told = Told()

    with serving(answering(heard)) as url, link_to(url) as link:
        assert link.wait_until_connected(SOON)
        sink = ZeekVerdicts(link=link, answer=SOON, tell=told)
        sink.write([make_notice(id="bad", host="no address"), NOTICES[0]])

    assert told.next("verdict_refused")["notice"] == "bad"
    assert all_of(heard) == ["a1"]


def test_an_answer_that_cannot_be_read_is_told_and_harms_nobody() -> None:
    heard: SimpleQueue[str] = SimpleQueue()
    told = Told()
    odd = seen("a1").replace(b"::seen", b"::odd").decode()

    with serving(answering(heard, also=odd)) as url, link_to(url) as link:
        assert link.wait_until_connected(SOON)
        ZeekVerdicts(link=link, answer=SOON, tell=told).write(NOTICES)

    assert told.next("bad_seen")["where"] == link.where


def test_nothing_is_written_of_nothing() -> None:
    with link_to("ws://127.0.0.1:1/") as link:
        sink = ZeekVerdicts(link=link)
        sink.write([])
        sink.close()
