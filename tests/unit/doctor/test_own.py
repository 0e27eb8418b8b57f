from netheed.config import Settings
from netheed.doctor import own
from netheed.doctor.findings import Level
from tests.installed_zeek import Pretended, missing, pasted, reading


def test_a_configuration_in_order_leaves_nothing_missing(tmp_path):
    found = list(own.findings(Pretended(tmp_path).case(settings=reading("/logs/conn.log"))))

    assert {one.level for one in found} == {Level.OK}


def test_a_configuration_that_cannot_be_used_is_missing_with_the_reason(tmp_path):
    case = Pretended(tmp_path).case(unread="/etc/netheed/netheed.yaml: Permission denied")

    assert missing(list(own.findings(case))) == [
        "the configuration cannot be used: /etc/netheed/netheed.yaml: Permission denied"
    ]


def test_a_configuration_that_is_not_there_is_missing(tmp_path):
    assert missing(list(own.findings(Pretended(tmp_path).case()))) == [
        "no configuration: /etc/netheed/netheed.yaml is not there"
    ]


def test_a_configuration_without_sources_is_missing_one(tmp_path):
    case = Pretended(tmp_path).case(settings=Settings())

    assert missing(list(own.findings(case))) == ["/etc/netheed/netheed.yaml names no source"]


def test_a_state_that_cannot_be_written_comes_with_the_command_that_makes_it(tmp_path):
    problem = ("daemon.state", "/var/lib/netheed: cannot be written")
    settings = reading("/logs/conn.log")
    case = Pretended(tmp_path).case(settings=settings, problems=(problem,))
    found = list(own.findings(case))

    assert missing(found) == ["daemon.state: /var/lib/netheed: cannot be written"]
    assert pasted(found) == [("a shell", 'sudo install -d -m 0750 -o "$(id -un)" /var/lib/netheed')]


def test_what_check_finds_is_missing_too(tmp_path):
    problem = ("sinks[0].path", "/notices: no folder that can be written")
    settings = reading("/logs/conn.log")
    case = Pretended(tmp_path).case(settings=settings, problems=(problem,))

    assert missing(list(own.findings(case))) == [
        "sinks[0].path: /notices: no folder that can be written"
    ]
