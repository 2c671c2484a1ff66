"""What every store answers about when acts were; each adapter binds `store` and `customers`."""

from services.engagement.domain.customer import CustomerRecord
from services.engagement.domain.timeline import Place
from services.engagement.ports.customers import CustomerStore
from services.engagement.ports.scores import ScoreStore
from tests.services.engagement.builders import START, make_act
from tests.services.engagement.storage.store_suite import apply

DAY = 24 * 60 * 60 * 1000


class RecencySuite:
    """Entries by time, who did what when, and all ids of a person."""

    async def test_entries_come_newest_first_page_by_page(self, store: ScoreStore) -> None:
        told = [make_act(id=f"a{n:02}", day=n // 3) for n in range(20)]
        await apply(store, [*told, make_act(id="x", customer="c-2", day=3)], next=1)
        newest_first = sorted(((act.time, act.key) for act in told), reverse=True)
        seen: list[tuple[int, str]] = []
        before = None
        while page := await store.recent("c-1", before, 4):
            assert len(page) <= 4
            seen += [(entry.time, entry.key) for entry in page]
            before = Place(page[-1].time, page[-1].key)
        assert seen == newest_first
        assert await store.recent("c-3", None, 5) == []
        (oldest,) = await store.recent("c-1", Place(START, "/shop a01"), 5)
        assert oldest.key == "/shop a00"

    async def test_who_did_what_when(self, store: ScoreStore) -> None:
        await apply(
            store,
            [
                make_act(id="a", day=1),
                make_act("purchase", id="b", order="o", amount="5", day=2),
                make_act(id="c", customer="c-2", day=3),
            ],
            next=1,
        )

        async def who(kind: str, since: int, until: int) -> set[str]:
            everybody = ["c-1", "c-2", "c-3"]
            return set(
                await store.who_did(everybody, kind, START + since * DAY, START + until * DAY)
            )

        assert await who("referral", 0, 9) == {"c-1", "c-2"}
        assert await who("referral", 1, 2) == {"c-1"}
        assert await who("referral", 2, 3) == set()
        assert await who("purchase", 0, 9) == {"c-1"}
        assert await who("nothing", 0, 9) == set()
        assert set(await store.who_did(["c-2"], "referral", 0, 2**62)) == {"c-2"}
        assert set(await store.who_did([], "referral", 0, 2**62)) == set()

    async def test_all_ids_of_a_person_are_a_family(
        self, store: ScoreStore, customers: CustomerStore
    ) -> None:
        await apply(store, [make_act(id=id, customer=id) for id in ("c-1", "c-2", "c-3")], next=1)
        await customers.keep([CustomerRecord("c-1", 1, "c-2"), CustomerRecord("c-2", 1, "c-3")])
        for id in ("c-1", "c-2", "c-3"):
            assert set(await store.family(id)) == {"c-1", "c-2", "c-3"}
        assert set(await store.family("c-4")) == {"c-4"}
        assert [entry.origin for entry in await store.recent("c-3", None, 5)] == [
            "c-3",
            "c-2",
            "c-1",
        ]
        await customers.keep([CustomerRecord("c-2", 2)])
        assert set(await store.family("c-1")) == {"c-1", "c-2"}
        assert set(await store.family("c-3")) == {"c-3"}
