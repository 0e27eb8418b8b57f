"""Lateral movement: from one host to others inside, by services of Windows that it never used."""

from collections.abc import Callable
from typing import Final

from netheed.training.implants.ranges import drawn_count
from netheed.training.implants.spells import seconds_in
from netheed.training.implants.stage import Ends, NoRoomError, Stage, beats, jittered
from netheed.training.simulate_network import one_of

HIGH: Final = 49_152
"""The first of the ports that Windows gives to RPC services."""


def lateral(stage: Stage) -> Ends:
    """To hosts inside, one after the other, by a service that the host never used there."""
    near = frozenset(stage.inside)
    used = {c.resp_port for c in stage.own if c.resp in near}
    ways = [port for port in MOVES if port not in used]
    count = drawn_count(stage.rng, stage.ranges.peers)
    if not ways or len(stage.inside) < count:
        raise NoRoomError(f"{stage.host}: no new service inside, or no {count} peers")
    port = one_of(stage.rng, ways)
    pause = stage.draw(stage.ranges.pace, most=seconds_in(stage.spells) / (3 * count))
    moments = beats(stage, jittered(stage, pause))
    for at, peer in zip(moments, stage.inside[:count], strict=False):
        # Of addresses that only might be there, half are not.
        if stage.rng.random() < (0.1 if peer in stage.known else 0.5):
            tries, refused = int(stage.rng.integers(1, 4)), bool(stage.rng.random() < 0.3)
            stage.wire.failed(at, (stage.host, peer, port), refused=refused, tries=tries)
        else:
            MOVES[port](stage, at, peer)
    return Ends(None, port, "tcp")


def _share(stage: Stage, at: float, peer: str) -> None:
    """An administrative share: looked at, then mostly written to."""
    up, down = (float(stage.rng.uniform(2000, 8000)) for _ in range(2))
    up += stage.draw(stage.ranges.task) * (stage.rng.random() < 0.7)
    length = float(stage.rng.exponential(10)) + 0.1
    stage.wire.tcp(at, (stage.host, peer, 445), "smb", up, down, length)


def _remote_call(stage: Stage, at: float, peer: str) -> None:
    """The endpoint mapper, then the service that it named: a task, a job, WMI."""
    high = int(stage.rng.integers(HIGH, 65_536))
    stage.wire.tcp(at, (stage.host, peer, 135), "dce_rpc", 400, 500, 0.3)
    up, down = (float(stage.rng.uniform(1000, 9000)) for _ in range(2))
    length = float(stage.rng.exponential(8)) + 0.1
    stage.wire.tcp(at + 0.1, (stage.host, peer, high), "dce_rpc", up, down, length)


def _shell(stage: Stage, at: float, peer: str) -> None:
    """WinRM: some commands, each with a request or two."""
    for _ in range(int(stage.rng.integers(1, 7))):
        up, down = (float(stage.rng.uniform(2000, 12_000)) for _ in range(2))
        length = float(stage.rng.exponential(3)) + 0.05
        stage.wire.tcp(at, (stage.host, peer, 5985), "http", up, down, length)
        at += float(stage.rng.exponential(1.5))


def _desktop(stage: Stage, at: float, peer: str) -> None:
    """A look around on a screen, for some minutes."""
    length = float(stage.rng.uniform(30, 1200))
    up, down = 3000 + 400 * length, 30_000 + length * float(stage.rng.uniform(2000, 20_000))
    stage.wire.tcp(at, (stage.host, peer, 3389), "rdp", up, down, length)


MOVES: Final[dict[int, Callable[[Stage, float, str], None]]] = {
    445: _share,
    135: _remote_call,
    5985: _shell,
    3389: _desktop,
}
"""Port -> how a host is moved to there."""
