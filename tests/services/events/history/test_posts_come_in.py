"""A real site's posts through the importer into the running app, where their people are unknown
until they are linked."""

from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from services.events.history.checkpoint import Checkpoint
from services.events.history.http_sink import HttpSink
from services.events.history.patience import Patience
from services.events.history.stackexchange import Posts
from services.events.history.streaming import StreamedImport
from shared.contracts.acts import short_name
from tests.services.events.history.dumps import COFFEE
from tests.services.events.inbound.running import Running, open_running

pytestmark = pytest.mark.skipif(not COFFEE.exists(), reason=f"{COFFEE.name} is not on the shelf")

HELPER, ANOTHER = "stackexchange:coffee:76", "stackexchange:coffee:101"


async def no_sleep(_: float) -> None:
    """Patience that is not tried."""


async def import_posts(running: Running, folder: Path) -> tuple[int, int]:
    """How many acts were accepted, and how many of them wait."""
    sink = HttpSink(running.client, Patience(no_sleep), running.infrastructure.clock)
    posts = Posts(COFFEE, "coffee")
    told = await StreamedImport(sink, Checkpoint(folder, "x"), 200).run(posts.acts(), lambda: None)
    assert told.refused == ()
    return told.accepted, told.waiting


async def detector(running: Running) -> dict[str, Any]:
    report = (await running.client.get("/v1/suggestions/report")).json()["data"]
    (found,) = [one for one in report if one["detector"] == "accepted_answer"]
    return dict(found)


async def link(running: Running, alias: str, customer: str) -> None:
    path = f"/v1/aliases/{quote(alias)}"
    linked = await running.client.put(path, json={"customer": customer})
    assert linked.status_code == 200, linked.text


async def test_help_is_found_among_strangers_and_claimed_by_who_is_linked(tmp_path: Path) -> None:
    async with open_running(tmp_path / "data") as running:
        for folder in ("first", "again"):
            assert await import_posts(running, tmp_path / folder) == (657, 657)
        assert (await detector(running))["emitted"] == 99
        await link(running, HELPER, "c-76")
        acts = {(act.source, act.id): act for act in await running.acts(9 + 1 + 31)}
        assert {act.subject for act in acts.values()} == {"c-76"}
        kinds = Counter(short_name(act.type) for act in acts.values())
        assert kinds == {"help": 9, "help_received": 1, "user_content": 31}
        helps = [act for act in acts.values() if short_name(act.type) == "help"]
        assert all((act.time or "").startswith("2015-") for act in helps)
        helped = {msgspec.json.decode(act.data or b"")["helped"] for act in helps}
        assert all(one.startswith("stackexchange:coffee:") for one in helped)
        await link(running, ANOTHER, "c-101")
        more = {(act.source, act.id): act for act in await running.acts(len(acts) + 8 + 3 + 15)}
        kinds = Counter(short_name(act.type) for act in more.values() if act.subject == "c-101")
        assert kinds == {"help": 8, "help_received": 3, "user_content": 15}
