"""The daemon: the only place with a clock, and where any error may end the run.

    sources ──> Live ──> pipeline ──ticks──> deliveries (durable) ──> checkpoint ──> acknowledge

The order is the promise: a notice is on disk before the checkpoint that covers it, and a checkpoint
is on disk before a source hears that it may forget. Whatever stops the machine, the next run goes
on from the last checkpoint; what it says again has the same id and is recognised.
"""

import math
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from netheed.checkpoint import Checkpoints
from netheed.core.state import packed, unpack
from netheed.delivery import Deliveries
from netheed.errors import NetheedError, StateError
from netheed.logs import log
from netheed.metrics import Figures
from netheed.overload import Change, Overload, Step, Strain
from netheed.pipeline import Pipeline, ScoredTick, model_of, positions
from netheed.records import Notice
from netheed.remarks import NETHEED, of_overload, of_recovery
from netheed.signals import Asked
from netheed.sources.intake import Intake
from netheed.sources.live import Live, LiveSource
from netheed.systemd import Notifier

HELD: Final = 10_000
"""Notices that wait in memory for a disk that takes nothing."""
SLOW: Final = 5.0
"""Seconds. A checkpoint that took longer is followed by SHARE times as long without one."""
SHARE: Final = 10.0
SPARED: Final = 5
"""Times as long between two checkpoints where more comes than can be taken in."""
PATIENCE: Final = 5.0
"""Seconds that the sinks have for their last notices when the daemon ends."""


def restored(make: Callable[[], Pipeline], checkpoints: Checkpoints) -> Pipeline:
    """A pipeline as the newest checkpoint that can be taken up left it, or a new one.

    Where the memory is another configuration's, the positions are kept all the same. Another model
    goes on with it, but for the evidence of the scores.
    """
    known: dict[str, str] | None = None
    for data in checkpoints.read():
        pipeline = make()
        try:
            state = unpack(data, str(checkpoints.newest))
            known = positions(state) if known is None else known
            pipeline.restore(state)
        except (StateError, KeyError, ValueError) as error:
            log.error("state_refused", reason=str(error))
            continue
        log.info("state_restored", origins=len(pipeline.positions), bytes=len(data))
        if (before := model_of(state)) != pipeline.model.id:
            log.warning("evidence_dropped", before=before, model=pipeline.model.id)
        return pipeline
    pipeline = make()
    pipeline.positions = known or {}
    return pipeline


