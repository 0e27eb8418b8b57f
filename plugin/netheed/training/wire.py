"""Single connections as a sensor would report them, for the simulator.

Sizes are IP bytes of plausible packets: a TCP connection has its handshake, a packet for each
1,400 bytes of payload, an acknowledgement for every second packet of the other side.
"""

from dataclasses import dataclass, field
from typing import Final

from numpy.random import Generator

from netheed.records import Connection, Outcome

SEGMENT: Final = 1400


@dataclass(slots=True, kw_only=True)
class Wire:
    """Collects the connections of one simulated network, as one sensor would report them."""

    rng: Generator
    doubled: bool = False
    """The sensor sees every packet twice (a mirror port on both sides), as some recordings do."""
    one_sided: bool = False
    """The sensor sees only what comes back."""
    connections: list[Connection] = field(default_factory=list)

    def tcp(
        self,
        at: float,
        ends: tuple[str, str, int],
        service: str | None,
        up: float,
        down: float,
        duration: float,
    ) -> None:
        """A complete connection with payloads of `up` and `down` bytes."""
        sent, received = int(up), int(down)
        out = 4 + sent // SEGMENT + received // (2 * SEGMENT) + (sent > 0)
        back = 3 + received // SEGMENT + sent // (2 * SEGMENT) + (received > 0)
        header = 40 + int(self.rng.choice((0, 12)))
        outcome = Outcome.COMPLETE if self.rng.random() > 0.12 else Outcome.ABORTED
        self._add(
            at,
            ends,
            ("tcp", service),
            outcome,
            (sent + header * out, received + header * back, out, back),
            duration,
        )

    def kept_open(
        self,
        at: float,
        ends: tuple[str, str, int],
        service: str | None,
        beats: tuple[int, int],
        tasks: tuple[float, float],
        duration: float,
    ) -> None:
        """A connection that little goes through for long: small messages, each with an answer.

        `beats` are how many messages, and the bytes of payload of each, the same both ways; `tasks`
        are the bytes up and down that went through beside them.
        """
        count, size = beats
        sent, received = (count * size + int(part) for part in tasks)
        out, back = (4 + 2 * count + int(part) // SEGMENT for part in tasks)
        volume = (sent + 52 * out, received + 52 * back, out, back)
        self._add(at, ends, ("tcp", service), Outcome.COMPLETE, volume, duration)

    def failed(
        self, at: float, ends: tuple[str, str, int], *, refused: bool, tries: int = 1
    ) -> None:
        """A SYN that is refused or not answered, `tries` of them in one record."""
        size = int(self.rng.choice((40, 44, 52, 60)))
        duration = None if tries == 1 and not refused else float(2 ** (tries - 1)) * 1.01
        if refused:
            duration = float(self.rng.exponential(0.01)) + 1e-5
        self._add(
            at,
            ends,
            ("tcp", None),
            Outcome.REFUSED if refused else Outcome.UNANSWERED,
            (size * tries, 40 * tries if refused else 0, tries, tries if refused else 0),
            duration,
        )

    def udp(
        self,
        at: float,
        ends: tuple[str, str, int],
        service: str | None,
        up: float,
        down: float,
        packets: tuple[int, int] = (1, 1),
    ) -> None:
        """Datagrams with payloads of `up` and `down` bytes in all; no answer when `down` is 0."""
        out, back = packets[0], packets[1] if down > 0 else 0
        volume = (int(up) + 28 * out, int(down) + 28 * back if back else 0, out, back)
        outcome = Outcome.COMPLETE if back else Outcome.UNANSWERED
        duration = float(self.rng.exponential(0.03)) + 1e-4 if back or out > 1 else None
        self._add(at, ends, ("udp", service), outcome, volume, duration)

    def ping(self, at: float, orig: str, resp: str, *, answered: bool, count: int = 1) -> None:
        """Echo requests; type and code stand as ports."""
        outcome = Outcome.COMPLETE if answered else Outcome.UNANSWERED
        back = count if answered else 0
        self._add(
            at,
            (orig, resp, 0),
            ("icmp", None),
            outcome,
            (84 * count, 84 * back, count, back),
            float(count - 1) + 0.01 if answered else None,
        )

    def _add(
        self,
        at: float,
        ends: tuple[str, str, int],
        what: tuple[str, str | None],
        outcome: Outcome,
        volume: tuple[int, int, int, int],
        duration: float | None,
    ) -> None:
        """`volume` is bytes sent, bytes received, packets sent, packets received."""
        orig, resp, port = ends
        times = 2 if self.doubled else 1
        sent, received, sent_pkts, received_pkts = (part * times for part in volume)
        if self.one_sided:
            if not received_pkts:
                return
            outcome, sent, sent_pkts = Outcome.PARTIAL, 0, 0
        self.connections.append(
            Connection(
                uid=f"sim{len(self.connections)}",
                sensor="zeek",
                start=at,
                duration=duration,
                orig=orig,
                orig_port=8 if what[0] == "icmp" else int(self.rng.integers(1024, 65536)),
                resp=resp,
                resp_port=port,
                proto=what[0],
                service=what[1],
                outcome=outcome,
                orig_bytes=sent,
                resp_bytes=received,
                orig_pkts=sent_pkts,
                resp_pkts=received_pkts,
            )
        )
