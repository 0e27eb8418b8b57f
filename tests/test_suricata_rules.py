"""The rules that are shipped agree with the sink, with netheed's notices and with each other."""

import re
from pathlib import Path

from netheed.classes import CLASSES
from netheed.sinks.suricata_dataset import SuricataDatasetSettings
from netheed.sources.decode.eve_acts import OURS
from netheed.suricata.holds import BIT

REPOSITORY = Path(__file__).parents[1]
FILES = {
    "alert": REPOSITORY / "suricata_rules" / "netheed.rules",
    "drop": REPOSITORY / "suricata_rules_drop" / "netheed-drop.rules",
}
RULES = {
    action: [line for line in path.read_text().splitlines() if not line.startswith("#")]
    for action, path in FILES.items()
}
ALL = [rule for rules in RULES.values() for rule in rules]


def of(pattern: str) -> list[str]:
    return [found for rule in ALL for found in re.findall(pattern, rule)]


def test_each_file_does_one_thing_and_no_other_lies_beside_it() -> None:
    for action, path in FILES.items():
        assert {rule.split()[0] for rule in RULES[action]} == {action}
        assert list(path.parent.rglob("*.rules")) == [path]


def test_every_signature_is_there_once_apart_from_notices_and_known_as_ours() -> None:
    sids = [int(sid) for sid in of(r"sid:(\d+);")]

    assert len(set(sids)) == len(sids) == len(ALL)
    assert all(1_900_001 <= sid <= 1_900_099 and sid in OURS for sid in sids)
    assert not set(sids) & {known.sid for known in CLASSES.values()}
    assert len(set(of(r'msg:"(NETHEED [^"]+)"'))) == len(ALL)


def test_they_ask_for_what_the_sink_holds() -> None:
    assert set(of(r"dataset:isset,([^,]+),")) == {SuricataDatasetSettings().set}
    assert set(of(r"hostbits:isset,([^,]+),")) == {BIT}


def test_a_set_is_declared_alike_wherever_it_is_asked_for() -> None:
    declared = of(r"dataset:([^;]+);")

    assert len(declared) == 4
    assert len(set(declared)) == 1
    assert "type ip,state " in declared[0]


def test_bits_are_asked_of_every_packet_and_not_of_the_first_of_a_flow_alone() -> None:
    bits = [rule for rule in ALL if "hostbits:" in rule]

    assert len(bits) == 4
    assert all("ttl:>0;" in rule for rule in bits)
