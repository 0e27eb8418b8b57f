"""Nothing is read twice, and no file is written by two."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from netheed import overlaps
from netheed.config import Settings
from netheed.errors import ConfigError

ZEEK = {"type": "zeek_websocket"}
LOCALHOST = {
    "type": "zeek_websocket",
    "name": "b",
    "url": "ws://localhost:27759/v1/messages/json",
    "insecure": False,
}
OTHER = {"type": "zeek_websocket", "name": "other", "url": "ws://127.0.0.1:27760/"}


def settings(**parts: Any) -> Settings:
    return msgspec.convert(parts, Settings)


def log(path: str) -> dict[str, str]:
    return {"type": "zeek_log", "path": path}


def eve(path: str) -> dict[str, str]:
    return {"type": "eve_file", "path": path}


def lines(path: str) -> dict[str, str]:
    return {"type": "jsonl", "path": path}


def syslog(address: str) -> dict[str, str]:
    return {"type": "syslog", "address": address}


def held(ledger: str, **given: str) -> dict[str, str]:
    return {"type": "suricata_dataset", "ledger": ledger, **given}


def redis(url: str, **given: Any) -> dict[str, Any]:
    return {"type": "eve_redis", "url": url, **given}


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"sources": [redis("redis://[::1]"), redis("unix:///r")]}, r"sources\[1\]\.name: "),
        (
            {"sources": [redis("redis://[::1]"), redis("redis://localhost:6379/0", name="b")]},
            r"sources\[1\]\.key: is the same as sources\[0\]\.key",
        ),
        (
            {"sources": [redis("unix:///r"), redis("unix:////r", name="b", mode="channel")]},
            r"sources\[1\]\.key: is the same as sources\[0\]\.key",
        ),
        ({"sources": [log("/a"), log("/b/../a")]}, r"sources\[1\]\.path: .*sources\[0\]\.path"),
        ({"sinks": [lines("/a"), lines("//a")]}, r"sinks\[1\]\.path: .*sinks\[0\]\.path"),
        ({"sources": [log("/a")], "sinks": [lines("/a")]}, r"sinks\[0\]\.path: .*sources\[0\]"),
        ({"sinks": [lines("/a")], "daemon": {"windows": "/a"}}, r"daemon\.windows: .*sinks\[0\]"),
        (
            {"sources": [eve("/l/eve.json"), eve("/l/eve*.json")]},
            r"sources\[1\]\.path: has files of s",
        ),
        (
            {"sources": [eve("/l/eve-%F.json"), eve("/l/*.json")]},
            r"sources\[1\]\.path: has files of s",
        ),
        ({"sources": [eve("/l/*.log"), log("/l/conn.log")]}, r"sources\[1\]\.path: has files of s"),
        ({"sources": [ZEEK, ZEEK]}, r"sources\[1\]\.name: .*sources\[0\]\.name"),
        ({"sources": [ZEEK, {**ZEEK, "name": "b"}]}, r"sources\[1\]\.url: .*sources\[0\]\.url"),
        ({"sinks": [ZEEK, ZEEK]}, r"sinks\[1\]\.url: is the same as sinks\[0\]\.url"),
        ({"sources": [ZEEK, LOCALHOST]}, r"sources\[1\]\.url: .*sources\[0\]\.url"),
        ({"sinks": [lines("/state")], "daemon": {"state": "/state"}}, r"sinks\[0\]\.path: .*state"),
        (
            {"daemon": {"state": "/state", "windows": "/state/notices.sqlite-wal"}},
            r"daemon\.windows: is the same as daemon\.state",
        ),
        ({"sinks": [{"type": "syslog"}] * 2}, r"sinks\[1\]\.address: .*sinks\[0\]\.address"),
        ({"sinks": [syslog("udp://localhost:9"), syslog("tcp://[::1]:9")]}, r"sinks\[1\]\.address"),
        ({"sinks": [lines("/a"), syslog("/a")]}, r"sinks\[1\]\.address: .*sinks\[0\]\.path"),
        ({"sinks": [{"type": "zeek_broker"}] * 2}, r"sinks\[1\]\.port: .*sinks\[0\]\.port"),
        ({"sinks": [held("/a"), held("/b")]}, r"sinks\[1\]\.set: .*sinks\[0\]\.set"),
        (
            {"sinks": [held("/a", by="hostbits"), held("/b", by="hostbits", set="netheed-2")]},
            r"sinks\[1\]\.by: .*sinks\[0\]\.by",
        ),
        (
            {"sinks": [held("/a"), held("/a", set="netheed-2")]},
            r"sinks\[1\]\.ledger: .*sinks\[0\]\.ledger",
        ),
        ({"sinks": [held("/a"), lines("/a")]}, r"sinks\[1\]\.path: .*sinks\[0\]\.ledger"),
        ({"sinks": [held("/a"), lines("/a.new")]}, r"sinks\[1\]\.path: .*sinks\[0\]\.ledger"),
    ],
    ids=str,
)
def test_the_second_of_two_is_refused(parts: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        overlaps.check(settings(**parts))


def test_one_zeek_is_not_spoken_to_in_two_ways() -> None:
    plain = {**ZEEK, "url": "ws://127.0.0.1:27759/v1/messages/json", "insecure": True}

    with pytest.raises(ConfigError, match=r"sinks\[0\]\.url: is the Zeek of sources\[0\]\.url"):
        overlaps.check(settings(sources=[ZEEK], sinks=[plain]))


def test_a_link_is_what_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(tmp_path / "spool")
    twice = [log(f"{tmp_path}/spool/conn.log"), log(f"{tmp_path}/current/conn.log")]

    with pytest.raises(ConfigError, match=r"sources\[1\]\.path"):
        overlaps.check(settings(sources=twice))


def test_another_name_of_the_same_file_is_seen(tmp_path: Path) -> None:
    (tmp_path / "conn.log").touch()
    (tmp_path / "hard").hardlink_to(tmp_path / "conn.log")
    parts = {"sources": [log(f"{tmp_path}/conn.log")], "sinks": [lines(f"{tmp_path}/hard")]}

    with pytest.raises(ConfigError, match=r"sinks\[0\]\.path: .*sources\[0\]\.path"):
        overlaps.check(settings(**parts))


def test_nobody_writes_the_configuration_itself(tmp_path: Path) -> None:
    file = tmp_path / "netheed.yaml"

    with pytest.raises(ConfigError, match=r"sinks\[0\]\.path: .*this configuration"):
        overlaps.check(settings(sinks=[lines(str(file))]), file)


def test_files_of_ones_own_in_the_state_are_no_overlap() -> None:
    overlaps.check(settings(sinks=[lines("/state/notices.jsonl")], daemon={"state": "/state"}))


def test_two_suricatas_two_sets_and_a_set_beside_bits_overlap_nowhere() -> None:
    sinks = [
        held("/a"),
        held("/b", socket="/other"),
        held("/c", set="netheed-2"),
        held("/d", by="hostbits"),
    ]

    overlaps.check(settings(sinks=sinks))


def test_two_zeeks_with_source_and_sink_each_overlap_nowhere() -> None:
    other = {name: OTHER[name] for name in ("type", "url")}

    overlaps.check(settings(sources=[ZEEK, OTHER, log("a")], sinks=[ZEEK, other, lines("b")]))


def test_two_redis_and_two_keys_overlap_nowhere() -> None:
    local = redis("redis://127.0.0.1")
    others = [
        redis("redis://127.0.0.1", name="b", key="other"),
        redis("redis://127.0.0.1:7000", name="c"),
        redis("redis://192.0.2.1", name="d", insecure=True),
    ]

    overlaps.check(settings(sources=[local, *others]))


def test_logs_that_share_no_file_may_stand_in_one_folder() -> None:
    apart = [eve("/l/eve.json"), eve("/l/eve-%F.json"), eve("/l/eve.*.json"), log("/l/conn.log")]

    overlaps.check(settings(sources=apart))
