"""What a sensor's logs of acts say of lateral movement, and of a site on which nothing is wrong.

No recording of ours comes with such logs. Where one is taken to, its own hosts mistype passwords
and administer now and then too: otherwise a log of acts would itself tell what was laid.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from numpy.random import Generator

from netheed.records import Act, ActKind, Connection, Outcome
from netheed.training.datasets import Recording
from netheed.training.overlay import LocalHosts
from netheed.training.simulate_network import one_of

SEEN: Final = 0.7
"""Share of what was done that the sensor tells; the rest is encrypted, or its beginning unseen."""
GUESSED: Final = 0.2
"""Share of the servers at which log-ons fail first."""
USED: Final = 0.1
"""Share of a site's own connections for administration that are told as such acts."""
MISTYPED: Final = 0.5
"""Log-ons that fail, for a host and day of a site on which nothing is wrong."""
DAY: Final = 86_400.0
_DONE: Final[dict[str, tuple[ActKind, tuple[str, ...]]]] = {
    "smb": ("admin_share", ("ADMIN$", "C$")),
    "dce_rpc": (
        "remote_call",
        (
            "svcctl::CreateServiceW",
            "atsvc::NetrJobAdd",
            "ITaskSchedulerService::SchRpcRegisterTask",
            "IWbemServices::ExecMethod",
        ),
    ),
}
"""Service -> what is done through it."""
_MAPPER: Final = 135
"""The port at which is asked where a service is; nothing is done there."""
_ERRORS: Final = ("KDC_ERR_PREAUTH_FAILED", "KDC_ERR_C_PRINCIPAL_UNKNOWN", "ntlm")


def acts_of(laid: Iterable[Connection], rng: Generator) -> list[Act]:
    """What a sensor would have logged of these connections of lateral movement."""
    found = list[Act]()
    for call in laid:
        if call.outcome != Outcome.COMPLETE:
            continue
        if rng.random() < GUESSED:
            tries = int(rng.integers(1, 6))
            found += (_failed(call.start - n, call.orig, call.resp, rng) for n in range(tries))
        found += _done(call, SEEN, rng)
    return found


def everyday(recording: Recording, rng: Generator) -> tuple[Act, ...]:
    """What the logs of a benign recording's sensor might have said: a failed log-on at least."""
    hosts, calls = LocalHosts(recording).originators, recording.connections
    if not hosts:
        return ()
    peers = {c.orig: c.resp for c in reversed(calls)}
    begin, end = (pick(c.start for c in calls) for pick in (min, max))
    found = [_failed(begin, hosts[0], peers[hosts[0]], rng)]
    for host in hosts:
        moments = rng.uniform(begin, end, rng.poisson(MISTYPED * (end - begin) / DAY))
        found += (_failed(at, host, peers[host], rng) for at in moments.tolist())
    for call in calls:
        if call.outcome == Outcome.COMPLETE:
            found += _done(call, USED, rng)
    return tuple(sorted(found, key=lambda act: act.time))


def _done(call: Connection, share: float, rng: Generator) -> Iterator[Act]:
    done = _DONE.get(call.service or "")
    if done and call.resp_port != _MAPPER and rng.random() < share:
        kind, ways = done
        at = call.start + min(call.duration or 0.0, float(rng.exponential(0.2)))
        yield Act(time=at, host=call.orig, peer=call.resp, kind=kind, what=one_of(rng, ways))


def _failed(at: float, host: str, peer: str, rng: Generator) -> Act:
    error = one_of(rng, _ERRORS)
    return Act(time=max(at, 0.0), host=host, peer=peer, kind="failed_logon", what=error)
