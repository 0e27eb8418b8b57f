"""Notices on disk: durable before anything forgets them, kept until each sink has taken them.

SQLite, because it is what survives a power cut without our help. A notice is known by its id, so
that a repeat after a crash is no second notice.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final

import msgspec

from netheed.errors import NetheedError
from netheed.logs import log
from netheed.records import Notice

FILE: Final = "notices.sqlite"
FILES: Final = (FILE, f"{FILE}-wal", f"{FILE}-shm", f"{FILE}-journal", f"{FILE}.damaged")
"""All that is written into its directory."""
SCHEMA: Final = 1
_TABLES: Final = """
CREATE TABLE notices (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    notice BLOB NOT NULL
);
CREATE TABLE waiting (
    sink TEXT NOT NULL,
    number INTEGER NOT NULL REFERENCES notices ON DELETE CASCADE,
    PRIMARY KEY (sink, number)
) WITHOUT ROWID;
"""


@dataclass(slots=True)
class Store:
    """The notices of one netheed. Threads may share it: they take turns."""

    path: Path
    kept: int = 100_000
    """Notices that are remembered; the oldest go first, delivered or not."""
    waiting: int = 10_000
    """Notices that may wait for one sink; past it the oldest are given up."""
    shed: dict[str, int] = field(default_factory=dict)
    """Notices that a sink never got, by sink."""
    _connection: sqlite3.Connection = field(init=False)
    _turn: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        """Open or make it. Raises NetheedError where that cannot be."""
        try:
            self._connection = _opened(self.path)
        except OSError as error:
            raise NetheedError(f"{self.path}: {error.strerror}") from None
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise NetheedError(f"{self.path}: {error}") from None
            self._connection = _made_anew(self.path, error)

    def close(self) -> None:
        """Let go of the file, once nobody is at it."""
        with self._turn:
            self._connection.close()

    def add(self, notices: Iterable[Notice], sinks: Sequence[str]) -> list[Notice]:
        """Make notices durable, to be given to some sinks; gives those that are new.

        Raises NetheedError where the disk does not take them; then none is kept.
        """
        with self._transaction() as connection:
            new = [notice for notice in notices if self._insert(connection, notice, sinks)]
            lost = {sink: self._bound(connection, sink) for sink in sinks}
            connection.execute(
                "DELETE FROM notices WHERE number <= (SELECT max(number) FROM notices) - ?",
                (self.kept,),
            )
        for sink, count in lost.items():
            self._given_up(sink, count)
        return new

    def pending(self, sink: str, most: int) -> list[Notice]:
        """What a sink has not got yet, oldest first.

        What another version wrote and this one cannot read is told and given up.
        """
        with self._transaction() as connection:
            rows = connection.execute(
                "SELECT number, notice FROM waiting JOIN notices USING (number) WHERE sink = ?"
                " ORDER BY number LIMIT ?",
                (sink, most),
            ).fetchall()
        found = {number: _decoded(stored) for number, stored in rows}
        unread = [(sink, number) for number, notice in found.items() if notice is None]
        if unread:
            with self._transaction() as connection:
                connection.executemany("DELETE FROM waiting WHERE sink = ? AND number = ?", unread)
            self._given_up(sink, len(unread))
            return self.pending(sink, most)
        return [notice for notice in found.values() if notice is not None]

    def delivered(self, sink: str, notices: Iterable[Notice]) -> None:
        """A sink has them."""
        with self._transaction() as connection:
            connection.executemany(
                "DELETE FROM waiting WHERE sink = ? AND number ="
                " (SELECT number FROM notices WHERE id = ?)",
                [(sink, notice.id) for notice in notices],
            )

    def depth(self, sink: str) -> int:
        """Notices that wait for a sink."""
        with self._transaction() as connection:
            row = connection.execute("SELECT count(*) FROM waiting WHERE sink = ?", (sink,))
            return int(row.fetchone()[0])

    def _insert(self, connection: sqlite3.Connection, notice: Notice, sinks: Sequence[str]) -> bool:
        found = connection.execute(
            "INSERT OR IGNORE INTO notices (id, notice) VALUES (?, ?)",
            # Not JSON: it knows no infinity and no NaN, and such a notice could not be read again.
            (notice.id, msgspec.msgpack.encode(notice)),
        )
        if not found.rowcount:
            return False
        connection.executemany(
            "INSERT INTO waiting (sink, number) VALUES (?, ?)",
            [(sink, found.lastrowid) for sink in sinks],
        )
        return True

    def _bound(self, connection: sqlite3.Connection, sink: str) -> int:
        """Notices that a sink will never get."""
        return connection.execute(
            "DELETE FROM waiting WHERE sink = ?1 AND number NOT IN"
            " (SELECT number FROM waiting WHERE sink = ?1 ORDER BY number DESC LIMIT ?2)",
            (sink, self.waiting),
        ).rowcount

    def _given_up(self, sink: str, count: int) -> None:
        if count:
            self.shed[sink] = self.shed.get(sink, 0) + count
            log.error("notices_given_up", sink=sink, count=count)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._turn, self._connection:
                yield self._connection
        except sqlite3.Error as error:
            raise NetheedError(f"{self.path}: {error}") from None


def _decoded(stored: bytes) -> Notice | None:
    try:
        return msgspec.msgpack.decode(stored, type=Notice)
    except msgspec.MsgspecError:
        return None


def _opened(path: Path) -> sqlite3.Connection:
    """Raises sqlite3.DatabaseError where the file is none, or another version's; else OSError."""
    # Notices name hosts: SQLite makes what belongs to the file as private as that is.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).chmod(0o600)
    connection = sqlite3.connect(path, check_same_thread=False, timeout=10.0)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, SCHEMA):
            raise sqlite3.OperationalError(f"of version {version}, this netheed reads {SCHEMA}")
        if version == 0:
            connection.executescript(f"BEGIN;{_TABLES}PRAGMA user_version = {SCHEMA};COMMIT;")
        # Damage inside would be found by every `add` otherwise, and mended by none.
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(found)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _made_anew(path: Path, error: sqlite3.DatabaseError) -> sqlite3.Connection:
    """A new one in place of one that is damaged, which is kept beside it."""
    aside = path.with_name(f"{path.name}.damaged")
    path.replace(aside)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    log.error("store_damaged", path=str(path), kept=str(aside), reason=str(error))
    return _opened(path)
