"""What has been told already: one incident gives one notice, whatever finds it again."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from netheed.core.state import State, words
from netheed.scales import HOURS, PAIR

Same = tuple[str, str, str]
"""Site, host, and a kind, a kind over hours, a peer's address, or the life of the pair with it."""


@dataclass(slots=True, kw_only=True)
class Repeats:
    """Remembers the last notice of each kind and of each peer of a host."""

    after: float
    """Seconds for which the same kind, or the same peer, of a host is not told again."""
    pair_after: float
    """Seconds for which a peer is not told again by the life of its pair, which goes on, nor a kind
    by a host's hours."""
    _last: dict[Same, tuple[float, int]] = field(default_factory=dict)
    """End of the window and severity of the last notice."""
    _purged: float = -np.inf

    def same(
        self, site: str, host: str, kind: str, peer: str | None, scale: str
    ) -> dict[Same, float]:
        """By what an incident is known again, and for how many seconds."""
        if scale == HOURS:
            # What a minute or a pair has told is one moment of what hours tell.
            return {(site, host, f"{kind} {HOURS}"): self.pair_after}
        # Another peer that a pair's life tells is news, whatever has been told of the host.
        found = {(site, host, kind): 0.0 if scale == PAIR else self.after}
        if peer is not None:
            found[site, host, peer] = self.after
            if scale == PAIR:
                # Beside the peer's own entry: a weaker notice of its minute must not hide this one.
                found[site, host, f"{peer} {PAIR}"] = self.pair_after
        return found

    def again(self, same: Mapping[Same, float], now: float, severity: int) -> bool:
        """Whether it was told within these seconds; what rises in severity is told once more.

        What is not a repeat is remembered as told now.
        """
        before = [(*self._last[key], within) for key, within in same.items() if key in self._last]
        if any(abs(now - end) < within and severity <= level for end, level, within in before):
            return True
        self._last.update(dict.fromkeys(same, (now, severity)))
        return False

    def purge(self, now: float) -> None:
        """Forget what repeats nothing any more, once in `after`."""
        if abs(now - self._purged) < self.after:
            return
        self._purged, longest = now, max(self.after, self.pair_after)
        self._last = {k: last for k, last in self._last.items() if abs(now - last[0]) < longest}

    def snapshot(self) -> State:
        """The last notices."""
        last = np.array(list(self._last.values()), dtype=np.float64).reshape(-1, 2)
        return {
            "keys": words(text for key in self._last for text in key),
            "ends": last[:, 0],
            "severities": last[:, 1].astype(np.int64),
            "purged": np.array(self._purged),
        }

    def restore(self, state: State) -> None:
        """Take up what another instance with the same settings gave."""
        keys = iter(state["keys"].tolist())
        values = zip(state["ends"].tolist(), state["severities"].tolist(), strict=True)
        self._last = dict(zip(zip(keys, keys, keys, strict=True), values, strict=True))
        self._purged = float(state["purged"])
