"""The embedded message log: topics, records and groups' positions in one SQLite file."""

from shared.messaging.sqlite_log.log import SqliteLog, open_sqlite_log

__all__ = ["SqliteLog", "open_sqlite_log"]
