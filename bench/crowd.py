"""Clients and servers that talk over real sockets, some of them as attackers do.

    python -m bench.crowd listen FIRST_SERVER
    python -m bench.crowd talk FIRST_CLIENT FIRST_SERVER --seconds 60 --quiet 20

Most clients ask a few servers again and again, and have a past when after the quiet time four of
them begin: to scan, to guess a password, to call home and to flood. Nothing leaves the addresses
that are given.
"""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final

import click

WEB, LOGIN, NAMES = 80, 22, 53
BENIGN: Final = 40
"""Clients that do nothing else; the attackers come behind them."""
GREETING: Final = b"SSH-2.0-toy\r\n"
ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 600\r\nConnection: close\r\n\r\n" + b"x" * 600


def address(first: str, number: int) -> str:
    """Of the server or client of this number."""
    return str(ip_address(first) + number)


@dataclass(slots=True)
class Crowd:
    """The clients; `made` counts their connections by what they were for."""

    first_client: str
    first_server: str
    chance: random.Random
    made: Counter[str] = field(default_factory=Counter)

    async def talk(self, seconds: float, quiet: float) -> None:
        """All of them at once, for so long; what is begun is ended."""
        until = asyncio.get_running_loop().time() + seconds
        doings = [self._again(until, 0.0, self._benign(number), 3.0) for number in range(BENIGN)]
        for number, (attack, pause) in enumerate(
            ((self._scan, 0.03), (self._guess, 0.2), (self._beacon, 5.0), (self._flood, 0.01))
        ):
            doings += [self._again(until, 0.0, self._benign(BENIGN + number), 3.0)]
            doings += [self._again(until, quiet, attack(BENIGN + number), pause, steady=True)]
        await asyncio.gather(*doings)

    async def _again(
        self,
        until: float,
        after: float,
        act: Callable[[], Awaitable[None]],
        pause: float,
        *,
        steady: bool = False,
    ) -> None:
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(after)
        while clock() < until:
            with suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                await act()
            await asyncio.sleep(pause if steady else self.chance.uniform(0.2, 2.0) * pause)

    def _benign(self, client: int) -> Callable[[], Awaitable[None]]:
        """Asks for a name, or for a page of one of three servers."""
        usual = [(7 * client + 3 * each) % 30 for each in range(3)]

        async def act() -> None:
            if self.chance.random() < 0.4:
                await self._ask_name(client)
            else:
                await self._tcp(
                    "page", client, self.chance.choice(usual), WEB, b"GET / HTTP/1.1\r\n\r\n"
                )

        return act

    def _scan(self, client: int) -> Callable[[], Awaitable[None]]:
        """One port after the other of one server after the other."""
        targets = ((server, port) for port in range(1000, 60_000) for server in range(70))

        async def act() -> None:
            await self._tcp("scan", client, *next(targets), b"")

        return act

    def _guess(self, client: int) -> Callable[[], Awaitable[None]]:
        """A password of a toy that knows none."""

        async def act() -> None:
            await self._tcp("guess", client, 31, LOGIN, b"root:%d\n" % self.chance.randrange(10**6))

        return act

    def _beacon(self, client: int) -> Callable[[], Awaitable[None]]:
        """The same words to the same server in the same intervals."""

        async def act() -> None:
            await self._tcp("beacon", client, 33, WEB, b"GET /a HTTP/1.1\r\n\r\n")

        return act

    def _flood(self, client: int) -> Callable[[], Awaitable[None]]:
        """Connections without a word."""

        async def act() -> None:
            await self._tcp("flood", client, 34, WEB, b"")

        return act

    async def _tcp(self, why: str, client: int, server: int, port: int, words: bytes) -> None:
        """A whole connection; an answer is waited for where words were said."""
        self.made[why] += 1
        reader, writer = await asyncio.open_connection(
            address(self.first_server, server),
            port,
            local_addr=(address(self.first_client, client), 0),
        )
        try:
            if words:
                writer.write(words)
                await asyncio.wait_for(reader.read(), 5.0)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _ask_name(self, client: int) -> None:
        """A datagram, and one back."""
        self.made["name"] += 1
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol,
            local_addr=(address(self.first_client, client), 0),
            remote_addr=(address(self.first_server, 30), NAMES),
        )
        transport.sendto(b"a name, please")
        await asyncio.sleep(0.05)
        transport.close()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A page for whoever says a word."""
    with suppress(OSError, TimeoutError):
        if await asyncio.wait_for(reader.read(1024), 5.0):
            writer.write(ANSWER)
        writer.close()
        await writer.wait_closed()


async def _refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Nobody knows the password."""
    with suppress(OSError, TimeoutError):
        writer.write(GREETING)
        await asyncio.wait_for(reader.read(1024), 5.0)
        writer.write(b"denied\r\n")
        writer.close()
        await writer.wait_closed()


class _Echo(asyncio.DatagramProtocol):
    """Answers what it was asked."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if isinstance(self.transport, asyncio.DatagramTransport):
            self.transport.sendto(data + b": no such name", addr)


async def _listen(first_server: str) -> None:
    loop = asyncio.get_running_loop()
    for number in range(36):
        await asyncio.start_server(_answer, address(first_server, number), WEB, backlog=1024)
    await asyncio.start_server(_refuse, address(first_server, 31), LOGIN)
    await loop.create_datagram_endpoint(_Echo, local_addr=(address(first_server, 30), NAMES))
    print("listening", flush=True)
    await asyncio.to_thread(sys.stdin.read)


@click.group()
def main() -> None:
    """Clients or servers."""


@main.command()
@click.argument("first_server")
def listen(first_server: str) -> None:
    """Answer until standard input ends."""
    asyncio.run(_listen(first_server))


@main.command()
@click.argument("first_client")
@click.argument("first_server")
@click.option("--seconds", default=60.0)
@click.option("--quiet", default=20.0, help="Seconds before the attackers begin.")
@click.option("--seed", default=1)
def talk(first_client: str, first_server: str, seconds: float, quiet: float, seed: int) -> None:
    """Talk, and tell how many connections were for what."""
    crowd = Crowd(first_client, first_server, random.Random(seed))  # noqa: S311
    asyncio.run(crowd.talk(seconds, quiet))
    print(" ".join(f"{why}={count}" for why, count in sorted(crowd.made.items())))


if __name__ == "__main__":
    main()