@dataclass(slots=True, kw_only=True)
class Daemon:
    """A running netheed."""

    pipeline: Pipeline
    sources: Sequence[LiveSource]
    deliveries: Deliveries
    checkpoints: Checkpoints
    every: float
    """Seconds between two checkpoints."""
    idle_after: float
    """Seconds of silence after which the clock carries a source on."""
    on_tick: Callable[[ScoredTick], None]
    asked: Asked
    """By signals, since before the daemon was made."""
    overload: Overload = field(default_factory=lambda: Overload(intake=Intake()))
    made_of: Mapping[str, str] = field(default_factory=dict)
    """What it tells of itself when it starts."""
    figures: Figures = field(default_factory=Figures)
    notify: Notifier = field(default_factory=Notifier)
    _last: float = 0.0
    """When the last checkpoint was written, monotonic."""
    _rest: float = 0.0
    """Seconds until the next one, at least: where millions of connections wait, one takes long."""
    _saved: dict[str, str] = field(default_factory=dict)
    """The positions of the last checkpoint."""
    _told: bool = False
    """A window was scored since."""
    _failed: bool = False
    """The last checkpoint could not be written."""
    _sampled_from: tuple[float, int] = (0.0, 0)
    """Event time at which sampling began, and connections left out by then."""
    _held: list[Notice] = field(default_factory=list)

    def run(self) -> None:
        """Until somebody asks to stop; then what was received is taken in and saved."""
        live = Live(
            sources=self.sources,
            clock=time.monotonic,
            pause=time.sleep,
            goes_on=lambda: self._goes_on(live),
            reached=self.pipeline.core.windows.reached,
            patience=self.idle_after,
        )
        self.figures.overload = self.overload
        self._forget_others(live)
        for delivery in self.deliveries.to:
            delivery.start()
        self._last, self._saved = time.monotonic(), dict(self.pipeline.positions)
        counts = {"sources": len(self.sources), "sinks": len(self.deliveries.to)}
        log.info("started", **counts, **self.made_of)
        self.notify("READY=1")
        for tick in self.pipeline.run(live, self._safe):
            self._tell(tick)
        self.notify("STOPPING=1")
        self._end()

    def _forget_others(self, live: Live) -> None:
        """What the configuration does not name any more would hold all windows open."""
        for origin in [name for name in self.pipeline.positions if not live.owns(name)]:
            log.info("origin_forgotten", origin=origin)
            self.pipeline.forget(origin)

    def _end(self) -> None:
        """Save, and give the sinks a moment for what they have not taken yet.

        Raises NetheedError where the disk takes no state.
        """
        log.info("stopping", signal=signal.Signals(self.asked.to_end_by).name)
        is_saved = self._checkpoint()
        for sink in self.deliveries.end(PATIENCE, lambda: self.notify.beat(time.monotonic())):
            log.warning("sink_left", sink=sink)
        log.info("stopped")
        if not is_saved:
            raise NetheedError(f"{self.checkpoints.directory}: the state was not saved")

    def _goes_on(self, live: Live) -> bool:
        """Asked by the sources at each turn: the loop lives, and nobody wants it to end."""
        now = time.monotonic()
        self.notify.beat(now)
        if self.overload.is_due(now):
            self._judge(now, live)
        return not self.asked.to_end_by

    def _judge(self, now: float, live: Live) -> None:
        if live.lag is None:
            self.overload.rest(now, self._strain(live))
            return
        change = self.overload.judge(now, self._strain(live))
        if change is not None:
            self._changed(change)

    def _strain(self, live: Live) -> Strain:
        closing, taken = self.pipeline.closing, self.pipeline.tally.connections
        seconds = closing.seconds(self.pipeline.core.windows.fullest)
        return Strain(live.lag or 0.0, seconds, taken, closing.each, closing.begins, live.reading)

    def _changed(self, change: Change) -> None:
        """More or less is given up from now on."""
        lag, closing = change.strain[:2]
        told = {"step": change.after.name.lower(), "probability": change.probability}
        if change.is_up:
            log.warning("overloaded", **told, lag=round(lag, 3), closing=round(closing, 3))
        else:
            log.info("relieved", **told)
        if Step.SAMPLED in (change.before, change.after) and change.before is not change.after:
            self._held.append(self._of_sampling(change))

    def _of_sampling(self, change: Change) -> Notice:
        """That it begins, or has ended."""
        windows, config = self.pipeline.core.windows, self.pipeline.config
        reached = [windows.reached(origin) for origin in self.pipeline.positions]
        now = max(filter(math.isfinite, reached), default=0.0)
        left_out = self.pipeline.tally.lost.get("sampled", 0)
        if change.is_up:
            self._sampled_from = (now, left_out)
            return of_overload(*change.strain[:2], span=(now, now), config=config)
        since, before = self._sampled_from
        return of_recovery(left_out - before, span=(since, now), config=config)

    def _tell(self, tick: ScoredTick) -> None:
        self.notify.beat(time.monotonic())
        self.figures.reached = tick.windows.tick.end
        self._told = True
        self.on_tick(tick)
        self._held.extend(tick.notices)
        self._make_durable()

    def _make_durable(self) -> None:
        """Notices onto the disk; where it takes none they wait, and no checkpoint covers them."""
        if not self._held:
            return
        try:
            new = self.deliveries.take(self._held)
        except NetheedError as error:
            log.error("notices_not_durable", reason=str(error), waiting=len(self._held))
            if len(self._held) > HELD:
                log.error("notices_given_up", sink="all", count=len(self._held) - HELD)
                del self._held[:-HELD]
            return
        for notice in new:
            _log(notice)
        self._held.clear()

    def _safe(self) -> bool:
        """Whether a checkpoint was written just now."""
        self._make_durable()
        changed = self._told or self.pipeline.positions != self._saved or self.asked.to_save
        # Where an origin begins is saved at once: before that nobody would know what is lost of it.
        begun = not self._failed and not self.pipeline.positions.keys() <= self._saved.keys()
        spared = 1 if self.overload.step is Step.NORMAL else SPARED
        passed = time.monotonic() >= self._last + max(spared * self.every, self._rest)
        due = passed or self.asked.to_save or begun
        return changed and due and self._checkpoint()

    def _checkpoint(self) -> bool:
        self._make_durable()
        if self._held:
            return False
        wanted, self.asked.to_save = self.asked.to_save, False
        self._last = time.monotonic()
        self.notify.beat(self._last)
        try:
            size = self.checkpoints.write(packed(self.pipeline.snapshot()))
        except OSError as error:
            self.figures.checkpoint_failures += 1
            log.error("checkpoint_failed", reason=error.strerror or str(error))
            self._failed = True
            return False
        self._failed = False
        self._saved, self._told = dict(self.pipeline.positions), False
        if wanted:
            log.info("saved", checkpoint=str(self.checkpoints.newest))
        self.figures.checkpoints += 1
        self.figures.checkpoint_bytes = size
        took = self.figures.checkpoint_seconds = time.monotonic() - self._last
        self._rest = SHARE * took if took > SLOW else 0.0
        return True


def _log(notice: Notice) -> None:
    """Once, when it is on disk."""
    measured = {"sensor": notice.about, "value": notice.score, "reason": notice.remark}
    if notice.about is None:
        log.info("notice", id=notice.id, host=notice.host, kind=notice.kind)
    elif notice.about == NETHEED:
        log.warning("netheed_remark", id=notice.id, kind=notice.kind, reason=notice.remark)
    elif notice.kind == "sensors_agree":
        log.info("sensors_agree", id=notice.id, **measured)
    else:
        log.warning("sensors_disagree", id=notice.id, measure=notice.kind, **measured)
