"""Where a Zeek listens."""

import ssl
from pathlib import Path

import pytest

from netheed.errors import ConfigError
from netheed.zeek.endpoint import Endpoint


@pytest.mark.parametrize(
    "url",
    [
        "ws://127.0.0.1:27759/v1/messages/json",
        "ws://[::1]:27759/v1/messages/json",
        "ws://localhost/v1/messages/json",
        "wss://zeek.example.org/v1/messages/json",
    ],
)
def test_this_host_and_tls_are_safe(url: str) -> None:
    Endpoint(url=url).check("sources[0]")


@pytest.mark.parametrize(
    "url",
    [
        "ws://10.0.0.1:27759/v1/messages/json",
        "ws://0.0.0.0:27759/",
        "ws://localhost.example.org/",
        "http://127.0.0.1/",
        "ws:///path",
        "wss://zeek..example.org/",
        "127.0.0.1:27759",
        "ws://127.0.0.1:99999/",
        "ws://[::1/",
        "wss://user:secret@zeek.example.org/",
    ],
)
def test_what_is_not_safe_is_refused_with_its_place(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Endpoint(url=url).check("sources[0]")

    assert caught.value.where == "sources[0].url"


def test_plain_text_to_another_host_must_be_wanted() -> None:
    Endpoint(url="ws://10.0.0.1:27759/", insecure=True).check("sources[0]")


def test_the_address_is_host_and_port() -> None:
    assert Endpoint().address == ("127.0.0.1", 27759)
    assert Endpoint(url="wss://zeek.example.org/x").address == ("zeek.example.org", 443)


def test_tls_verifies() -> None:
    tls = Endpoint(url="wss://zeek.example.org/").tls()

    assert tls is not None
    assert (tls.verify_mode, tls.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert Endpoint().tls() is None


def test_a_ca_file_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nonsense")

    for url, name in [("wss://a/", "ca.pem"), ("wss://a/", "none.pem"), ("ws://[::1]/", "ca.pem")]:
        with pytest.raises(ConfigError) as caught:
            Endpoint(url=url, ca_file=tmp_path / name).check("sources[0]")
        assert caught.value.where == "sources[0].ca_file"
