"""How two hosts talk: the packets of a TCP connection or a UDP exchange as a sensor sees them.

The sensor stands beside the originator: what the originator sends is seen at once, what the
responder answers a round trip later.
"""

from dataclasses import dataclass
from random import Random

from sample.packets import ACK, FIN, MSS, PSH, RST, SYN, Conversation, Sent

MICROS = 1_000_000


def micros(seconds: float) -> int:
    """Seconds in whole microseconds."""
    return round(seconds * MICROS)


@dataclass(slots=True)
class Tcp:
    """A TCP connection in the making: `clock` is the time of the next packet."""

    conversation: Conversation
    clock: int
    trip: int
    """Round trip time between the sensor and the responder, microseconds."""

    def _packet(self, forward: bool, flags: int, payload: bytes = b"") -> None:
        self.conversation.packets.append(Sent(self.clock, forward, payload, flags))

    def open(self) -> "Tcp":
        """The three packets that begin a connection."""
        self._packet(True, SYN)
        self.clock += self.trip
        self._packet(False, SYN | ACK)
        self.clock += 60
        self._packet(True, ACK)
        self.clock += 90
        return self

    def wait(self, seconds: float) -> "Tcp":
        """Silence."""
        self.clock += micros(seconds)
        return self

    def ask(self, payload: bytes) -> "Tcp":
        """The originator sends; the responder acknowledges."""
        return self._send(True, payload)

    def answer(self, payload: bytes, thinking: float = 0.002) -> "Tcp":
        """The responder sends after `thinking` seconds; the originator acknowledges."""
        self.clock += micros(thinking)
        return self._send(False, payload)

    def _send(self, forward: bool, payload: bytes) -> "Tcp":
        """Segments of full size; every second one and the last is acknowledged."""
        starts = range(0, len(payload), MSS)
        for number, start in enumerate(starts, 1):
            last = number == len(starts)
            self._packet(forward, ACK | PSH if last else ACK, payload[start : start + MSS])
            if last or number % 2 == 0:
                self.clock += self.trip if forward and last else 110
                self._packet(not forward, ACK)
            self.clock += 70 if number % 10 else 70 + self.trip // 4
        return self

    def close(self, *, by_originator: bool = True) -> Conversation:
        """FIN from one side, FIN from the other, and the last acknowledgement."""
        self._packet(by_originator, FIN | ACK)
        self.clock += self.trip if by_originator else 150
        self._packet(not by_originator, FIN | ACK)
        self.clock += 60 if by_originator else self.trip
        self._packet(by_originator, ACK)
        return self.conversation

    def reset(self, *, by_originator: bool = True) -> Conversation:
        """A RST instead of an orderly end."""
        self._packet(by_originator, RST | ACK)
        return self.conversation

    def refused(self) -> Conversation:
        """A SYN to a closed port."""
        self._packet(True, SYN)
        self.clock += self.trip
        self._packet(False, RST | ACK)
        return self.conversation

    def unanswered(self, *retries: float) -> Conversation:
        """A SYN that nothing answers, repeated after so many seconds each."""
        self._packet(True, SYN)
        for delay in retries:
            self.clock += micros(delay)
            self._packet(True, SYN)
        return self.conversation

    def half_open(self) -> Conversation:
        """A SYN scan's open port: SYN, SYN-ACK, RST."""
        self._packet(True, SYN)
        self.clock += self.trip
        self._packet(False, SYN | ACK)
        self.clock += 40
        self._packet(True, RST)
        return self.conversation


def exchange(
    conversation: Conversation, clock: int, trip: int, question: bytes, answers: list[bytes]
) -> Conversation:
    """One datagram and what comes back."""
    conversation.packets.append(Sent(clock, True, question))
    conversation.packets.extend(
        Sent(clock + trip + 50 * number, False, answer) for number, answer in enumerate(answers)
    )
    return conversation


def jittered(rng: Random, seconds: float, share: float) -> float:
    """`seconds`, up to `share` of it more or less."""
    return seconds * (1 + rng.uniform(-share, share))
