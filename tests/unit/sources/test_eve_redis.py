"""What may be said of a Redis, and what must not."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec import ValidationError, convert

from netheed.sources import SourceSettings
from netheed.sources.eve_redis import LONGEST_PASSWORD, EveRedisSettings, Place, place_of


def made(**given: Any) -> EveRedisSettings:
    settings: EveRedisSettings = convert({"type": "eve_redis"} | given, SourceSettings)
    return settings


def test_without_a_word_it_is_where_suricata_writes_by_default() -> None:
    settings = made()

    assert settings.place == Place("127.0.0.1", 6379, "", 0, is_tls=False)
    assert (settings.key, settings.is_list, settings.password()) == ("suricata", True, None)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("redis://localhost", Place("localhost", 6379, "", 0, is_tls=False)),
        ("redis://[::1]:7000/12", Place("::1", 7000, "", 12, is_tls=False)),
        ("rediss://redis.example/", Place("redis.example", 6379, "", 0, is_tls=True)),
        ("unix:///run/redis/redis.sock", Place("", 0, "/run/redis/redis.sock", 0, is_tls=False)),
    ],
)
def test_a_url_says_where(url: str, place: Place) -> None:
    assert place_of(url) == place


@pytest.mark.parametrize(
    "url",
    [
        *("", "redis://", "http://127.0.0.1", "redis://h:0", "redis://h:x", "redis://[::1"),
        *("redis://127.0.0.1/x", "redis://127.0.0.1/1/2", "redis://127.0.0.1/0?db=1"),
        *("redis://127.0.0.1/123456", "redis://127.0.0.1/\u0663", "unix://", "unix://host/p"),
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="url: "):
        made(url=url)


@pytest.mark.parametrize(
    "url", ["redis://:sesame@127.0.0.1", "redis://u:sesame@h:x", "unix://u:sesame@/r", "u:sesame@h"]
)
def test_a_password_in_a_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        made(url=url)

    assert "sesame" not in str(caught.value)


def test_plain_words_leave_the_host_only_where_that_is_said() -> None:
    with pytest.raises(ValidationError, match="insecure: true"):
        made(url="redis://192.0.2.1")

    assert made(url="redis://192.0.2.1", insecure=True).place.host == "192.0.2.1"
    assert made(url="rediss://192.0.2.1", ca_file="/ca.pem").place.is_tls


@pytest.mark.parametrize(
    "given",
    [
        {"ca_file": "/ca.pem"},
        {"user": "netheed"},
        {"key": ""},
        {"key": "a\nb"},
        {"mode": "stream"},
        {"name": "a/b"},
        {"most_unsaved": 0},
    ],
)
def test_what_cannot_be_meant_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made(**given)


@pytest.mark.parametrize(
    ("mode", "is_list"), [("lpush", True), ("rpush", True), ("publish", False)]
)
def test_modes_have_suricatas_names(mode: str, is_list: bool) -> None:
    assert made(mode=mode).is_list == is_list


def test_a_password_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    (file := tmp_path / "password").write_bytes(b"open sesame\r\nnothing\n")

    assert made(password_file=str(file)).password() == "open sesame"


@pytest.mark.parametrize("held", [b"", b"\nsesame", b"x" * (LONGEST_PASSWORD + 1), b"\xff\n"])
def test_a_file_without_a_password_is_told(tmp_path: Path, held: bytes) -> None:
    (file := tmp_path / "password").write_bytes(held)

    with pytest.raises(ValueError, match=r"password|decode"):
        made(password_file=str(file)).password()


def test_the_client_is_loaded_for_such_a_source_only() -> None:
    script = "import sys; import netheed.service, netheed.overlaps; print('redis' in sys.modules)"

    said = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=os.environ
    )

    assert said.stdout == "False\n"
