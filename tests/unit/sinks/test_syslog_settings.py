import msgspec
import pytest

from netheed import config
from netheed.errors import ConfigError
from netheed.sinks.formats import FORMATS
from netheed.sinks.formats.syslog import FACILITIES
from netheed.sinks.syslog_settings import LONGEST, Address, SyslogSettings, parsed


@pytest.mark.parametrize(
    ("text", "address", "shown"),
    [
        ("/dev/log", Address("unix", "/dev/log"), "/dev/log"),
        ("udp://127.0.0.1", Address("udp", "127.0.0.1", 514), "udp://127.0.0.1:514"),
        ("udp://[::1]:5514", Address("udp", "::1", 5514), "udp://[::1]:5514"),
        ("tcp://log.example", Address("tcp", "log.example", 601), "tcp://log.example:601"),
    ],
)
def test_an_address_is_a_socket_or_a_port(text, address, shown):
    assert parsed(text) == address
    assert str(address) == shown


@pytest.mark.parametrize(
    "text",
    [
        "dev/log",
        "udp://",
        "udp://h:x",
        "udp://h:99999",
        "udp://h/path",
        "tcp://user@h",
        "tcp://h?x",
        "tls://h:6514",
        "h:514",
        "udp://[::1",
    ],
)
def test_what_is_no_address_is_refused_at_its_place(tmp_path, text):
    file = tmp_path / "netheed.yaml"
    file.write_text(f'sinks: [{{type: syslog, address: "{text}"}}]')

    with pytest.raises(ConfigError, match=r"sinks\[0\]"):
        config.read(file)


@pytest.mark.parametrize("key", ["facility: kern", "form: table", "longest: 479", "unknown: 1"])
def test_what_is_no_setting_is_refused(tmp_path, key):
    file = tmp_path / "netheed.yaml"
    file.write_text(f"sinks: [{{type: syslog, {key}}}]")

    with pytest.raises(ConfigError, match=r"sinks\[0\]"):
        config.read(file)


def test_every_facility_and_form_may_be_chosen():
    for facility in FACILITIES:
        for form in FORMATS:
            raw = {"type": "syslog", "facility": facility, "form": form}
            assert msgspec.convert(raw, SyslogSettings).facility == facility


def test_every_way_has_a_length():
    assert {parsed(text).way for text in ("/a", "udp://h", "tcp://h")} == set(LONGEST)
