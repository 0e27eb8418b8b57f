"""Finished connections as a running Zeek publishes them.

An origin is a node of Zeek, because its connections come about in the order of their time and its
batches are counted. Events of the log: `zeek_restarted` (where, node), `zeek_gap` (where, node,
cause, batches, connections), `zeek_node_joined` (where, node, connections), `zeek_node_refused`
(where, node).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any, Final

from netheed.core.columns import Columns
from netheed.core.networks import AddressWords
from netheed.errors import BadRecordError
from netheed.ports import Position, Problem, Read
from netheed.records import Tally
from netheed.sources.decode import zeek_event
from netheed.sources.decode.zeek_event import Event
from netheed.sources.intake import Intake
from netheed.sources.live import Around
from netheed.sources.nodes import Arrival, Node
from netheed.sources.zeek_broker import ZeekBrokerSettings
from netheed.sources.zeek_websocket import ZeekWebSocketSettings
from netheed.zeek.frames import shown
from netheed.zeek.line import Line, logged
from netheed.zeek.pace import Sparse
from netheed.zeek.wire import Batch, Conn, conn_batch

MOST_NODES: Final = 512


@dataclass(slots=True, kw_only=True)
class ZeekEvents:
    """Live source. It never waits: where nothing has come it gives an empty Read at once."""

    link: Line
    name: str
    """What its origins begin with."""
    words: Callable[[str], AddressWords]
    """What an origin's addresses are called: that of its site."""
    tally: Tally
    on_bad: Callable[[BadRecordError], None]
    lateness: float = 0.0
    intake: Intake = field(default_factory=Intake)
    most_nodes: int = MOST_NODES
    tell: Callable[..., Any] = logged
    """Takes an event and its fields."""
    _nodes: dict[str, Node] = field(default_factory=dict)
    _resumed: set[str] = field(default_factory=set)
    """Nodes of the checkpoint that have said nothing since."""
    _words: dict[str, AddressWords] = field(default_factory=dict)
    _frame: int = 0
    """Frames taken from the line so far."""
    _dropped: int = 0
    """Frames that the line had dropped when it was asked last."""
    _unexplained: int = 0
    """Of those, the ones that no gap has been put down to yet."""
    _left: int | None = None
    """Frames to be given before the end, once it is asked for."""
    _turn: int = 0
    _told: Sparse = field(default_factory=lambda: Sparse({}))

    def reads(self, positions: Mapping[str, Position]) -> Iterator[Read]:
        """See ports.Source. After `stop` it gives what had come by then, and ends."""
        self._resume(positions)
        self.link.start()
        if not self._nodes:
            yield Read(self.name, Columns.none(), "")
        anonymous = not self._nodes
        while self._left != 0:
            ended = self.link.stopped.is_set()
            reads = self._next()
            if reads and anonymous:
                yield Read(self.name, Columns.none(), "", last=True, settled=False)
                anonymous = False
            # All of these are counted already.
            yield from (replace(read, settled=read is reads[-1]) for read in reads)
            yield from self._silent({read.origin for read in reads})
            if ended and not len(self.link.backlog):
                return

    def owns(self, origin: str) -> bool:
        """Its nodes, and the origin of nobody."""
        return origin == self.name or origin.startswith(f"{self.name}/")

    def problems(self) -> Iterator[Problem]:
        """Whether Zeek answers."""
        return self.link.problems()

    @property
    def lag(self) -> float | None:
        """Of the oldest frame that waits."""
        return self.link.backlog.lag

    def acknowledge(self, positions: Mapping[str, Position]) -> None:
        """Zeek keeps nothing."""

    def stop(self) -> None:
        """What waits by now is still given; the line stays open for its sink."""
        self._left = len(self.link.backlog)

    def _resume(self, positions: Mapping[str, Position]) -> None:
        for origin, position in positions.items():
            name, _, node = origin.partition("/")
            if name == self.name and node:
                self._nodes[node] = Node.at(position)
                self._resumed.add(node)

    def _silent(self, heard: Set[str]) -> Iterator[Read]:
        """An empty Read of a node that has said nothing just now, another one each time."""
        self._turn += 1
        silent = [node for node in self._nodes if self._origin(node) not in heard]
        if silent:
            node = silent[self._turn % len(silent)]
            yield Read(self._origin(node), Columns.none(), self._nodes[node].position)
        elif not self._nodes:
            yield Read(self.name, Columns.none(), "")

    def _origin(self, node: str) -> str:
        return f"{self.name}/{node}"

    def _next(self) -> list[Read]:
        """What has come, node by node."""
        most = self.intake.frames
        most = most if self._left is None else min(most, self._left)
        frames, dropped = self.link.backlog.take(most)
        if self._left is not None:
            self._left -= len(frames)
        self._unexplained += dropped - self._dropped
        self._dropped = dropped
        events: dict[str, list[tuple[int, Event]]] = {}
        for frame in frames:
            self._frame += 1
            batch = self._decoded(frame)
            if batch is not None and self._is_new(batch):
                told = zeek_event.event(self._sample(batch.conns))
                events.setdefault(batch.node, []).append((self._frame, told))
        return [self._read(node, parts) for node, parts in events.items()]

    def _sample(self, conns: Sequence[Conn]) -> Sequence[Conn]:
        """What is taken in of a batch; what else it says is known by then."""
        if not self.intake.halvings:
            return conns
        out = set(self.intake.left_out(len(conns)).tolist())
        self.tally.lose("sampled", len(out))
        return [conn for at, conn in enumerate(conns) if at not in out]

    def _decoded(self, frame: bytes) -> Batch | None:
        try:
            batch, bad = conn_batch(frame, self._where(self._frame))
        except BadRecordError as error:
            self.tally.lose("broken_frames")
            self._refuse(error)
            return None
        for each in bad:
            self._refuse(each)
        return batch

    def _is_new(self, batch: Batch) -> bool:
        """Take down what a batch says of its node."""
        node = self._nodes.get(batch.node)
        if node is None:
            if len(self._nodes) >= self.most_nodes:
                self.tally.lose("nodes", batch.size)
                self._tell("zeek_node_refused", node=batch.node)
                return False
            node = self._nodes[batch.node] = Node.joined_at(batch)
            if batch.seq:
                self._tell("zeek_node_joined", node=batch.node, connections=batch.sent)
        arrival = node.take(batch)
        if not arrival.is_new:
            self.tally.lose("duplicate", batch.size)
            return False
        self._count(batch.node, arrival)
        return True

    def _count(self, node: str, arrival: Arrival) -> None:
        if arrival.restarted:
            self._tell("zeek_restarted", node=node)
        cause = self._cause(node, arrival.batches)
        self._resumed.discard(node)
        if arrival.dropped:
            self.tally.lose("zeek_dropped", arrival.dropped)
        if arrival.connections is None:
            self.tally.lose(f"{cause}_batches", arrival.batches)
        elif arrival.connections:
            self.tally.lose(cause, arrival.connections)
        if arrival.batches or arrival.connections:
            lost = {"batches": arrival.batches, "connections": arrival.connections}
            self._tell("zeek_gap", node=node, cause=cause, **lost)

    def _cause(self, node: str, batches: int) -> str:
        """A gap is put down to our own queue as far as that dropped frames."""
        if node in self._resumed:
            return "missed"
        if 0 < batches <= self._unexplained:
            self._unexplained -= batches
            return "queue"
        return "gap"

    def _read(self, node: str, parts: Sequence[tuple[int, Event]]) -> Read:
        origin = self._origin(node)
        events = [event for _, event in parts]
        if node not in self._words:
            self._words[node] = self.words(origin)
        columns, refused = zeek_event.columns(events, self._words[node])
        self.tally.connections += len(columns)
        columns.rows["halvings"] = self.intake.halvings
        if refused:
            self._tell_refused(refused, parts)
        return Read(origin, columns, self._nodes[node].position)

    def _tell_refused(self, refused: dict[int, str], parts: Sequence[tuple[int, Event]]) -> None:
        """By the frame of each, and its number among those of the frame that could be decoded."""
        places = [(frame, n) for frame, event in parts for n in range(len(event.start))]
        for place in sorted(refused):
            frame, number = places[place]
            where = f"{self._where(frame)}, connection {number}"
            self._refuse(BadRecordError(refused[place], where=where))

    def _refuse(self, error: BadRecordError) -> None:
        self.tally.bad += 1
        self.on_bad(error)

    def _where(self, frame: int) -> str:
        return f"{self.link.where}: frame {frame}"

    def _tell(self, event: str, **fields: str | int | None) -> None:
        if self._told(event):
            safe = {n: shown(text) if isinstance(text, str) else text for n, text in fields.items()}
            self.tell(event, where=self.link.where, **safe)


def source(settings: ZeekBrokerSettings | ZeekWebSocketSettings, around: Around) -> ZeekEvents:
    """See sources.LIVE_SOURCES."""
    return ZeekEvents(
        link=around.link(settings.endpoint),
        words=around.words,
        tally=around.tally,
        on_bad=around.on_bad,
        name=settings.name,
        lateness=around.lateness,
        intake=around.intake,
    )
