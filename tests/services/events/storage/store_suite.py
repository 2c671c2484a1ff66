"""What every EventStore does; each adapter's test module binds `store` with a capacity of 5."""

from datetime import timedelta

import pytest

from services.events.domain.customer import Details
from services.events.domain.quarantine import Quarantined
from services.events.ports import EventStore
from shared.clock import epoch_ms
from shared.contracts.customers import Consent
from shared.errors import Unavailable
from tests.services.events.builders import NOW, make_entry

CAPACITY = 5
DETAILS = Details(
    name="Ana",
    email="ana@example.com",
    locale="pt-PT",
    consents=(Consent(purpose="thanks", channel="email", state="granted", time="2026-01-01"),),
    aliases=("shop:7",),
)


class EventStoreSuite:
    """Customers and the quarantine."""

    async def test_a_customer_is_kept_as_told(self, store: EventStore) -> None:
        saved, new = await store.save("c-1", DETAILS, NOW)
        assert new
        assert saved.revision == epoch_ms(NOW) * 1000
        assert await store.get_customer("c-1") == saved
        assert (saved.name, saved.consents, saved.aliases) == (
            DETAILS.name,
            DETAILS.consents,
            DETAILS.aliases,
        )
        assert await store.get_customer("c-2") is None

    async def test_revisions_grow_whatever_the_clock_says(self, store: EventStore) -> None:
        first, _ = await store.save("c-1", DETAILS, NOW)
        second, new = await store.save("c-1", Details(), NOW - timedelta(days=1))
        assert not new
        assert second.revision == first.revision + 1
        assert await store.get_customer("c-1") == second

    async def test_erasing_takes_the_quarantine_along(self, store: EventStore) -> None:
        await store.save("c-1", DETAILS, NOW)
        await store.keep([make_entry(b"1", customer="c-1"), make_entry(b"2", customer="c-2")])
        await store.erase("c-1")
        await store.erase("c-1")
        assert await store.get_customer("c-1") is None
        assert [entry.body for entry in await store.page(None, 10)] == [b"2"]

    async def test_a_refused_event_is_kept_once(self, store: EventStore) -> None:
        entry = make_entry(b"\xff{", event_id="7", source="/shop", customer="c-1")
        await store.keep([entry])
        await store.keep([make_entry(b"\xff{", reason="another")])
        assert await store.page(None, 10) == [entry]
        assert await store.get(entry.id) == entry
        assert await store.get("0" * 32) is None

    async def test_pages_go_from_old_to_new_without_gap(self, store: EventStore) -> None:
        entries = [
            make_entry(bytes([n]), received_at=NOW + timedelta(seconds=n // 2)) for n in range(5)
        ]
        await store.keep(entries)
        seen: list[Quarantined] = []
        after = None
        while page := await store.page(after, 2):
            seen += page
            after = (page[-1].received_at, page[-1].id)
        assert sorted(seen, key=lambda entry: entry.body) == entries
        assert seen == sorted(seen, key=lambda entry: (entry.received_at, entry.id))

    async def test_mending_and_discarding(self, store: EventStore) -> None:
        entry = make_entry()
        await store.keep([entry])
        mended = make_entry(id=entry.id, body=b"new", reason="", pointer="", customer="c-9")
        assert await store.replace(mended)
        assert await store.get(entry.id) == mended
        assert await store.remove(entry.id)
        assert not await store.remove(entry.id)
        assert not await store.replace(mended)

    async def test_a_full_quarantine_says_so_and_loses_nothing(self, store: EventStore) -> None:
        await store.keep([make_entry(bytes([n])) for n in range(CAPACITY)])
        with pytest.raises(Unavailable):
            await store.keep([make_entry(b"one more")])
        assert len(await store.page(None, 10)) == CAPACITY
