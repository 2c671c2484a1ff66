"""Scores in one SQLite file."""

from services.engagement.storage.sqlite.customers import SqliteCustomerStore
from services.engagement.storage.sqlite.schema import MIGRATIONS
from services.engagement.storage.sqlite.scores import SqliteScoreStore

__all__ = ["MIGRATIONS", "SqliteCustomerStore", "SqliteScoreStore"]
