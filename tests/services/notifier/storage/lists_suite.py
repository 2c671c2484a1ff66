"""What a store of messages says of those that are there."""

from dataclasses import replace

from services.notifier.ports.decisions import Position
from services.notifier.ports.messages import MessageQuery
from services.notifier.ports.stores import Stores
from tests.services.notifier.builders import (
    TIME,
    make_customer,
    make_occasion,
    make_plan,
    make_policy,
    make_rule,
)
from tests.services.notifier.storage.asking import (
    TEXT,
    begin,
    claim,
    claims,
    finish,
    known,
    messages,
    planned,
)


class ListsSuite:
    """Messages of a customer, or about an order."""

    async def test_texts_are_forgotten_and_messages_are_not(self, stores: Stores) -> None:
        for n in range(2):
            await planned(stores, make_occasion(f"{n}"))
            claimed = await claim(stores, f"t-{n}")
            assert await begin(stores, claimed)
            assert await finish(stores, claimed, now=TIME + n)
        await stores.messages.forget_texts(TIME + 1)
        kept = {(m.finished_at, m.text) for m in await messages(stores)}
        assert kept == {(TIME, None), (TIME + 1, TEXT)}

    async def test_a_customers_messages_are_paged(self, stores: Stores) -> None:
        rules = make_policy(make_rule(), make_rule("h", on="help", channels=("inbox",)))
        for n in range(6):
            kind = ("purchase", "help")[n % 2]
            act = make_occasion(f"{n}", kind=kind)
            plan = make_plan(
                act,
                customer=replace(make_customer(), attention=(await known(stores)).attention),
                policy=rules,
                now=TIME + n // 4,
            )
            assert not await stores.decisions.carry_out([plan])
        whole = await messages(stores)
        order = [(m.created_at, m.id) for m in whole]
        assert order == sorted(order, reverse=True)
        assert len(whole) == 6
        last = Position(whole[3].created_at, whole[3].id)
        assert list(await stores.messages.page(MessageQuery(4, "c-1", last))) == whole[4:]
        inbox = [m for m in whole if m.channel == "inbox"]
        assert list(await stores.messages.page(MessageQuery(9, "c-1", channel="inbox"))) == inbox
        read = await stores.messages.mark_read(inbox[0].id, TIME + 7)
        assert read == replace(inbox[0], read_at=TIME + 7)
        assert await stores.messages.mark_read(inbox[0].id, TIME + 8) == read
        assert await stores.messages.mark_read("nothing", TIME) is None
        unread = MessageQuery(9, "c-1", channel="inbox", unread=True)
        assert list(await stores.messages.page(unread)) == inbox[1:]

    async def test_what_was_sent_about_an_order_is_found(self, stores: Stores) -> None:
        acts = [make_occasion(f"{n}", f"c-{n}") for n in range(3)]
        for n, act in enumerate((*acts, make_occasion("other", "c-9", order="1002"))):
            await planned(stores, act, now=TIME + n)
        assert await stores.messages.of_order("1001", "email", 10) == []
        for one in (await claims(stores, now=TIME + 9))[1:]:
            assert await begin(stores, one)
            assert await finish(stores, one)
        sent = await stores.messages.of_order("1001", "email", 10)
        assert [m.customer for m in sent] == ["c-2", "c-1"]
        assert await stores.messages.of_order("1001", "email", 1) == sent[:1]
        assert await stores.messages.of_order("1001", "print", 10) == []
