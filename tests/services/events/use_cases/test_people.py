"""Who is who, looked up under any name."""

from collections.abc import AsyncIterator, Collection, Sequence
from pathlib import Path

import pytest

from services.events.domain.customer import Details
from services.events.domain.identity import Link, Linked
from services.events.domain.merging import Merge
from services.events.storage.sqlite.opening import open_sqlite_stores
from services.events.use_cases.people import FindPeople
from shared.config import Settings
from tests.services.events.builders import NOW
from tests.services.events.use_cases.people import PSEUDONYMS, People


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[People]:
    async with open_sqlite_stores(tmp_path / "events.sqlite", Settings()) as stores:
        yield People(stores)


@pytest.fixture
def find(people: People) -> FindPeople:
    stores = people.stores
    return FindPeople(stores.customers, stores.identities, stores.merges, PSEUDONYMS)


async def test_all_names_of_one_person(people: People, find: FindPeople) -> None:
    await people.keep.put("c-1", Details(email="ana@example.com"))
    await people.keep.put("c-2", Details(aliases=("forum:x:ana",)))
    await people.link([Link("forum:y:ana", "forum:x:ana"), Link("order:shop:1", "forum:x:ana")])
    await people.stores.merges.merge(Merge("m-1", "c-2", "c-1", "a key", NOW))
    mail = PSEUDONYMS.email("ana@example.com")
    everything = {"c-1", "c-2", "forum:x:ana", "forum:y:ana", mail}
    for name in everything:
        assert await find.customer(name) == "c-1"
        assert await find.everything(name) == everything
    assert await find.ids("c-2") == {"c-1", "c-2"}
    assert await find.behind(["order:shop:1", "forum:x:bo"]) == {"order:shop:1": "c-1"}
    assert await find.customer("forum:x:bo") == "forum:x:bo"
    assert await find.names(["forum:x:ana"]) == {"forum:x:ana": {"forum:x:ana", "forum:y:ana"}}


async def test_a_circle_that_is_about_to_be_opened_again_ends(
    people: People, find: FindPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def two_links_that_met(_: Collection[str], **__: object) -> Sequence[Linked]:
        return [Linked("a:1", "b:1", NOW, "staff"), Linked("b:1", "a:1", NOW, "staff")]

    monkeypatch.setattr(people.stores.identities, "leading_to", two_links_that_met)
    assert await find.names(["a:1"]) == {"a:1": {"a:1", "b:1"}}
