"""What a configuration says."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from netheed.zeek.broker_endpoint import BrokerEndpoint
from netheed.zeek.settings import BrokerSettings


class Named(BrokerSettings, frozen=True, kw_only=True, tag="zeek_broker"):
    """As source and sink have it."""


def settings(**given: Any) -> Named:
    return msgspec.convert({"type": "zeek_broker", **given}, Named)


def test_nothing_said_is_the_endpoints_own_default() -> None:
    assert settings().endpoint == BrokerEndpoint()


def test_everything_said_reaches_the_endpoint() -> None:
    files = {name: f"/{name}" for name in ("ca_file", "certificate", "key", "python_path")}
    plain: dict[str, Any] = {"host": "zeek", "port": 1, "insecure": True, "tls": False}
    paths: dict[str, Any] = {name: Path(text) for name, text in files.items()}

    assert settings(**plain, **files).endpoint == BrokerEndpoint(**plain, **paths)


@pytest.mark.parametrize(
    "given",
    [{"port": 0}, {"port": 65536}, {"port": "9999"}, {"url": "ws://a/"}, {"tls": 1}, {"key": ""}],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        settings(**given)
