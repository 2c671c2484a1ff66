"""What every store of suggestions does; each adapter's test module binds `stores`."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.events.domain.precision import Count
from services.events.domain.suggestion import Suggestion, confirm
from services.events.ports.stores import Stores
from shared.errors import Conflict
from tests.services.events.builders import NOW
from tests.services.events.domain.test_suggestion import make_suggestion


def make_one(number: int, **members: Any) -> Suggestion:
    """The one with this number, some seconds after those before it."""
    usual: dict[str, Any] = {
        "id": f"{number:032x}",
        "found_at": NOW + timedelta(seconds=number // 2),
    }
    return make_suggestion(**usual | members)


class SuggestionsSuite:
    """Suggestions."""

    async def test_a_finding_is_kept_once_and_as_it_was_first(self, stores: Stores) -> None:
        one, other = make_one(1), make_one(2, status="emitted", pending=True)
        assert await stores.suggestions.add([one, other]) == [one, other]
        again = make_one(1, status="emitted", confidence=0.9)
        assert await stores.suggestions.add([again, other]) == [one, other]
        assert await stores.suggestions.get(one.id) == one
        assert await stores.suggestions.get("f" * 32) is None
        assert await stores.suggestions.add([]) == []

    async def test_pages_go_from_old_to_new_without_gap(self, stores: Stores) -> None:
        every = [
            make_one(n, status=("open", "confirmed")[n % 2], detector=("a", "b")[n // 5])
            for n in range(10)
        ]
        await stores.suggestions.add(list(reversed(every)))
        seen: list[Suggestion] = []
        after = None
        while page := await stores.suggestions.page(None, None, after, 3):
            seen += page
            after = (page[-1].found_at, page[-1].id)
        assert seen == every
        opened = await stores.suggestions.page("open", "a", None, 10)
        assert opened == [every[0], every[2], every[4]]
        last = (every[0].found_at, every[0].id)
        assert await stores.suggestions.page("open", "a", last, 1) == [every[2]]

    async def test_a_change_is_made_of_what_stands(self, stores: Stores) -> None:
        one = make_one(1)
        await stores.suggestions.add([one])
        changed = await stores.suggestions.change(one.id, lambda it: confirm(it, "key", NOW))
        assert changed == confirm(one, "key", NOW)
        assert await stores.suggestions.get(one.id) == changed
        assert await stores.suggestions.page("open", None, None, 10) == []
        assert await stores.suggestions.change("f" * 32, lambda it: it) is None

        def refuse(_: Suggestion) -> Suggestion:
            raise Conflict("not now")

        with pytest.raises(Conflict):
            await stores.suggestions.change(one.id, refuse)

    async def test_changes_at_once_all_count(self, stores: Stores) -> None:
        one = make_one(1, evidence={"changes": 0})
        await stores.suggestions.add([one])

        def count(it: Suggestion) -> Suggestion:
            return msgspec.structs.replace(it, evidence={"changes": it.evidence["changes"] + 1})

        await asyncio.gather(*(stores.suggestions.change(one.id, count) for _ in range(10)))
        found = await stores.suggestions.get(one.id)
        assert found is not None
        assert found.evidence == {"changes": 10}

    async def test_what_was_told_is_settled_unless_it_has_changed(self, stores: Stores) -> None:
        one, other = make_one(1, status="emitted", pending=True), make_one(2, pending=True)
        await stores.suggestions.add([one, other])
        await stores.suggestions.change(other.id, lambda it: confirm(it, "key", NOW))
        await stores.suggestions.settle([one, other])
        settled = [await stores.suggestions.get(it.id) for it in (one, other)]
        assert [it and it.pending for it in settled] == [False, True]

    async def test_counts(self, stores: Stores) -> None:
        await stores.suggestions.add(
            [make_one(1), make_one(2), make_one(3, confidence=0.9), make_one(4, detector="a")]
        )
        await stores.suggestions.change(make_one(4).id, lambda it: confirm(it, "key", NOW))
        assert sorted(await stores.suggestions.counts(), key=str) == [
            Count("a", 2, "confirmed", 1),
            Count("thankful_reply", 2, "open", 2),
            Count("thankful_reply", 4, "open", 1),
        ]

    async def test_forgetting_takes_all_they_appear_in(self, stores: Stores) -> None:
        nobody = make_one(3, act=msgspec.structs.replace(make_one(3).act, subject=None))
        await stores.suggestions.add(
            [make_one(1), make_one(2, people=("c-9",)), msgspec.structs.replace(nobody, people=())]
        )
        named = await stores.suggestions.change(
            nobody.id, lambda it: confirm(it, "key", NOW, "c-7")
        )
        assert named is not None
        await stores.suggestions.forget(["forum:x:anna", "c-7", "c-8"])
        left = await stores.suggestions.page(None, None, None, 10)
        assert [it.id for it in left] == [make_one(2).id]
