"""Books for tests of stores: the first is live, by the formula of builders."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from services.engagement.domain.formula import Formula
from services.engagement.storage.live import Formulas
from services.engagement.storage.mongo import MongoBookStore
from services.engagement.storage.sqlite import SqliteBookStore
from shared.clock import Clock, ManualClock
from shared.programme.model import FormulaDocument
from shared.storage.sqlite import Database
from tests import shipped
from tests.services.engagement.builders import make_formula

ReadFormula = Callable[[str], Formula]


def make_document(text: str = "test") -> FormulaDocument:
    """A document that says nothing but `text`, which is its version too."""
    return replace(shipped.programme().formula, version=text, text=text)


def the_formula(_: str) -> Formula:
    """The formula of builders, whatever the document says."""
    return make_formula()


async def sqlite_books(
    database: Database, clock: Clock | None = None, read: ReadFormula = the_formula
) -> SqliteBookStore:
    """Opened, on a clock that stands still if none is given."""
    books = SqliteBookStore(database, clock or _still(), Formulas(read))
    await books.open(make_document())
    return books


async def mongo_books(
    database: AsyncDatabase[dict[str, Any]],
    clock: Clock | None = None,
    read: ReadFormula = the_formula,
) -> MongoBookStore:
    """The same in MongoDB."""
    books = MongoBookStore(database, clock or _still(), Formulas(read))
    await books.open(make_document())
    return books


def _still() -> ManualClock:
    return ManualClock(datetime(2026, 6, 1, tzinfo=UTC))
