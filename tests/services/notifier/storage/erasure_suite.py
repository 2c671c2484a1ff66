"""What is left of a customer who was erased."""

from services.notifier.domain.customer import Customer
from services.notifier.domain.suppression import address_digest
from services.notifier.ports.customers import CaseChange
from services.notifier.ports.decisions import UnthankedQuery
from services.notifier.ports.messages import Finish, Retry
from services.notifier.ports.stores import Stores
from tests.services.notifier.builders import DAY, TIME, make_customer, make_occasion, tell
from tests.services.notifier.storage.asking import (
    KEY,
    LEASE,
    begin,
    claim,
    claims,
    everything,
    known,
    messages,
    page,
    planned,
)


class ErasureSuite:
    """Erasing, with everything that there can be of somebody."""

    async def test_nothing_of_an_erased_customer_is_left(self, stores: Stores) -> None:
        await planned(stores, make_occasion("held"), able=False)
        await stores.customers.put([tell(make_customer()), tell(make_customer("c-2"))])
        await stores.customers.change_cases([CaseChange("c-1", "k-1", True)])
        await planned(stores, make_occasion("sent"), now=TIME - 1)
        await planned(stores, make_occasion("waiting"))
        await planned(stores, make_occasion("other", "c-2"), now=TIME + 1)
        first = await claim(stores)
        assert await begin(stores, first)
        assert await stores.messages.finish([Finish(first, "sent", TIME, None)])
        for _ in range(2):
            await stores.customers.erase("c-1")
        assert await known(stores) == Customer("c-1", erased=True)
        assert await page(stores, customer="c-1") == []
        assert await messages(stores) == []
        assert await stores.messages.message(first.message.id) is None
        assert await stores.messages.mark_read(first.message.id, TIME) is None
        assert await stores.messages.unannounced(10) == []
        assert await stores.messages.of_order("1001", "email", 10) == []
        assert await stores.decisions.unannounced(10) == []
        assert await stores.decisions.unthanked(UnthankedQuery(10)) == []
        assert not await stores.customers.with_address(
            address_digest(KEY, "email", "lima@example.org")
        )
        left = await everything(stores)
        assert (left["held"].verdict, left["held"].reason) == ("suppressed", "erased")
        assert left["sent"].verdict == "thanked"
        gone = [left[id].occasion for id in ("sent", "held", "waiting")]
        assert {(o.customer, o.data, o.trace, o.order) for o in gone} == {("", b"", None, None)}
        assert left["other"].occasion.customer == "c-2"
        assert await stores.decisions.due(TIME + 99 * DAY, 10) == []

    async def test_a_sender_of_any_channel_removes_what_is_left(self, stores: Stores) -> None:
        await planned(stores, make_occasion("1"))
        await planned(stores, make_occasion("2"))
        await planned(stores, make_occasion("3", "c-2"))
        await stores.customers.erase("c-1")
        erased = await claims(stores, "e", channel="sms")
        assert len(erased) == 2
        for one in erased:
            assert (one.message.status, one.message.customer) == ("erased", "")
            assert (one.message.text, one.message.order, one.decisions) == (None, None, ())
            assert one.customer.erased
            await stores.messages.drop(one)
        assert await claims(stores, "e", TIME + DAY, channel="sms") == []
        assert (await claim(stores)).message.customer == "c-2"

    async def test_what_is_being_sent_stays_with_its_sender(self, stores: Stores) -> None:
        await planned(stores, make_occasion())
        claimed = await claim(stores)
        assert await begin(stores, claimed)
        await stores.customers.erase("c-1")
        assert await claims(stores, "t-2", TIME + LEASE - 1) == []
        await stores.messages.renew([claimed], TIME + 2 * LEASE)
        assert await claims(stores, "t-2", TIME + 2 * LEASE - 1) == []
        assert not await stores.messages.finish([Finish(claimed, "failed", TIME, None)])
        assert not await stores.messages.retry([Retry(claimed, TIME, None)])
        assert await known(stores) == Customer("c-1", erased=True)
        (taken_over,) = await claims(stores, "t-2", TIME + 2 * LEASE)
        assert taken_over.message.status == "erased"

    async def test_nothing_begins_for_one_who_was_erased(self, stores: Stores) -> None:
        await planned(stores, make_occasion())
        claimed = await claim(stores)
        await stores.customers.erase("c-1")
        assert not await begin(stores, claimed)
        assert await known(stores) == Customer("c-1", erased=True)
