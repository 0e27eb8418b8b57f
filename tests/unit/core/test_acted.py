"""Windows with what acts say."""

from netheed.core.acted import with_acts
from netheed.core.acts import Acts
from netheed.core.features import HostWindows
from netheed.core.hour_vector import ACTS, AROUND
from netheed.core.life_vector import plain
from netheed.records import Act
from tests.acts import act, acted
from tests.connections import connection, host_windows

NOON = 1_699_999_200.0


def minutes() -> list[HostWindows]:
    return host_windows(
        [connection(start=NOON + 60 * n, resp="10.0.0.9", resp_port=445) for n in range(12)]
    )


def passed(*done: Act) -> list[HostWindows]:
    """All windows of two hosts, minute by minute."""
    acts = Acts(limit=1024)
    acts.take(acted(*done))
    return [with_acts(windows, acts) for windows in minutes()]


def facts(windows: HostWindows, at: int = 0) -> dict[str, float]:
    """What acts say of one of the hosts whose hours are looked at."""
    context = plain(windows.hours.context[at], AROUND).tolist()
    return {name: value for name, value in zip(AROUND, context, strict=True) if name in ACTS}


def test_what_a_host_did_stands_beside_its_hours() -> None:
    last = [w for w in passed(act(time=NOON + 1)) if len(w.hours)][-1]

    assert last.names == ["10.0.0.5", "10.0.0.9"]
    assert 0.9 < facts(last)["admin_peers"] < 1.0
    assert facts(last, 1)["admin_peers"] == 0.0
    assert facts(last)["acts_logged"] == facts(last, 1)["acts_logged"] == 1.0


def test_without_any_acts_all_is_nothing_and_the_windows_are_the_same() -> None:
    acts = Acts()
    for windows in minutes():
        assert with_acts(windows, acts) is windows
        assert not windows.hours.context[:, -len(ACTS) :].any()


def test_what_is_done_later_is_not_known_before() -> None:
    first, *_, last = [w for w in passed(act(time=NOON + 60 * 5)) if len(w.hours)]

    assert facts(first)["admin_peers"] == facts(first)["acts_logged"] == 0.0
    assert facts(last)["admin_peers"] > 0.9


def test_the_other_columns_stay_as_they_were() -> None:
    for plain_, said in zip(minutes(), passed(act(time=NOON)), strict=True):
        others = slice(0, -len(ACTS))
        assert plain_.hours.context[:, others].tolist() == said.hours.context[:, others].tolist()


def test_alerts_stand_at_the_host_and_at_every_peer_that_a_notice_could_name() -> None:
    *_, last = passed(act(time=NOON, kind="alert", what="x"))
    host = last.names.index("10.0.0.5")

    rows = last.peer_rows.tolist()
    assert rows
    assert all(last.raised.at(host, row) == last.raised.at(host, -1) != [] for row in rows)
    assert last.raised.at(host, max(rows) + 1) == []
