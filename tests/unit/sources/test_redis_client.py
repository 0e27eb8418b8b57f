"""Why a Redis would not do, by the setting that is to be looked at."""

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from netheed.sources.eve_redis import EveRedisSettings
from netheed.sources.redis_client import FAILURES, TIMEOUT, client, problems
from tests.redis_server import RedisServer, running
from tests.taken import taken_port


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with running(tmp_path) as made:
        yield made


def told(settings: EveRedisSettings) -> list[tuple[str, str]]:
    return [(one.setting, one.reason) for one in problems(settings)]


@pytest.mark.parametrize("mode", ["list", "channel"])
def test_a_redis_in_order_has_none_and_is_left_as_it_is(server: RedisServer, mode: Any) -> None:
    server.client.lpush("suricata", b"1")

    assert told(server.settings(mode=mode)) == []
    assert server.client.keys() == [b"suricata"]


def test_nobody_there_is_told(tmp_path: Path) -> None:
    ((setting, reason),) = told(EveRedisSettings(url=f"unix://{tmp_path}/none"))

    assert (setting, "none" in reason) == ("url", True)


@pytest.mark.parametrize("key", ["suricata", "suricata:netheed"])
def test_a_key_that_is_no_list_is_told(server: RedisServer, key: str) -> None:
    server.client.set(key, "text")

    ((setting, reason),) = told(server.settings())

    assert (setting, reason.endswith(f"{key} is a string and no list")) == ("key", True)
    assert told(server.settings(mode="channel")) == []


def test_a_password_that_is_wanted_wrong_or_not_there_is_told(
    server: RedisServer, tmp_path: Path
) -> None:
    server.client.config_set("requirepass", "sesame")
    (file := tmp_path / "password").write_text("sesam\n")
    named = server.settings(password_file=str(file))
    absent = server.settings(password_file=str(tmp_path / "absent"))

    found = [told(server.settings()), told(named), told(absent)]

    assert [setting for one in found for setting, _ in one] == ["password_file"] * 3
    assert "sesam" not in str(found)
    file.write_text("sesame\n")
    assert told(named) == []


def test_another_database_than_suricatas_is_told(server: RedisServer) -> None:
    server.stop()
    settings = EveRedisSettings(url="redis://127.0.0.1:1/3")

    first, second = told(settings)

    assert first == ("url", "names database 3: Suricata writes to database 0 only")
    assert second[0] == "url"


def test_a_replica_is_told_where_records_are_taken(server: RedisServer) -> None:
    server.client.replicaof("127.0.0.1", 1)

    assert [setting for setting, _ in told(server.settings())] == ["url"]
    assert told(server.settings(mode="channel")) == []


@pytest.mark.parametrize(
    "words",
    [
        b"-\x1b[2J HTTP/1.1 400\r\n",
        *(b"+\x1b[2J\r\n", b"*1\r\n:1\r\n", b"*0\r\n", b"$-1\r\n", b"$x\r\n", b"\xff\r\n"),
        *(b"%1\r\n+a\r\n:1\r\n", b":" + b"1" * 5000 + b"\r\n", b"-MOVED\r\n", b"*1\r\n" * 3000),
    ],
)
def test_who_answers_like_no_redis_is_told_with_nothing_for_a_terminal(
    words: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netheed.sources.redis_client.TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            other, _ = listening.accept()
            with other, suppress(OSError):
                other.recv(4096)
                other.sendall(words * 9)

        (thread := Thread(target=answer)).start()
        url = f"redis://127.0.0.1:{listening.getsockname()[1]}"
        found = told(EveRedisSettings(url=url))
        thread.join()

    assert {setting for setting, _ in found} <= {"url", "key"}
    assert found
    assert all(reason.isprintable() for _, reason in found)


def test_a_silent_port_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netheed.sources.redis_client.TIMEOUT", 0.1)

    with taken_port() as address:
        ((setting, _),) = told(EveRedisSettings(url=f"redis://{address}"))

    assert setting == "url"


def test_tls_vouches_for_the_name_of_the_server() -> None:
    redis = client(EveRedisSettings(url="rediss://redis.example:1/0"))

    options = redis.connection_pool.connection_kwargs

    assert (options["ssl_cert_reqs"], options["ssl_check_hostname"]) == ("required", True)


def test_a_connection_that_is_half_open_comes_to_an_end() -> None:
    options = client(EveRedisSettings()).connection_pool.connection_kwargs

    assert options["socket_keepalive"] is True
    assert options["socket_timeout"] == TIMEOUT


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_password_that_may_not_be_read_is_a_failure(tmp_path: Path) -> None:
    (file := tmp_path / "password").touch(0)

    with pytest.raises(FAILURES):
        client(EveRedisSettings(password_file=str(file)))
