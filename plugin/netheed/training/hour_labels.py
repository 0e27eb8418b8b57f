"""What a host's hours are, by the labels of its connections."""

from collections import defaultdict
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.features import HostWindows
from netheed.core.hour_vector import HOURS
from netheed.core.life_vector import plain
from netheed.core.networks import DEFAULT_LOCAL, AddressWords
from netheed.training.datasets import HOUR_KINDS, Recording
from netheed.training.examples import UNLABELLED
from netheed.training.splits import HOUR
from netheed.training.trials import ended, hour_of, local_end

_SINCE: Final = list(HOURS).index("since")
_UNKNOWN: Final = -1
_CODES: Final[dict[str | None, int]] = {kind: code for code, kind in enumerate(HOUR_KINDS)}


class HourLabels:
    """Labels of the looks at the hours of a recording's hosts."""

    def __init__(self, recording: Recording) -> None:
        words = AddressWords((*DEFAULT_LOCAL, *recording.local))
        found = defaultdict[str, list[tuple[float, int, bool]]](list)
        labels = zip(recording.connections, recording.over_hours, strict=True)
        for connection, label in labels:
            code = _CODES.get(label, _UNKNOWN)
            own = local_end(connection, words) if code > 0 else None
            for host in {connection.orig, connection.resp}:
                found[host].append((ended(connection), code, host == own))
        self._of = {host: _Labelled(each) for host, each in found.items()}

    def of(self, windows: HostWindows) -> NDArray[np.int64]:
        """Of the looks of a tick, indices into HOUR_KINDS or UNLABELLED."""
        looks, end = windows.hours, windows.tick.end
        running = hour_of(end)
        since = plain(looks.steps, HOURS)[..., _SINCE] * looks.there
        # The oldest hour that is kept says how far away one is that is not.
        oldest = looks.there.argmax(axis=1)
        since[np.arange(len(looks)), oldest] = 0.0
        first = running - np.round(since.sum(axis=1)).astype(np.int64)
        return np.array(
            [
                self._of[windows.names[host]].label(begin * HOUR, running * HOUR, end)
                for host, begin in zip(looks.host.tolist(), first.tolist(), strict=True)
            ],
            dtype=np.int64,
        )


class _Labelled:
    """The connections of one host, by when they ended."""

    def __init__(self, found: list[tuple[float, int, bool]]) -> None:
        found.sort(key=lambda each: each[0])
        self.ends = np.array([end for end, _, _ in found])
        self.codes = np.array([code for _, code, _ in found], dtype=np.int64)
        self.own = np.array([own for _, _, own in found], dtype=np.bool_)

    def label(self, first: float, running: float, end: float) -> int:
        """From the beginning of the first kept hour and of the running one to the window's end."""
        begin, now, until = np.searchsorted(self.ends, (first, running, end)).tolist()
        late = self.codes[now:until][self.own[now:until]]
        attacks = late[late > 0]
        if len(attacks):
            return int(np.bincount(attacks).argmax())
        benign = bool((self.codes[begin:until] == 0).all())
        return 0 if benign else UNLABELLED
