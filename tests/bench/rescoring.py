"""Scoring a ledger anew by another formula, beside the live scores."""

import asyncio
import itertools
import json
import time
from decimal import Decimal
from pathlib import Path

from services.engagement.ports.stores import Stores
from services.engagement.use_cases.rescoring import Rescore
from shared.clock import SystemClock
from shared.programme.formula import make_formula
from shared.programme.model import FormulaDocument
from tests.bench.growth import CACHE_GIGABYTES, EACH, histories, memory, open_scoring
from tests.bench.measure import Comparison, beside
from tests.servers.mongod import Mongod
from tests.shipped import programme

SIZES = (20_000, 200_000)
FULL = (20_000, 200_000, 1_000_000)
_MOST_SECONDS = 1200.0


def measure(folder: Path, full: bool = False) -> list[Comparison]:
    """Entries a second, until both books were compared, beside scoring the same acts for the first
    time; memory beside that with the fewest entries."""
    found: list[tuple[int, float, float, float]] = []
    for size in FULL if full else SIZES:
        with Mongod(folder / f"mongod-{size}", cache_gigabytes=CACHE_GIGABYTES) as mongod:
            found.append(asyncio.run(_rescore(mongod, size)))
    size, _, _, least = found[0]
    return [
        comparison
        for entries, rescored, scored, most in found[1:]
        for comparison in (
            beside(
                f"rescoring of {entries:,} ledger entries, and comparing",
                "entries/s",
                [(rescored, scored)],
                note="reference: scoring the same acts for the first time",
                digits=0,
            ),
            beside(
                "most memory of the process meanwhile",
                "MiB",
                [(most, least)],
                note=f"reference: with {size:,} entries",
                digits=0,
            ),
        )
    ]


async def _rescore(mongod: Mongod, entries: int) -> tuple[int, float, float, float]:
    """Entries, a second rescored and scored, and the most memory while rescoring (MiB)."""
    async with open_scoring(mongod) as (stores, scoring):
        taken = 0.0
        for acts in histories(0, entries // EACH):
            began = time.perf_counter()
            await scoring(acts)
            taken += time.perf_counter() - began
        began = time.perf_counter()
        most = await _follow(stores)
        return entries, entries / (time.perf_counter() - began), entries / taken, most


async def _follow(stores: Stores) -> float:
    numbers = itertools.count()
    rescore = Rescore(
        stores.books, stores.following, stores.leases, SystemClock(), lambda: f"{next(numbers)}"
    )
    number = await stores.books.begin(_changed(), announce=False)
    most = memory()
    async with asyncio.timeout(_MOST_SECONDS):
        while True:
            await rescore()
            most = max(most, memory())
            shelf = await stores.books.shelf()
            if shelf.beside is None or shelf.beside.number != number or shelf.state == "failed":
                raise RuntimeError(f"rescoring failed: {shelf.beside}")
            if shelf.state == "built":
                return most


def _changed() -> FormulaDocument:
    """The shipped formula with another worth of a help."""
    said = json.loads(programme().formula.text, parse_float=Decimal)
    said["scoring"]["acts"]["help"]["points"] = 12
    return make_formula(said)
