"""Windows with what names say."""

import numpy as np

from netheed.core.features import HostWindows
from netheed.core.life_vector import CONTEXT, NAMED, plain
from netheed.core.named import with_names
from netheed.core.names import Called, Names
from netheed.records import Connection, Naming
from tests.connections import connection, host_windows
from tests.names import named, naming

NOON = 1_699_999_200.0


def beats(count: int = 12) -> list[Connection]:
    return [connection(start=NOON + 60 * n) for n in range(count)]


def passed(*namings: Naming) -> list[HostWindows]:
    """All windows of a host with one regular peer, minute by minute."""
    names = Names(limit=1024)
    names.take(named(*namings))
    return [with_names(windows, names) for windows in host_windows(beats())]


def facts(windows: HostWindows) -> dict[str, float]:
    """What names say of the one pair that is looked at."""
    context = plain(windows.lives.context[0], CONTEXT).tolist()
    return {name: value for name, value in zip(CONTEXT, context, strict=True) if name in NAMED}


def looked(windows: list[HostWindows]) -> list[HostWindows]:
    return [one for one in windows if len(one.lives)]


def test_the_context_of_a_pair_tells_what_names_say_of_it() -> None:
    last = looked(passed(naming(time=NOON + 1), naming(time=NOON + 2, kind="sni", ja3="a")))[-1]

    said = facts(last)
    assert {name: said[name] for name in ("host_names", "named", "resolved", "name_hosts")} == {
        "host_names": 1.0,
        "named": 1.0,
        "resolved": 1.0,
        "name_hosts": 1.0,
    }
    assert said["mark_hosts"] == 1.0


def test_without_any_names_all_is_nothing_and_the_windows_are_the_same() -> None:
    names = Names()
    for windows in host_windows(beats()):
        assert with_names(windows, names) is windows
        assert not windows.lives.context[:, -len(NAMED) :].any()


def test_a_name_that_is_spoken_later_is_not_known_before() -> None:
    first, *_, last = looked(passed(naming(time=NOON + 60 * 8)))

    assert (facts(first)["named"], facts(last)["named"]) == (0.0, 1.0)


def test_the_other_columns_stay_as_they_were() -> None:
    for plain_, said in zip(host_windows(beats()), passed(naming(time=NOON)), strict=True):
        others = slice(0, -len(NAMED))
        assert plain_.lives.context[:, others].tolist() == said.lives.context[:, others].tolist()


def test_every_peer_that_a_notice_could_name_is_called_by_its_name() -> None:
    names = Names()
    names.take(named(naming(time=NOON)))
    for windows in (with_names(one, names) for one in host_windows(beats())):
        rows = {*windows.busiest_row.tolist(), *windows.lives.row.tolist()} - {-1}
        assert rows
        assert {names.text(windows.called[row]) for row in rows} == {"cdn.example"}
        assert windows.called[max(rows) + 1] == 0


def test_nobody_is_called_anything_where_nothing_was_asked() -> None:
    assert Called.none()[0] == 0
    assert Called(np.array([3]), np.array([7], dtype=np.uint64))[2] == 0
