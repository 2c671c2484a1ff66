"""Events on disk until the server has them: one SQLite file, which processes may share."""

import os
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import time

LEASE_SECONDS = 60.0
MAX_BATCH_BYTES = 4 * 2**20

_SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (
    place INTEGER PRIMARY KEY AUTOINCREMENT, event BLOB NOT NULL,
    leased_until REAL NOT NULL DEFAULT 0
);
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Events in the order in which they were put in, and their places."""

    places: tuple[int, ...]
    events: tuple[bytes, ...]

    @property
    def body(self) -> bytes:
        """A batch of CloudEvents (JSON event format 1.0.2, section 4)."""
        return b"[" + b",".join(self.events) + b"]"

    def halves(self) -> "tuple[Batch, Batch]":
        """The batch in two."""
        middle = len(self.places) // 2
        return (
            Batch(self.places[:middle], self.events[:middle]),
            Batch(self.places[middle:], self.events[middle:]),
        )


class Outbox:
    """Survives the death of the process; of the machine too, but for its last moments.

    Threads and processes may use one file at the same time, also after a fork.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._connection: tuple[int, sqlite3.Connection] | None = None
        file.parent.mkdir(parents=True, exist_ok=True)
        with self._lock:
            self._open()

    def put(self, event: bytes) -> None:
        """On disk once this returns."""
        with self._lock:
            self._open().execute("INSERT INTO outbox (event) VALUES (?)", (event,))

    def take(self, limit: int) -> Batch | None:
        """The oldest events, which nobody else gets for a minute; None when there are none."""
        now = time()
        with self._lock:
            rows = self._open().execute(
                "UPDATE outbox SET leased_until = ? WHERE place IN (SELECT place FROM outbox"
                " WHERE leased_until <= ? ORDER BY place LIMIT ?) RETURNING place, event",
                (now + LEASE_SECONDS, now, limit),
            )
            found = sorted(rows.fetchall())
        kept, size = 0, 0
        for _, event in found:
            size += len(event) + 1
            if kept and size > MAX_BATCH_BYTES:
                break
            kept += 1
        self.give_back([place for place, _ in found[kept:]])
        places, events = zip(*found[:kept], strict=True) if kept else ((), ())
        return Batch(places, events) if kept else None

    def give_back(self, places: Sequence[int]) -> None:
        """They may be taken again at once."""
        with self._lock:
            self._open().executemany(
                "UPDATE outbox SET leased_until = 0 WHERE place = ?", [(p,) for p in places]
            )

    def remove(self, places: Sequence[int]) -> None:
        """The server has them, or will never take them."""
        with self._lock:
            self._open().executemany("DELETE FROM outbox WHERE place = ?", [(p,) for p in places])

    def __len__(self) -> int:
        with self._lock:
            return int(self._open().execute("SELECT count(*) FROM outbox").fetchone()[0])

    def close(self) -> None:
        """Let go of the file; using the outbox opens it again."""
        with self._lock:
            if self._connection is not None and self._connection[0] == os.getpid():
                self._connection[1].close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        # A connection must not be used, nor closed, in a child process.
        if self._connection is None or self._connection[0] != os.getpid():
            connection = sqlite3.connect(
                self._file, timeout=30, isolation_level=None, check_same_thread=False
            )
            os.chmod(self._file, 0o600)
            with closing(connection.execute("PRAGMA journal_mode = WAL")) as pragma:
                pragma.fetchall()
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(_SCHEMA)
            self._connection = os.getpid(), connection
        return self._connection[1]
