"""What every Quarantine does; each adapter's test module binds `stores`, with room for 5."""

from datetime import timedelta

import pytest

from services.events.domain.quarantine import Quarantined
from services.events.ports.stores import Stores
from shared.errors import Unavailable
from tests.services.events.builders import NOW, make_entry

CAPACITY = 5


class QuarantineSuite:
    """The quarantine."""

    async def test_forgetting_takes_what_is_theirs(self, stores: Stores) -> None:
        await stores.quarantine.keep(
            [make_entry(b"1", customer="c-1"), make_entry(b"2", customer="c-2")]
        )
        await stores.quarantine.forget(["c-1"])
        assert [entry.body for entry in await stores.quarantine.page(None, 10)] == [b"2"]

    async def test_a_refused_event_is_kept_once(self, stores: Stores) -> None:
        entry = make_entry(b"\xff{", event_id="7", source="/shop", customer="c-1")
        await stores.quarantine.keep([entry])
        await stores.quarantine.keep([make_entry(b"\xff{", reason="another")])
        assert await stores.quarantine.page(None, 10) == [entry]
        assert await stores.quarantine.get(entry.id) == entry
        assert await stores.quarantine.get("0" * 32) is None

    async def test_pages_go_from_old_to_new_without_gap(self, stores: Stores) -> None:
        entries = [
            make_entry(bytes([n]), received_at=NOW + timedelta(seconds=n // 2)) for n in range(5)
        ]
        await stores.quarantine.keep(entries)
        seen: list[Quarantined] = []
        after = None
        while page := await stores.quarantine.page(after, 2):
            seen += page
            after = (page[-1].received_at, page[-1].id)
        assert sorted(seen, key=lambda entry: entry.body) == entries
        assert seen == sorted(seen, key=lambda entry: (entry.received_at, entry.id))

    async def test_mending_and_discarding(self, stores: Stores) -> None:
        entry = make_entry()
        await stores.quarantine.keep([entry])
        mended = make_entry(id=entry.id, body=b"new", reason="", pointer="", customer="c-9")
        assert await stores.quarantine.replace(mended)
        assert await stores.quarantine.get(entry.id) == mended
        assert await stores.quarantine.remove(entry.id)
        assert not await stores.quarantine.remove(entry.id)
        assert not await stores.quarantine.replace(mended)

    async def test_a_full_quarantine_says_so_and_loses_nothing(self, stores: Stores) -> None:
        await stores.quarantine.keep([make_entry(bytes([n])) for n in range(CAPACITY)])
        with pytest.raises(Unavailable):
            await stores.quarantine.keep([make_entry(b"one more")])
        assert len(await stores.quarantine.page(None, 10)) == CAPACITY
