import re
from pathlib import Path

import pytest

from netheed.doctor import door
from netheed.doctor.findings import IN_THE_END, Level
from netheed.doctor.installation import Installation, found
from tests.installed_zeek import Pretended, connecting, missing, pasted, that_say

REPOSITORY = Path(__file__).parents[3]
SCRIPT = (REPOSITORY / "zeek_scripts" / "main.zeek").read_text(encoding="utf-8")
MANUAL = (REPOSITORY / "docs" / "zeek.md").read_text(encoding="utf-8")


def only(here: Pretended) -> Installation:
    (zeek,) = found(here.machine(), None)
    return zeek


def findings(here: Pretended, **case):
    return list(door.findings(here.case(**case), only(here)))


def test_the_address_is_the_one_of_the_script():
    assert f"const listen_addr = {door.HOST} &redef;" in SCRIPT
    assert f"const listen_port = {door.PORT}/tcp &redef;" in SCRIPT


def test_nothing_is_missing_while_zeek_listens(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.0.10")
    here.listen()

    assert [one.what for one in findings(here)] == ["something listens on 127.0.0.1 port 27759"]


def test_a_closed_port_is_missing(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.0.10")

    assert missing(findings(here)) == ["nothing listens on 127.0.0.1 port 27759: is Zeek running?"]


def test_zeekctl_is_told_to_deploy_where_the_port_is_closed(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.1.0")
    here.nodes("standalone")

    assert pasted(findings(here)) == [(IN_THE_END, "zeekctl deploy")]


@pytest.mark.parametrize("version", ["8.1.0", "8.2.2", "9.0.0-rc1"])
def test_from_8_1_on_a_zeek_alone_needs_a_backend(tmp_path, version):
    here = Pretended(tmp_path)
    here.install(version)

    ((file, line),) = pasted(findings(here))

    assert file == "the command line of Zeek"
    assert line in MANUAL


def test_from_8_1_on_a_zeek_alone_that_listens_has_its_backend(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.1.0")
    here.listen()

    assert missing(findings(here)) == []


def test_7_1_must_be_told_to_listen_without_tls(tmp_path):
    here = Pretended(tmp_path)
    here.install("7.1.0")
    here.listen()

    ((file, line),) = pasted(findings(here))

    assert file == only(here).local
    assert line in MANUAL


@pytest.mark.parametrize("how", ["told", "wss"])
def test_7_1_is_in_order_without_tls_or_with_a_wss_url(tmp_path, how):
    here = Pretended(tmp_path)
    here.install("7.1.0", local="redef Broker::disable_ssl = T;" if how == "told" else "")
    here.listen()
    settings = connecting("wss://127.0.0.1:27759/v1/messages/json") if how == "wss" else None

    assert missing(findings(here, settings=settings)) == []


def test_the_port_is_the_one_that_local_zeek_gives(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.0.10", local="redef Netheed::listen_port = 27758/tcp;")
    here.listen(port=27758)

    assert missing(findings(here)) == []
    assert door.url(here.case(), only(here)) == "ws://127.0.0.1:27758/v1/messages/json"


@pytest.mark.parametrize("address", ["0.0.0.0", "[::]", "192.0.2.1"])  # noqa: S104
def test_an_open_address_is_warned_of(tmp_path, address):
    here = Pretended(tmp_path)
    here.install("8.0.10", local=f"redef Netheed::listen_addr = {address};")

    (warning,) = that_say(findings(here), "without a password")

    assert warning.level is Level.ADVICE


def test_an_address_of_all_is_tried_on_this_machine(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.0.10", local="redef Netheed::listen_addr = 0.0.0.0;")
    here.listen()

    assert missing(findings(here)) == []


def test_every_configured_url_is_tried_once(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.0.10")
    here.listen("sensor", 80)
    urls = connecting("ws://sensor/a", "ws://sensor/a", "wss://other:1/b", "ws://[::1", "ws://h:x/")

    assert missing(findings(here, settings=urls)) == [
        "nothing listens on other port 1: is Zeek running?",
        "ws://[::1 is no address",
        "ws://h:x/ is no address",
    ]


def test_zeekctls_place_must_be_the_packages(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.1.0")
    here.nodes("manager", "worker")
    here.write("/opt/zeek/etc/zeekctl.cfg", "WebSocketHost = ::1\nWebSocketPort = 27760\n")
    here.listen()

    lines = [line for _, line in pasted(findings(here))]

    assert lines == [
        "redef Netheed::listen_addr = [::1];",
        "redef Netheed::listen_port = 27760/tcp;",
    ]
    here.write(only(here).local, "\n".join(lines))
    here.listen("::1", 27760)
    assert pasted(findings(here)) == []


@pytest.mark.parametrize(("asked", "lines"), [("", 0), ("UseWebSocket = 1", 2)])
def test_before_8_1_zeekctl_listens_only_where_it_is_told_to(tmp_path, asked, lines):
    here = Pretended(tmp_path)
    here.install("8.0.10")
    here.nodes("standalone")
    here.write("/opt/zeek/etc/zeekctl.cfg", f"WebSocketPort = 27760\n{asked}\n")
    here.listen()

    assert len(pasted(findings(here))) == lines


def test_a_package_that_does_not_listen_is_left_alone(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.1.0", local="redef Netheed::listen_websocket = F;")
    here.nodes("standalone")
    here.write("/opt/zeek/etc/zeekctl.cfg", "WebSocketPort = 27760\n")
    here.listen()

    assert pasted(findings(here)) == []


@pytest.mark.parametrize("port", ["1; system(", "\x1b]0;x\x07", "65536"])
def test_nothing_hostile_is_put_into_a_script(tmp_path, port):
    here = Pretended(tmp_path)
    here.install("8.1.0")
    here.nodes("standalone")
    here.write("/opt/zeek/etc/zeekctl.cfg", f"WebSocketPort = {port}\n")
    here.listen()

    assert pasted(findings(here)) == []


def test_the_options_that_are_looked_for_are_those_of_the_script():
    source = Path(door.__file__).read_text(encoding="utf-8")

    named = set(re.findall(r"Netheed::(\w+)", source))

    assert named == {"listen_addr", "listen_port", "listen_websocket"}
    assert all(re.search(rf"(const|option) {name}\b", SCRIPT) for name in named)
