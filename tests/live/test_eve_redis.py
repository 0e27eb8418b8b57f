"""Suricata's records by a real Redis: each once, whatever is killed."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from netheed.sources.eve_redis import EveRedisSettings
from netheed.sources.redis_client import problems
from sample.packets import Conversation, Sent, write_pcap
from sample.suricata import CONFIGURATION, flows
from tests.redis_server import Reading, RedisServer, flow, running, until

pytestmark = pytest.mark.live

REPOSITORY = Path(__file__).parents[2]
DURABLE = ("--appendonly", "yes", "--appendfsync", "always", "--save", "")


class Feeder(threading.Thread):
    """Pushes flows like Suricata, one by one; what a dead Redis did not answer is not repeated."""

    def __init__(self, server: RedisServer, count: int, *, way: str = "lpush") -> None:
        super().__init__()
        self.server, self.count, self.way = server, count, way
        self.client = Redis(unix_socket_path=server.path, retry=Retry(NoBackoff(), 0))
        self.answered: list[int] = []
        self.unanswered: list[int] = []

    def run(self) -> None:
        for number in range(self.count):
            try:
                getattr(self.client, self.way)("suricata", flow(number))
            except RedisError:
                self.unanswered.append(number)
                until(self.server.answers)
            else:
                self.answered.append(number)


@contextmanager
def feeding(server: RedisServer, count: int, **given: Any) -> Iterator[Feeder]:
    feeder = Feeder(server, count, **given)
    feeder.start()
    yield feeder
    feeder.join()
    feeder.client.close()


def saved(state: Path) -> list[int]:
    return json.loads(state.read_text())["flows"] if state.exists() else []


@contextmanager
def reader(server: RedisServer, state: Path) -> Iterator[None]:
    """A process that reads, until it is killed without a word."""
    command = [sys.executable, "-m", "tests.killed_reader", f"unix://{server.path}", str(state)]
    with (state.parent / "reader.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=log, stderr=log)  # noqa: S603
    try:
        yield
        assert process.poll() is None, (state.parent / "reader.log").read_text()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


@pytest.mark.slow
def test_a_netheed_that_is_killed_again_and_again_reads_each_record_once(tmp_path: Path) -> None:
    chance, state, count = random.Random(7), tmp_path / "state", 30_000
    with running(tmp_path) as server, feeding(server, count):
        for _ in range(8):
            before = len(saved(state))
            with reader(server, state):
                wanted = before + chance.randrange(1, 2500)
                until(lambda wanted=wanted: len(saved(state)) >= wanted)
        with reader(server, state):
            until(lambda: len(saved(state)) >= count)
            until(lambda: server.client.llen("suricata:netheed") == 0)

    assert saved(state) == [*range(count)]


@pytest.mark.slow
def test_a_durable_redis_that_is_killed_loses_and_repeats_nothing(tmp_path: Path) -> None:
    with running(tmp_path, *DURABLE) as server:
        reading = Reading(server.settings())
        with feeding(server, 4000) as feeder:
            for reached in (800, 1600, 2400):
                reading.until(lambda reached=reached: len(reading.flows) >= reached)
                reading.save()
                server.stop()
                reading.until(lambda: "redis_failed" in reading.events)
                server.start()
        reading.until(lambda: reading.flows[-1] == feeder.answered[-1])
        reading.stop()

    assert reading.flows == sorted(set(reading.flows))
    assert set(feeder.answered) <= {*reading.flows}
    assert {"redis_failed", "redis_connected"} <= reading.events
    assert "redis_went_back" not in reading.events
    assert reading.tally.lost == {}


def test_a_redis_that_forgets_everything_is_told_and_gone_on_with(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        server.client.lpush("suricata", *map(flow, range(10)))
        reading = Reading(server.settings())
        reading.until(lambda: len(reading.flows) == 10)
        server.stop()
        server.start()
        server.client.lpush("suricata", *map(flow, range(10, 15)))
        reading.until(lambda: len(reading.flows) == 15)
        reading.stop()

    assert reading.flows == [*range(15)]
    assert "redis_went_back" in reading.events
    assert reading.positions == {"eve_redis": "15"}


def test_a_redis_that_goes_back_to_a_snapshot_is_told_and_gone_on_with(tmp_path: Path) -> None:
    with running(tmp_path, "--save", "3600 1") as server:
        server.client.lpush("suricata", *map(flow, range(10)))
        reading = Reading(server.settings())
        reading.until(lambda: len(reading.flows) == 10)
        server.client.save()
        server.client.lpush("suricata", *map(flow, range(10, 20)))
        reading.until(lambda: len(reading.flows) == 20)
        server.stop()
        server.start()
        server.client.lpush("suricata", *map(flow, range(20, 25)))
        reading.until(lambda: 24 in reading.flows)
        reading.stop()

    assert {*reading.flows} == {*range(25)}
    assert "redis_went_back" in reading.events


def test_a_redis_that_wants_a_password_is_asked_again_until_it_is_right(tmp_path: Path) -> None:
    (file := tmp_path / "password").write_text("wrong\n")
    with running(tmp_path, "--requirepass", "sesame") as server:
        reading = Reading(server.settings(password_file=str(file)))
        reading.until(lambda: "redis_failed" in reading.events)
        file.write_text("sesame\n")
        reading.until(lambda: "redis_connected" in reading.events)
        reading.stop()

    assert not [fields for _, fields in reading.told if "sesame" in str(fields)]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """One that vouches for itself and for 127.0.0.1, with its key in the same file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    path = tmp_path / "redis.pem"
    wanted = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=redis"]
    wanted += ["-addext", "subjectAltName=IP:127.0.0.1"]
    key, beside = tmp_path / "key.pem", tmp_path / "certificate.pem"
    wanted += ["-keyout", str(key), "-out", str(beside)]
    subprocess.run([openssl, *wanted], check=True, capture_output=True)  # noqa: S603
    path.write_text(key.read_text() + beside.read_text())
    return path


