"""A source over a real Redis: what its records say, and what it does while there is none."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netheed.core.networks import AddressWords
from netheed.records import Tally
from netheed.sources import live_source
from netheed.sources.eve_redis import EveRedisSettings
from netheed.sources.live import PAUSE, Around
from netheed.sources.redis_events import EveRedis
from netheed.zeek.door import line_to
from tests.lines import EVE_FLOW, changed
from tests.redis_server import Reading, RedisServer, flow, running, until

DNS = (
    b'{"timestamp":"2023-11-14T22:14:21.000000+0000","flow_id":7,"event_type":"dns",'
    b'"src_ip":"10.0.0.5","src_port":40000,"dest_ip":"10.0.0.1","dest_port":53,"proto":"UDP",'
    b'"dns":{"version":2,"type":"answer","id":1,"rrname":"example.com","rrtype":"A",'
    b'"rcode":"NOERROR","answers":[{"rrname":"example.com","rrtype":"A","ttl":60,'
    b'"rdata":"203.0.113.9"}]}}'
)
ALERT = changed(
    EVE_FLOW, event_type="alert", alert={"signature_id": 7, "signature": "odd", "severity": 1}
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with running(tmp_path) as made:
        yield made


def push(server: RedisServer, *records: bytes) -> None:
    server.client.lpush("suricata", *records)


def test_settings_make_it() -> None:
    settings = EveRedisSettings(name="north")

    made = live_source(
        settings, Around(lambda _: AddressWords(), Tally(), print, line_to, lateness=9)
    )

    assert isinstance(made, EveRedis)
    assert (made.lateness, made.owns("north"), made.owns("eve_redis")) == (9, True, False)


def test_connections_names_and_alerts_come_together(server: RedisServer) -> None:
    push(server, flow(1), DNS, ALERT, flow(2))
    reading = Reading(server.settings())

    reads = []
    reading.until(lambda: reads.append(reading.look()) or len(reading.flows) == 2)
    reading.stop()

    assert reading.flows == [1, 2]
    assert (reading.tally.connections, reading.tally.named) == (2, 1)
    assert reading.tally.acted == 1
    assert reading.bad == []


@pytest.mark.parametrize("mode", ["list", "channel"])
def test_what_is_no_record_is_told_by_its_number_and_nothing_is_given_up(
    server: RedisServer, mode: Any
) -> None:
    reading = Reading(server.settings(mode=mode))
    reading.until(lambda: "redis_connected" in reading.events)
    bad = [b"\xff\x00", b"[" * 2000, b'{"event_type":"flow"}', b"x\n" + flow(8), b"1"] * 40

    for record in [*bad, flow(9)]:
        if mode == "list":
            push(server, record)
        else:
            server.client.publish("suricata", record)
    reading.until(lambda: 9 in reading.flows)
    reading.stop()

    assert reading.flows == [9]
    assert reading.tally.bad == len(bad)
    assert reading.bad[1].where == "eve_redis:2"


def test_a_checkpoint_is_gone_on_from(server: RedisServer) -> None:
    push(server, *map(flow, range(10)))
    reading = Reading(server.settings())
    reading.until(lambda: len(reading.flows) == 10)
    reading.save()
    until(lambda: server.client.llen("suricata:netheed") == 0)
    push(server, *map(flow, range(10, 20)))
    reading.until(lambda: len(reading.flows) == 20)
    saved = {"eve_redis": "15"}
    reading.stop()

    other = Reading(server.settings(), saved)
    other.until(lambda: len(other.flows) == 5)
    other.stop()

    assert other.flows == [*range(15, 20)]
    assert other.positions == {"eve_redis": "20"}


def test_a_position_that_is_none_begins_at_the_beginning(server: RedisServer) -> None:
    push(server, flow(1))

    reading = Reading(server.settings(), {"eve_redis": "somewhere"})
    reading.until(lambda: reading.flows)
    reading.save()
    reading.stop()

    assert reading.positions == {"eve_redis": "1"}


def test_what_nobody_else_has_is_given_after_stop(server: RedisServer) -> None:
    reading = Reading(server.settings(mode="channel"))
    reading.until(lambda: "redis_connected" in reading.events)
    for number in range(700):
        server.client.publish("suricata", flow(number))
    until(lambda: reading.source._feed.left == 700)

    reading.stop()

    assert reading.flows == [*range(700)]


def test_a_list_keeps_what_was_not_given_before_stop(server: RedisServer) -> None:
    reading = Reading(server.settings())
    reading.look()
    push(server, *map(flow, range(5)))
    until(lambda: server.client.llen("suricata:netheed") == 5)

    reading.stop()

    assert reading.flows == []
    assert server.client.exists("suricata:netheed:lease") == 0
    other = Reading(server.settings())
    other.until(lambda: len(other.flows) == 5)
    other.stop()


def test_nothing_waits_for_a_redis_that_is_not_there(tmp_path: Path) -> None:
    reading = Reading(EveRedisSettings(url=f"unix://{tmp_path}/none"))

    begun = time.monotonic()
    for _ in range(20):
        assert len(reading.look().batch) == 0
    took = time.monotonic() - begun

    assert took < 20 * PAUSE
    until(lambda: "redis_failed" in reading.events)
    assert {problem.setting for problem in reading.source.problems()} == {"url"}
    reading.stop()


def test_a_key_that_becomes_no_list_stops_nothing_else(server: RedisServer) -> None:
    server.client.set("suricata", "text")
    reading = Reading(server.settings())
    reading.until(lambda: "redis_failed" in reading.events)

    server.client.delete("suricata")
    push(server, flow(1))
    reading.until(lambda: reading.flows == [1])
    reading.stop()

    assert "WRONGTYPE" in reading.told[0][1]["reason"]


def test_a_reader_beside_another_waits_for_its_end(server: RedisServer) -> None:
    first, other = Reading(server.settings()), Reading(server.settings())
    first.until(lambda: "redis_connected" in first.events)
    other.until(lambda: "redis_failed" in other.events)
    assert "another netheed" in other.told[0][1]["reason"]

    first.stop()
    push(server, flow(1))
    other.until(lambda: other.flows == [1])
    other.stop()
