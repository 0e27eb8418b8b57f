import pytest

from netheed.sinks.formats import FORMATS
from netheed.sinks.formats.syslog import FACILITIES, SEVERITIES, message, shorter
from tests.makers import make_driver, make_evidence, make_notice
from tests.syslog_messages import read


def test_a_message_has_each_part_in_its_place():
    said = message(make_notice(), b'{"a":1}\n', 21, "sensor-1.example")

    assert said == (
        b"<171>1 2023-11-14T22:14:20.000000Z sensor-1.example netheed - beacon - " + b'{"a":1}'
    )


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("facility", FACILITIES.values())
def test_every_form_is_a_message(form, facility):
    notice = make_notice(peer_name="büro.example")
    found = read(message(notice, FORMATS[form](notice), facility, "h"))

    assert (found.facility, found.app, found.data) == (facility, "netheed", "-")
    assert found.text + b"\n" == FORMATS[form](notice)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_severities_are_those_of_the_notice(severity):
    found = read(message(make_notice(severity=severity), b"{}", 1, "h"))

    assert found.severity == SEVERITIES[severity]


def test_only_text_beyond_ascii_has_the_mark():
    assert read(message(make_notice(), "{ä}".encode(), 1, "h")).is_marked
    assert not read(message(make_notice(), b"{}", 1, "h")).is_marked


@pytest.mark.parametrize(
    ("text", "word"),
    [("", "-"), ("a b\x1b[2J\nc", "ab[2Jc"), ("ä", "-"), ("x" * 999, "x" * 255)],
)
def test_a_name_of_a_machine_is_printable_and_bounded(text, word):
    found = read(message(make_notice(kind=text or "\n"), b"{}", 1, text))

    assert (found.hostname, found.id) == (word, word[:32])


def test_less_and_less_is_told_and_never_the_same_twice():
    notice = make_notice(
        evidence=(make_evidence(),) * 3,
        drivers=(make_driver(),) * 2,
        alerts=("a",),
        peer_name="x",
    )

    told = list(shorter(notice))

    assert [(len(one.evidence), len(one.drivers), len(one.alerts)) for one in told] == [
        (3, 2, 1),
        (2, 2, 1),
        (1, 2, 1),
        (1, 2, 0),
        (1, 1, 0),
        (1, 0, 0),
        (0, 0, 0),
    ]
    assert (told[0], told[-1].peer_name) == (notice, None)
    assert {one.id for one in told} == {notice.id}
