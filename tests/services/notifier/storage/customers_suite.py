"""What a store of customers does."""

from services.notifier.domain.consent import Consent
from services.notifier.domain.customer import Customer, Record, Standing
from services.notifier.domain.marks import Mark
from services.notifier.domain.preferences import Preferences
from services.notifier.domain.suppression import address_digest
from services.notifier.ports.customers import CaseChange, Told
from services.notifier.ports.stores import Stores
from shared.contracts.messages import Preferred
from tests.services.notifier.builders import AGREED, TIME, make_customer, tell
from tests.services.notifier.storage.asking import KEY, known

REFUSED = Consent(
    purpose="survey", channel="any", state="withdrawn", time=TIME, source="page", wording="v1"
)
SAID = Preferred(source="page", time="2026-03-01T12:00:00Z", frequency="weekly")
WEEKLY = Preferences(channels=("sms",), frequency="weekly", paused_until=TIME, revision=1)


class CustomersSuite:
    """Customers, who each stand for themself."""

    async def test_of_a_stranger_there_is_no_record(self, stores: Stores) -> None:
        assert await stores.customers.customers(["c-1"]) == {"c-1": Customer("c-1")}
        assert await stores.customers.customers([]) == {}
        assert await stores.customers.survivors(["c-1"]) == {"c-1": "c-1"}
        assert not await stores.customers.erased(["c-1"])
        assert not await stores.customers.erased([])
        await stores.customers.ping()

    async def test_the_highest_revision_stands(self, stores: Stores) -> None:
        second = make_customer(
            revision=2,
            name="$Ada",
            phone="+34600000000",
            time_zone="Europe/Lisbon",
            country="PT",
            addresses={"push": "$token.1"},
            excluded="staff",
        )
        await stores.customers.put([tell(make_customer()), tell(make_customer("c-2"))])
        await stores.customers.put([tell(second)])
        await stores.customers.put([tell(make_customer())])
        assert await stores.customers.customers(["c-1", "c-2"]) == {
            "c-1": second,
            "c-2": make_customer("c-2"),
        }

    async def test_what_a_revision_leaves_out_is_gone_but_for_consents(
        self, stores: Stores
    ) -> None:
        await stores.customers.put([tell(make_customer())])
        await stores.customers.put([Told("c-1", Record(revision=2), (REFUSED,))])
        expected = Customer("c-1", Record(revision=2), consents=(AGREED, REFUSED))
        assert await known(stores) == expected

    async def test_consents_of_a_record_that_comes_too_late_are_kept(self, stores: Stores) -> None:
        await stores.customers.put([tell(make_customer(revision=2, consents=(REFUSED,)))])
        for _ in range(2):
            await stores.customers.put([tell(make_customer())])
        assert await known(stores) == make_customer(revision=2, consents=(AGREED, REFUSED))

    async def test_cases_come_and_go_whether_the_customer_is_known_or_not(
        self, stores: Stores
    ) -> None:
        await stores.customers.change_cases(
            [
                CaseChange("c-1", "k-1", True),
                CaseChange("c-1", "k-2", True),
                CaseChange("c-1", "k-2", True),
                CaseChange("c-2", "k-3", True),
                CaseChange("c-2", "k-3", False),
                CaseChange("c-3", "k-4", False),
            ]
        )
        await stores.customers.put([tell(make_customer())])
        await stores.customers.change_cases([CaseChange("c-1", "k-1", False)])
        assert await stores.customers.customers(["c-1", "c-2", "c-3"]) == {
            "c-1": make_customer(open_cases=frozenset(("k-2",))),
            "c-2": Customer("c-2"),
            "c-3": Customer("c-3"),
        }

    async def test_marks_join_in_any_order(self, stores: Stores) -> None:
        opened = Mark(kind="promise", key="1001", opened=TIME)
        closed = Mark(kind="promise", key="1001", closed=TIME + 1)
        other = Mark(kind="refund", key="$1002", opened=TIME)
        await stores.customers.mark({"c-1": [closed], "c-2": [opened, other]})
        await stores.customers.put([tell(make_customer())])
        await stores.customers.mark({"c-1": [other, opened], "c-2": [closed, opened]})
        both = (other, Mark(kind="promise", key="1001", opened=TIME, closed=TIME + 1))
        assert (await known(stores)) == make_customer(marks=both)
        assert (await known(stores, "c-2")) == Customer("c-2", marks=both)

    async def test_the_newest_standing_counts(self, stores: Stores) -> None:
        first = Standing(time=TIME, level="friend", segments=("loyal",), circles=("builders",))
        await stores.customers.stand({"c-1": first, "c-2": Standing(time=TIME - 1)})
        await stores.customers.stand({"c-1": Standing(time=TIME - 1, level="new")})
        assert (await known(stores)).standing == first
        same = Standing(time=TIME, level="$partner")
        await stores.customers.stand({"c-1": same, "c-2": first})
        assert (await known(stores)).standing == same
        assert (await known(stores, "c-2")).standing == first

    async def test_preferences_follow_one_another(self, stores: Stores) -> None:
        await stores.customers.put([tell(make_customer())])
        skipping = Preferences(revision=2)
        assert not await stores.customers.prefer("c-1", skipping, [REFUSED], SAID)
        assert await known(stores) == make_customer()
        assert await stores.customers.prefer("c-1", WEEKLY, [REFUSED], SAID)
        assert not await stores.customers.prefer("c-1", WEEKLY, [], SAID)
        stands = make_customer(consents=(AGREED, REFUSED), preferences=WEEKLY)
        assert await known(stores) == stands
        # What the shop tells of them takes none of it away.
        await stores.customers.put([tell(make_customer(revision=2))])
        assert (await known(stores)).preferences == WEEKLY
        assert (await known(stores)).consents == (AGREED, REFUSED)
        usual = Preferences(revision=2)
        assert await stores.customers.prefer("c-1", usual, [], SAID)
        assert (await known(stores)).preferences == usual

    async def test_wishes_are_told_once_and_not_of_the_erased(self, stores: Stores) -> None:
        assert await stores.customers.untold(10) == []
        for id in ("c-1", "c-2"):
            assert await stores.customers.prefer(id, WEEKLY, [], SAID)
        assert await stores.customers.prefer("c-1", Preferences(revision=2), [], SAID)
        wishes = await stores.customers.untold(10)
        assert [(wish.customer, wish.revision) for wish in wishes] == [
            ("c-1", 1),
            ("c-2", 1),
            ("c-1", 2),
        ]
        assert {wish.told for wish in wishes} == {SAID}
        assert await stores.customers.untold(1) == wishes[:1]
        await stores.customers.were_told(wishes[:1])
        assert await stores.customers.untold(10) == wishes[1:]
        await stores.customers.erase("c-1")
        assert await stores.customers.untold(10) == wishes[1:2]

    async def test_somebody_is_found_by_any_of_their_addresses(self, stores: Stores) -> None:
        ada = make_customer(phone="+34600000000", addresses={"push": "token"})
        await stores.customers.put(
            [tell(ada), tell(make_customer("c-2", email=" ADA@example.org"))]
        )

        async def found(kind: str, address: str) -> set[str]:
            digest = address_digest(KEY, kind, address)
            return set(await stores.customers.with_address(digest))

        assert await found("email", "Ada@Example.org") == {"c-1", "c-2"}
        assert await found("phone", "+34600000000") == {"c-1"}
        assert await found("push", "token") == {"c-1"}
        assert await found("push", "TOKEN") == await found("sms", "token") == set()
        await stores.customers.put([tell(make_customer(revision=2, email="lima@example.org"))])
        assert await found("email", "ada@example.org") == {"c-2"}
        assert await found("email", "lima@example.org") == {"c-1"}
        assert await found("push", "token") == set()
        await stores.customers.put([tell(ada)])  # too late
        assert await found("push", "token") == set()
        await stores.customers.erase("c-2")
        assert await found("email", "ada@example.org") == set()

    async def test_of_an_erased_customer_nothing_is_known(self, stores: Stores) -> None:
        await stores.customers.put([tell(make_customer(revision=9)), tell(make_customer("c-2"))])
        await stores.customers.change_cases([CaseChange("c-1", "k-1", True)])
        await stores.customers.prefer("c-1", WEEKLY, [REFUSED], SAID)
        for _ in range(2):
            await stores.customers.erase("c-1")
        # What arrives late finds nobody.
        await stores.customers.mark({"c-1": [Mark(kind="refund", key="1001", opened=TIME)]})
        await stores.customers.stand({"c-1": Standing(time=TIME, level="friend")})
        assert not await stores.customers.prefer("c-1", WEEKLY, [REFUSED], SAID)
        assert await stores.customers.customers(["c-1", "c-2"]) == {
            "c-1": Customer("c-1", erased=True),
            "c-2": make_customer("c-2"),
        }
        await stores.customers.put([tell(make_customer())])
        assert await known(stores) == make_customer()
