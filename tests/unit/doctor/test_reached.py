import socket

import pytest

from netheed.doctor import reached
from netheed.doctor.findings import Level
from netheed.sources.eve_redis import EveRedisSettings as EveRedis
from netheed.sources.eve_socket import EveSocketSettings as EveSocket
from tests.installed_suricata import configured, dump
from tests.installed_zeek import Pretended, missing, pasted

PATH = "/eve.sock"
ADDRESS = ("127.0.0.1", 6379)


def found(here, source, **nodes):
    case = here.case(settings=configured(source))
    (one,) = reached.findings(case, dump(**nodes))
    return one


@pytest.fixture
def here(tmp_path):
    """With netheed's socket, for its owner and group."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "eve.sock"))
        (tmp_path / "eve.sock").chmod(0o660)
        tmp_path.chmod(0o755)
        yield Pretended(tmp_path)


def test_root_may_write_to_any_socket(here):
    one = found(here, EveSocket(path=PATH))

    assert (one.level, "root may write" in one.what) == (Level.OK, True)


def test_a_user_without_rights_comes_with_the_group_of_the_socket(here):
    one = found(here, EveSocket(path=PATH), run_as={"user": "nobody", "group": "daemon"})

    assert (one.level, "may not use /eve.sock" in one.what) == (Level.MISSING, True)
    assert pasted([one])[0][1] == "    group: daemon  # of the eve_socket source"


def test_a_socket_for_everybody_is_in_order(here):
    (here.root / "eve.sock").chmod(0o666)

    assert found(here, EveSocket(path=PATH), run_as={"user": "nobody"}).level is Level.OK


def test_a_folder_that_is_closed_is_the_barrier(here):
    here.root.chmod(0o700)

    one = found(here, EveSocket(path=PATH), run_as={"user": "nobody"})

    assert pasted([one]) == [("a shell", "sudo setfacl -m u:nobody:x /")]


def test_a_user_of_another_machine_is_told(here):
    for nodes in ({"user": "no-such-user"}, {"user": "nobody", "group": "no-such-group"}):
        assert "is not known" in found(here, EveSocket(path=PATH), run_as=nodes).what


def test_a_socket_is_made_by_netheed(here):
    assert "netheed makes it" in found(here, EveSocket(path="/other.sock")).what


def test_a_file_is_no_socket(here):
    here.write("/file")

    assert missing([found(here, EveSocket(path="/file"))]) == ["/file is no socket"]


@pytest.mark.parametrize("answer", [b"+PONG", b"-NOAUTH Authentication required."])
def test_a_redis_that_answers_is_in_order(here, answer):
    here.answers[ADDRESS] = answer

    assert found(here, EveRedis()).level is Level.OK


def test_a_redis_that_does_not_is_missing(here):
    assert missing([found(here, EveRedis())]) == ["no Redis answers at 127.0.0.1 port 6379"]


def test_something_else_is_no_redis(here):
    here.answers[ADDRESS] = b"HTTP/1.1 400 \xff"

    assert "is no Redis: HTTP/1.1 400" in found(here, EveRedis()).what


def test_a_database_that_suricata_does_not_write_to_is_missing(here):
    case = here.case(settings=configured(EveRedis(url="redis://127.0.0.1:6379/3")))
    here.answers[ADDRESS] = b"+PONG"

    (one,) = missing(list(reached.findings(case, None)))

    assert "writes to database 0" in one


def test_tls_is_not_asked(here):
    assert found(here, EveRedis(url="rediss://h:1")).level is Level.ADVICE


def test_nothing_is_asked_where_nothing_is_configured(here):
    assert list(reached.findings(here.case(), None)) == []
