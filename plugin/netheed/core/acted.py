"""Windows with what acts say: learned window by window, for the reason that names are."""

from dataclasses import replace
from typing import Final

import numpy as np

from netheed.core.acts import Acts
from netheed.core.features import HostWindows
from netheed.core.hour_vector import ACTS, AROUND, HourLooks
from netheed.core.life_vector import scaled

_FIRST: Final = len(AROUND) - len(ACTS)


def with_acts(windows: HostWindows, acts: Acts) -> HostWindows:
    """The same with ACTS filled in, and with the alerts at all that a notice could name."""
    acts.learn(windows.tick.end)
    if not acts:
        return windows
    rows = windows.peer_rows
    peers = windows.rows.peer[rows]
    hosts = windows.rows.hosts[windows.rows.by_host.ids[rows]]
    raised = acts.raised(windows.rows.hosts, rows, (hosts, peers), windows.tick.end)
    return replace(windows, hours=_hours(windows, acts), raised=raised)


def _hours(windows: HostWindows, acts: Acts) -> HourLooks:
    looks = windows.hours
    sites = [windows.sites[host] for host in looks.host.tolist()]
    said = acts.of(windows.rows.hosts[looks.host], sites, windows.tick.end)
    context = looks.context.copy()
    columns = np.stack([getattr(said, name) for name in ACTS], axis=1)
    context[:, _FIRST:] = scaled(columns, ACTS)
    return replace(looks, context=context)
