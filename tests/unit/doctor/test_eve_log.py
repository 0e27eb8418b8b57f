import pytest

from netheed.doctor import eve_log
from netheed.doctor.findings import Finding, Level
from netheed.sources.eve_file import EveFileSettings as EveFile
from netheed.sources.eve_redis import EveRedisSettings as EveRedis
from netheed.sources.eve_socket import EveSocketSettings as EveSocket
from tests.installed_suricata import YAML, configured, dump
from tests.installed_suricata import eve_log as output
from tests.installed_zeek import NOW, Pretended, missing, pasted, that_say

REDIS = {"server": "127.0.0.1", "port": 6379, "mode": "list", "key": "suricata"}


def found(tmp_path, *outputs, source=None) -> list[Finding]:
    settings = None if source is None else configured(source)
    case = Pretended(tmp_path).case(settings=settings)
    return list(eve_log.findings(case, dump(*outputs), YAML))


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        (None, {}),
        (EveFile(), {}),
        (EveFile(path="/var/log/suricata/eve*.json"), {"threaded": "yes"}),
        (EveFile(path="/data/eve-*.json"), {"filename": "/data/eve-%Y-%m-%d-%H:%M.json"}),
        (EveSocket(), {"filetype": "unix_stream", "filename": "/run/netheed/eve.sock"}),
        (EveRedis(), {"filetype": "redis", "redis": REDIS}),
        (EveRedis(url="redis://localhost"), {"filetype": "redis"}),
        (EveRedis(mode="list"), {"filetype": "redis", "redis": REDIS | {"mode": "lpush"}}),
        (
            EveRedis(url="unix:///r.sock"),
            {"filetype": "redis", "redis": REDIS | {"server": "/r.sock"}},
        ),
    ],
)
def test_an_output_that_is_read_is_in_order(tmp_path, source, changed):
    assert {one.level for one in found(tmp_path, output(**changed), source=source)} == {Level.OK}


def test_an_output_is_chosen_by_what_the_source_reads(tmp_path):
    other = output(filename="other.json", types=["alert"])

    assert missing(found(tmp_path, other, output(), source=EveFile())) == []


@pytest.mark.parametrize(
    "sources",
    [
        [EveFile(path="/var/log/suricata/*.json")],
        [EveFile(), EveFile(path="/var/log/suricata/o*.json")],
    ],
)
def test_flows_that_are_read_twice_are_told(tmp_path, sources):
    case = Pretended(tmp_path).case(settings=configured(*sources))
    outputs = dump(output(), output(filename="other.json"))

    (what,) = missing(list(eve_log.findings(case, outputs, YAML)))

    assert "read 2 times" in what


def test_another_output_without_flows_is_no_second_reading(tmp_path):
    other = output(filename="alerts.json", types=["alert"])
    case = Pretended(tmp_path).case(settings=configured(EveFile(path="/var/log/suricata/*.json")))

    assert not that_say(list(eve_log.findings(case, dump(output(), other), YAML)), "times")


def test_without_an_output_one_is_pasted(tmp_path):
    findings = found(tmp_path, output(enabled="no"))

    assert missing(findings) == ["no eve-log is enabled"]
    assert (YAML, "      filename: /var/log/suricata/eve.json") in pasted(findings)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (EveFile(path="/data/eve.json"), "      filename: /data/eve.json"),
        (EveFile(path="/data/*.json"), "      filename: /var/log/suricata/eve.json"),
        (EveSocket(), "      filename: /run/netheed/eve.sock"),
        (
            EveRedis(url="redis://127.0.0.1:6380"),
            "      redis: {server: 127.0.0.1, port: 6380, mode: list, key: suricata}",
        ),
    ],
)
def test_an_output_that_a_source_misses_is_pasted(tmp_path, source, line):
    findings = found(tmp_path, source=source)

    assert len(missing(findings)) == 1
    assert "there is: the eve-log for /var/log/suricata/eve.json" in findings[0].what
    assert (YAML, line) in pasted(findings)


@pytest.mark.parametrize(
    ("source", "changed", "word"),
    [
        (EveFile(), {"threaded": "yes"}, "eve.1.json"),
        (EveRedis(), {"filetype": "redis", "redis": REDIS | {"mode": "channel"}}, "mode channel"),
        (EveRedis(key="other"), {"filetype": "redis", "redis": REDIS}, "reads other"),
        (EveSocket(path="/run/e"), {"filetype": "unix_dgram", "filename": "/run/e"}, "unix_stream"),
    ],
)
def test_an_output_that_nearly_fits_is_told_with_its_difference(tmp_path, source, changed, word):
    (what,) = missing(found(tmp_path, output(**changed), source=source))

    assert word in what


def test_a_file_a_thread_is_read_by_a_pattern(tmp_path):
    findings = found(tmp_path, output(threaded="yes"), source=EveFile())

    assert pasted(findings) == [
        (
            "/etc/netheed/netheed.yaml",
            '    path: "/var/log/suricata/eve.*.json"  # of the eve_file source',
        )
    ]


def test_flows_that_are_not_written_are_missing(tmp_path):
    findings = found(tmp_path, output(types=["alert", "dns", "tls", "http"]), source=EveFile())

    (what,) = missing(findings)
    assert what.endswith("has no flows")
    assert [line for _, line in pasted(findings) if "#" not in line] == [
        "        - flow",
        "        - smb",
        "        - dcerpc",
        "        - krb5",
    ]


def test_a_type_that_is_switched_off_is_not_there(tmp_path):
    types = ["flow", {"dns": {"enabled": "no"}}]

    (one,) = that_say(found(tmp_path, output(types=types)), "lacks")

    assert (one.level, "dns" in one.what) == (Level.ADVICE, True)


def test_community_ids_are_advised(tmp_path):
    findings = found(tmp_path, output(community_id="false"))

    assert (missing(findings), pasted(findings)[-1][1]) == ([], "      community-id: true")
    assert len(that_say(found(tmp_path, output(community_id_seed=7)), "seed 7")) == 1


def test_a_rotation_without_a_time_in_the_name_is_told(tmp_path):
    assert that_say(found(tmp_path, output(rotate_interval="1h")), "grows on")
    assert that_say(
        found(tmp_path, output(rotate_interval="1h", filename="eve-%s.json")), "every 1h"
    )


@pytest.mark.parametrize(
    ("name", "threaded", "pattern"),
    [
        ("eve.json", "no", "eve.json"),
        ("eve.json", "yes", "eve.*.json"),
        ("eve", "yes", "eve.*"),
        ("eve-%Y-%m-%d-%H:%M.json", "no", "eve-%Y-%m-%d-%H:%M.json"),
        ("eve-%s.json", "yes", "eve-%s.*.json"),
    ],
)
def test_a_pattern_matches_what_is_written(name, threaded, pattern):
    (eve,) = dump(output(filename=name, threaded=threaded)).eves()

    assert eve_log.pattern(eve) == f"/var/log/suricata/{pattern}"
    assert "%" not in eve_log.written(eve, NOW)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://h:1/0", ("h", 1)),
        ("redis://h", ("h", 6379)),
        ("unix:///run/redis.sock", "/run/redis.sock"),
    ],
)
def test_a_redis_is_where_its_url_says(url, address):
    assert eve_log.redis_address(url) == address
