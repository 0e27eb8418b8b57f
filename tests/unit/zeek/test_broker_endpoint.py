"""Where a Zeek listens for peers, and the module that only it has."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netheed.errors import ConfigError
from netheed.zeek.broker_endpoint import BrokerEndpoint
from tests.stub_broker import Stub


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    made = Stub()
    monkeypatch.setitem(sys.modules, "broker", made)
    yield made
    made.close()


@pytest.fixture
def unloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The module has not been looked for yet."""
    monkeypatch.setitem(sys.modules, "broker", None)
    del sys.modules["broker"]


def refused(**given: Any) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        BrokerEndpoint(**given).check("sources[0]")
    return caught.value


def test_no_module_is_refused_with_its_place_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "broker", None)
    error = refused()

    assert error.where == "sources[0].python_path"
    assert "zeek-config --python_dir" in error.reason


@pytest.mark.usefixtures("unloaded")
def test_the_module_is_taken_from_a_configured_path_that_is_then_searched_no_more(
    tmp_path: Path,
) -> None:
    (tmp_path / "broker.py").write_text("Endpoint = zeek = 'of the path'\n")
    before = list(sys.path)
    endpoint = BrokerEndpoint(python_path=tmp_path)
    endpoint.check("sources[0]")

    assert endpoint.module().zeek == "of the path"
    assert sys.path == before


@pytest.mark.usefixtures("unloaded")
def test_a_path_without_it_leaves_the_search_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "broker", None)
    before = list(sys.path)

    assert refused(python_path=tmp_path).where == "sources[0].python_path"
    assert sys.path == before


@pytest.mark.usefixtures("unloaded")
def test_a_module_of_another_kind_is_refused_by_its_file(tmp_path: Path) -> None:
    (tmp_path / "broker.py").write_text("Endpoint = 1\n")
    error = refused(python_path=tmp_path)

    assert f"is not Zeek's but that of {tmp_path / 'broker.py'}" in error.reason


@pytest.mark.usefixtures("unloaded")
@pytest.mark.parametrize("text", ["print 1", "raise SystemError('built for another Python')"])
def test_a_module_that_breaks_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    (tmp_path / "broker.py").write_text(text)

    assert refused(python_path=tmp_path).where == "sources[0].python_path"


@pytest.mark.usefixtures("stub")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_this_host_is_safe(host: str) -> None:
    BrokerEndpoint(host=host, tls=False).check("sources[0]")


@pytest.mark.usefixtures("stub")
@pytest.mark.parametrize("tls", [True, False])
def test_another_host_unverified_must_be_wanted(tls: bool) -> None:
    assert refused(host="10.0.0.1", tls=tls).where == "sources[0].host"
    BrokerEndpoint(host="10.0.0.1", tls=tls, insecure=True).check("sources[0]")


@pytest.mark.usefixtures("stub")
def test_another_host_is_safe_with_an_authority(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()

    BrokerEndpoint(host="10.0.0.1", ca_file=tmp_path / "ca.pem").check("sources[0]")


@pytest.mark.usefixtures("stub")
@pytest.mark.parametrize("host", ["", "a b", "a\x1b[2J", "a\n"])
def test_what_is_no_host_is_refused(host: str) -> None:
    assert refused(host=host, insecure=True).where == "sources[0].host"


@pytest.mark.usefixtures("stub")
@pytest.mark.parametrize("name", ["ca_file", "certificate", "key"])
def test_a_file_must_be_there_and_is_for_tls(tmp_path: Path, name: str) -> None:
    (tmp_path / "there").touch()

    for given in ({name: tmp_path / "none"}, {name: tmp_path / "there", "tls": False}):
        assert refused(**given).where == f"sources[0].{name}"


@pytest.mark.usefixtures("stub")
@pytest.mark.parametrize(("given", "missing"), [("key", "certificate"), ("certificate", "key")])
def test_a_certificate_and_its_key_go_together(tmp_path: Path, given: str, missing: str) -> None:
    (tmp_path / "there").touch()

    assert refused(**{given: tmp_path / "there"}).where == f"sources[0].{missing}"


def test_the_modules_configuration_says_what_ours_says(stub: Stub) -> None:
    made = BrokerEndpoint(ca_file=Path("/ca"), key=Path("/key")).configuration(stub)

    assert made.options.disable_ssl is False
    assert made.openssl_cafile == "/ca"
    assert made.openssl_certificate == ""
    assert made.openssl_key == "/key"
    assert BrokerEndpoint(tls=False).configuration(stub).options.disable_ssl is True