def test_tls_asks_for_a_certificate_that_somebody_vouches_for(
    tmp_path: Path, certificate: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    tls = ["--tls-port", str(port), "--tls-auth-clients", "no", "--tls-ca-cert-file"]
    tls += [str(certificate), "--tls-cert-file", str(certificate), "--tls-key-file"]
    with running(tmp_path, "--save", "", *tls, str(certificate)) as server:
        url = f"rediss://127.0.0.1:{port}"
        server.client.lpush("suricata", flow(1))
        strange = EveRedisSettings(url=url)
        reading = Reading(EveRedisSettings(url=url, ca_file=str(certificate)))

        assert ["certificate" in problem.reason for problem in problems(strange)] == [True]
        reading.until(lambda: reading.flows == [1])
        other = EveRedisSettings(
            url=url.replace("127.0.0.1", "localhost"), ca_file=str(certificate)
        )
        assert ["localhost" in problem.reason for problem in problems(other)] == [True]
        reading.stop()


def test_a_channel_gives_what_is_published_while_it_is_heard(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        reading = Reading(server.settings(mode="channel"))
        reading.until(lambda: server.client.pubsub_numsub("suricata")[0][1])
        with feeding(server, 2000, way="publish"):
            reading.until(lambda: len(reading.flows) == 2000)
        server.stop()
        server.start()
        server.client.publish("suricata", flow(2000))
        reading.until(lambda: server.client.pubsub_numsub("suricata")[0][1])
        server.client.publish("suricata", flow(2001))
        reading.until(lambda: 2001 in reading.flows)
        reading.stop()

    assert reading.flows == [*range(2000), *reading.flows[2000:]]
    assert reading.tally.lost == {}


def written_both_ways(server: RedisServer, mode: str, folder: Path) -> Path:
    """A configuration of a Suricata that tells its flows to a file, and to Redis."""
    tree = yaml.safe_load(CONFIGURATION.read_text())
    (eve,) = tree["outputs"]
    redis = {"server": server.path, "port": 0, "mode": mode, "key": "suricata"}
    other = eve["eve-log"] | {"filetype": "redis", "redis": redis, "types": ["flow"]}
    tree["outputs"] += [{"eve-log": other}]
    (file := folder / "suricata.yaml").write_text(f"%YAML 1.1\n---\n{yaml.safe_dump(tree)}")
    return file


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["list", "rpush", "channel"])
def test_what_suricata_tells_redis_is_what_it_writes_into_its_file(
    suricata: Path, tmp_path: Path, mode: Any
) -> None:
    begun = 1_700_000_000_000_000
    talks = [
        Conversation("udp", f"10.0.{n % 7}.5", 20_000 + n, "192.0.2.80", 9999, packets=[
            Sent(begun + n * 1000, True, b"hello"), Sent(begun + n * 1000 + 500, False, b"yes"),
        ])
        for n in range(1500)
    ]  # fmt: skip
    write_pcap(talks, tmp_path / "talks.pcap")
    with running(tmp_path) as server:
        configuration = written_both_ways(server, mode, tmp_path)
        reading = Reading(server.settings(mode=mode))
        reading.until(lambda: "redis_connected" in reading.events)
        command = [str(suricata), "-c", str(configuration), "-l", str(tmp_path), "-S", os.devnull]
        command += ["-k", "none", "--runmode", "single", "-r", "talks.pcap"]
        subprocess.run(command, cwd=tmp_path, check=True)  # noqa: S603
        reading.until(lambda: len(reading.flows) >= len(talks))
        reading.stop()

    written = [record["flow_id"] for record in flows(tmp_path / "eve.json")]
    assert len(written) == len(talks)
    assert sorted(reading.flows) == sorted(written)
    assert (reading.tally.bad, reading.tally.lost) == (0, {})
