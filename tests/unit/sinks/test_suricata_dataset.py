"""What may be set of the sink, and what it leads to."""

from pathlib import Path

import msgspec
import pytest
from msgspec import convert

from netheed.sinks import SinkSettings, noticed_hosts
from netheed.suricata.holds import Dataset, HostBit
from netheed.zeek.door import line_to


def test_everything_has_a_default() -> None:
    sink = noticed_hosts.sink(convert({"type": "suricata_dataset"}, SinkSettings), line_to)

    assert (sink.socket, sink.kept) == (
        "/var/run/suricata-command.socket",
        Dataset("netheed-noticed-ip"),
    )
    assert (sink.hold, sink.most, sink.severity, sink.who) == (3600.0, 1000, "high", "host")
    assert sink.ledger.path == Path("/var/lib/netheed/suricata_dataset.json")
    assert sink.clock() > 1_700_000_000.0


def test_what_is_set_reaches_the_sink() -> None:
    given = {
        "type": "suricata_dataset",
        "socket": "/s",
        "by": "hostbits",
        "who": "both",
        "severity": "low",
        "hold": 60,
        "most": 3,
        "ledger": "/l",
        "never": ["10.0.0.1/32"],
    }

    sink = noticed_hosts.sink(convert(given, SinkSettings), line_to)

    assert (sink.socket, sink.kept, sink.who) == ("/s", HostBit(), "both")
    assert (sink.severity, sink.hold, sink.most) == ("low", 60.0, 3)
    assert sink.ledger.path == Path("/l")
    assert [str(network) for network in sink.never] == ["10.0.0.1/32"]


@pytest.mark.parametrize(
    "given",
    [
        {"set": "blocklist"},
        {"set": "netheed-"},
        {"set": "netheed-" + "a" * 56},
        {"set": "netheed-a,b"},
        {"hold": 59},
        {"hold": 31 * 86_400},
        {"most": 0},
        {"most": 10_001},
        {"by": "iprep"},
        {"who": "all"},
        {"severity": "none"},
        {"socket": ""},
        {"path": "/x"},
        {"never": ["10.0.0.0/33"]},
    ],
    ids=str,
)
def test_what_cannot_be_or_is_not_ours_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        convert({"type": "suricata_dataset", **given}, SinkSettings)
