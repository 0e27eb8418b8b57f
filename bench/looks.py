"""Looks at a running netheed from outside: its metrics, its memory, its processor time."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from typing import Final
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from bench.crashes import PATIENCE

MIB: Final = 2.0**20


def free_address() -> str:
    """An address and port on loopback that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def metrics(address: str) -> dict[str, float]:
    """What it tells at an address and port, by name and labels: `netheed_shed_total/pairs`."""
    with urlopen(f"http://{address}/metrics", timeout=PATIENCE) as answer:
        return of_text(answer.read().decode())


def of_text(text: str) -> dict[str, float]:
    """The same of an answer."""
    families = text_string_to_metric_families(text)
    samples = [sample for family in families for sample in family.samples]
    return {"/".join((each.name, *each.labels.values())): each.value for each in samples}


def memory(pid: int) -> float:
    """MiB, resident."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


def peak(pid: int) -> float:
    """MiB, the most that ever was resident."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024.0


def cpu(pid: int) -> float:
    """Seconds, its own and the system's for it."""
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def drained(process: "Popen[bytes]", patience: float = PATIENCE) -> Iterator[None]:
    """Its log is read, so that it never waits for a full pipe, and passed on but for news.

    It is asked to end behind.
    """

    def read() -> None:
        for line in process.stderr or ():
            if b'"level": "info"' not in line:
                sys.stderr.buffer.write(line)
                sys.stderr.flush()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(patience)
        thread.join()
