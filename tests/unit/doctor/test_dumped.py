import pytest

from netheed.doctor.dumped import Dump, parsed

RECORDED = """\
Info: conf-yaml-loader: Including configuration file b.yaml.
Info: conf-yaml-loader: Configuration node 'outputs' redefined.
default-log-dir = /srv/eve/
outputs = (null)
outputs.0 = fast
outputs.0.fast = (null)
outputs.0.fast.enabled = yes
outputs.1 = eve-log
outputs.1.eve-log = (null)
outputs.1.eve-log.enabled = yes
outputs.1.eve-log.threaded = true
outputs.1.eve-log.types = (null)
outputs.1.eve-log.types.0 = flow
outputs.1.eve-log.types.1 = dns
outputs.1.eve-log.types.1.dns = (null)
outputs.1.eve-log.types.1.dns.enabled = no
outputs.1.eve-log.types.2 = tls
outputs.1.eve-log.types.2.tls = (null)
outputs.1.eve-log.types.2.tls.extended = yes
outputs.2 = eve-log
outputs.2.eve-log = (null)
outputs.2.eve-log.enabled = no
unix-command = (null)
unix-command.enabled = a = b
"""
"""As Suricata 7.0.10 prints it."""


def test_settings_stand_under_their_path():
    dump = parsed(RECORDED)

    assert dump.get("default-log-dir") == "/srv/eve/"
    assert dump.get("unix-command.enabled") == "a = b"
    assert (dump.get("outputs"), dump.get("absent", "otherwise")) == ("", "otherwise")


def test_what_the_loader_tells_of_includes_is_no_setting():
    dump = parsed(RECORDED)

    assert (dump.included, dump.redefined) == (("b.yaml",), ("outputs",))
    assert not any(path.startswith("Info") for path in dump.values)


def test_only_an_eve_log_that_is_enabled_is_one():
    (eve,) = parsed(RECORDED).eves()

    assert (eve.place, eve.filetype, eve.threaded) == ("outputs.1.eve-log", "regular", True)


def test_a_type_that_is_switched_off_is_not_written():
    (eve,) = parsed(RECORDED).eves()

    assert eve.types == {"flow", "tls"}


def test_a_file_without_a_folder_is_below_the_log_directory():
    assert parsed(RECORDED).eves()[0].path == "/srv/eve/eve.json"
    assert Dump({}).absolute("a.json") == "/var/log/suricata/a.json"
    assert Dump({}).absolute("/run/a") == "/run/a"


def test_a_redis_has_suricatas_defaults():
    text = "outputs.0 = eve-log\noutputs.0.eve-log.enabled = on\noutputs.0.eve-log.filetype = redis"

    (eve,) = parsed(text).eves()

    assert (eve.host, eve.port, eve.mode, eve.key) == ("127.0.0.1", "6379", "list", "suricata")
    assert eve.is_written_for == "the eve-log for list suricata of the Redis at 127.0.0.1 port 6379"


@pytest.mark.parametrize("text", ["", "\x1b[2J", "outputs.0 = eve-log", " = \n=\n = = ="])
def test_what_says_nothing_has_no_eve_log(text):
    assert parsed(text).eves() == []
