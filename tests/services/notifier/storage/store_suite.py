"""What the notifier's stores do; each adapter's test module binds `stores`."""

import asyncio
from dataclasses import replace

from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Text
from services.notifier.ports import CaseChange, Claim, DecisionQuery, MessageQuery, Position, Stores
from services.notifier.use_cases.deciding import follow
from tests.services.notifier.builders import DAY, TIME, make_act, make_customer, make_decision

TEXT = Text("Thank you", "You are kind.\n", "en")
LEASE = 1000


async def claim(stores: Stores, token: str = "t-1", now: int = TIME) -> Claim:
    claimed = await stores.messages.claim(token, now, now + LEASE)
    assert claimed is not None
    return claimed


async def page(stores: Stores, **query: object) -> list[str]:
    found = await stores.decisions.page(DecisionQuery(50, **query))  # type: ignore[arg-type]
    return [decision.act.ref.id for decision in found]


class StoreSuite:
    """Customers, decisions and messages, kept together."""

    async def test_an_unknown_customer_has_no_revision(self, stores: Stores) -> None:
        assert await stores.customers.customers(["c-1"]) == {"c-1": Customer("c-1")}
        assert await stores.customers.customers([]) == {}

    async def test_the_highest_revision_stands(self, stores: Stores) -> None:
        second = make_customer(revision=2, name="$Ada", surveys="withdrawn")
        await stores.customers.put([make_customer(), make_customer("c-2")])
        await stores.customers.put([second])
        await stores.customers.put([make_customer()])
        known = await stores.customers.customers(["c-1", "c-2"])
        assert known == {"c-1": second, "c-2": make_customer("c-2")}

    async def test_what_a_revision_leaves_out_is_gone(self, stores: Stores) -> None:
        await stores.customers.put([make_customer()])
        bare = Customer("c-1", revision=2)
        await stores.customers.put([bare])
        assert (await stores.customers.customers(["c-1"]))["c-1"] == bare

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
        await stores.customers.put([make_customer()])
        await stores.customers.change_cases([CaseChange("c-1", "k-1", False)])
        known = await stores.customers.customers(["c-1", "c-2", "c-3"])
        assert known["c-1"] == make_customer(open_cases=frozenset(("k-2",)))
        assert known["c-2"] == Customer("c-2")
        assert known["c-3"] == Customer("c-3")

    async def test_an_act_is_decided_once(self, stores: Stores) -> None:
        first = make_decision()
        other = make_decision(make_act("2"), now=TIME + 1)
        assert await stores.decisions.record([first]) == [first[0]]
        later = make_decision(now=TIME + DAY)
        assert await stores.decisions.record([other, later]) == [other[0], first[0]]
        assert await page(stores) == ["2", "1001"]
        assert len(await stores.messages.page(MessageQuery(50, "c-1"))) == 2

    async def test_a_batch_may_hold_all_kinds_of_decisions(self, stores: Stores) -> None:
        decided = [
            make_decision(),
            make_decision(make_act("old", day=-30)),
            make_decision(make_act("held"), Customer("c-1")),
            make_decision(make_act("r", kind="refund")),
        ]
        assert [d.verdict for d, _ in decided] == ["thanked", "suppressed", "held", "suppressed"]
        for _ in range(2):
            assert await stores.decisions.record(decided) == [d for d, _ in decided]
        (message,) = await stores.messages.page(MessageQuery(50, "c-1"))
        assert message == decided[0][1]

    async def test_racing_records_of_one_act_keep_one(self, stores: Stores) -> None:
        racing = [make_decision(now=TIME + n) for n in range(5)]
        results = await asyncio.gather(*(stores.decisions.record([one]) for one in racing))
        standing = {result[0].decided_at for result in results}
        assert len(standing) == 1
        assert len(await stores.messages.page(MessageQuery(50, "c-1"))) == 1

    async def test_held_decisions_fall_due_when_woken_or_too_old(self, stores: Stores) -> None:
        held = make_decision(customer=Customer("c-1"))
        other = make_decision(make_act("2", "c-2"), Customer("c-2"))
        await stores.decisions.record([held, other])
        assert await stores.decisions.due(TIME + 7 * DAY - 1, 10) == []
        assert len(await stores.decisions.due(TIME + 7 * DAY, 10)) == 2
        await stores.decisions.wake(["c-1", "c-9"], TIME)
        (due,) = await stores.decisions.due(TIME, 10)
        assert due == replace(held[0], due=TIME, revision=1)

    async def test_settling_replaces_the_revision_that_was_read(self, stores: Stores) -> None:
        held, _ = make_decision(customer=Customer("c-1"))
        stale, _ = make_decision(make_act("2"), Customer("c-1"))
        await stores.decisions.record([(held, None), (stale, None)])
        thanked, message = make_decision(now=TIME + 1)
        suppressed, _ = make_decision(make_act("2"), now=TIME + 8 * DAY)
        settled = [(follow(held, thanked), message), (follow(stale, suppressed), None)]
        await stores.decisions.wake(["c-1"], TIME)
        await stores.decisions.settle(settled)
        assert set(await page(stores, verdict="held")) == {"1001", "2"}
        assert await stores.messages.page(MessageQuery(50, "c-1")) == []
        fresh = [(replace(d, revision=1), m) for d, m in settled]
        await stores.decisions.settle(fresh)
        assert await page(stores, verdict="held") == []
        assert await page(stores, verdict="suppressed") == ["2"]
        assert await stores.messages.page(MessageQuery(50, "c-1")) == [message]
        assert await stores.decisions.due(TIME + 99 * DAY, 10) == []
        told = await stores.decisions.unannounced(10)
        assert {d.act.ref.id for d in told} == {"1001", "2"}
        await stores.decisions.announced(told[:1])
        assert await stores.decisions.unannounced(10) == told[1:]
        await stores.decisions.announced([replace(told[1], revision=1)])
        assert await stores.decisions.unannounced(10) == told[1:]

    async def test_pages_go_from_new_to_old(self, stores: Stores) -> None:
        await stores.decisions.record(
            [make_decision(make_act(f"{n}", f"c-{n % 2}"), now=TIME + n // 3) for n in range(12)]
        )
        everything = await stores.decisions.page(DecisionQuery(50))
        order = [(d.decided_at, d.id) for d in everything]
        assert order == sorted(order, reverse=True)
        position: Position | None = None
        seen: list[Decision] = []
        while found := await stores.decisions.page(DecisionQuery(5, position)):
            seen += found
            position = Position(found[-1].decided_at, found[-1].id)
        assert seen == everything
        assert set(await page(stores, customer="c-1")) == {"1", "3", "5", "7", "9", "11"}
        assert await page(stores, act_source="/shop", act_id="7") == ["7"]
        assert await page(stores, act_source="/other", act_id="7") == []
        assert len(await page(stores, customer="c-1", verdict="thanked")) == 6
        messages = await stores.messages.page(MessageQuery(4, "c-1"))
        last = Position(messages[-1].created_at, messages[-1].id)
        rest = await stores.messages.page(MessageQuery(4, "c-1", last))
        assert len({m.id for m in (*messages, *rest)}) == 6

    async def test_a_message_is_leased_to_one_sender(self, stores: Stores) -> None:
        await stores.customers.put([make_customer()])
        decision, message = make_decision()
        await stores.decisions.record([(decision, message)])
        assert await stores.messages.claim("early", TIME - 1, TIME) is None
        racing = [stores.messages.claim(f"t-{n}", TIME, TIME + LEASE) for n in range(5)]
        (won,) = [one for one in await asyncio.gather(*racing) if one is not None]
        assert won.message == replace(message, due=TIME + LEASE)  # type: ignore[type-var]
        assert (won.decision, won.customer) == (decision, make_customer())
        assert await stores.messages.claim("t-9", TIME + LEASE - 1, TIME + 9999) is None
        taken_over = await claim(stores, "t-9", TIME + LEASE)
        assert not await stores.messages.begin(won, TEXT)
        assert await stores.messages.begin(taken_over, TEXT)
        assert not await stores.messages.finish(won, "sent", TIME, None)
        assert not await stores.messages.retry(won, TIME, None)

    async def test_the_longest_due_goes_first(self, stores: Stores) -> None:
        await stores.decisions.record(
            [make_decision(make_act(f"{n}"), now=TIME - n) for n in range(3)]
        )
        claims = [await claim(stores, f"t-{n}") for n in range(3)]
        assert [one.message.created_at for one in claims] == [TIME - 2, TIME - 1, TIME]

    async def test_an_attempt_is_kept_before_and_after(self, stores: Stores) -> None:
        await stores.decisions.record([make_decision()])
        claimed = await claim(stores)
        id = claimed.message.id
        assert await stores.messages.begin(claimed, TEXT)
        sending = await stores.messages.message(id)
        assert sending is not None
        assert (sending.status, sending.attempts, sending.text) == ("sending", 1, TEXT)
        assert await stores.messages.retry(claimed, TIME + 5000, "451")
        waiting = await stores.messages.message(id)
        assert waiting is not None
        assert (waiting.status, waiting.due, waiting.code) == ("waiting", TIME + 5000, "451")
        assert await stores.messages.claim("t-2", TIME + 4999, TIME + 9999) is None
        again = await claim(stores, "t-2", TIME + 5000)
        assert await stores.messages.begin(again, TEXT)
        assert await stores.messages.finish(again, "sent", TIME + 6000, "250")
        sent = await stores.messages.message(id)
        assert sent is not None
        assert (sent.status, sent.attempts, sent.due) == ("sent", 2, None)
        assert (sent.code, sent.finished_at) == ("250", TIME + 6000)
        assert await stores.messages.claim("t-3", TIME + 99 * DAY, TIME + 100 * DAY) is None
        (decision,) = await stores.decisions.page(DecisionQuery(1))
        assert decision.act.data == b""
        assert await stores.messages.unannounced(10) == [sent]
        await stores.messages.announced([id])
        assert await stores.messages.unannounced(10) == []

    async def test_a_message_is_withdrawn_with_its_decision(self, stores: Stores) -> None:
        decision, message = make_decision()
        await stores.decisions.record([(decision, message)])
        claimed = await claim(stores)
        held, _ = make_decision(customer=make_customer(open_cases=frozenset(("k",))), now=TIME + 1)
        follower = follow(decision, held)
        assert not await stores.messages.withdraw(replace(claimed, token="other"), follower)
        assert not await stores.messages.withdraw(claimed, replace(follower, revision=5))
        assert await stores.messages.message(claimed.message.id) is not None
        assert await stores.messages.withdraw(claimed, follower)
        assert await stores.messages.message(claimed.message.id) is None
        (standing,) = await stores.decisions.page(DecisionQuery(1))
        assert standing == replace(held, announced=False, revision=1)
        # The same act can be thanked for later, by a message with the same id.
        thanked, again = make_decision(now=TIME + 2)
        await stores.decisions.settle([(follow(standing, thanked), again)])
        assert again is not None
        assert await stores.messages.message(again.id) == again

    async def test_texts_are_forgotten_and_messages_are_not(self, stores: Stores) -> None:
        await stores.decisions.record([make_decision(make_act(f"{n}")) for n in range(2)])
        for n in range(2):
            claimed = await claim(stores, f"t-{n}")
            await stores.messages.begin(claimed, TEXT)
            await stores.messages.finish(claimed, "sent", TIME + n, None)
        await stores.messages.forget_texts(TIME + 1)
        messages = await stores.messages.page(MessageQuery(50, "c-1"))
        assert {(m.finished_at, m.text) for m in messages} == {(TIME, None), (TIME + 1, TEXT)}

    async def test_nothing_of_an_erased_customer_is_left(self, stores: Stores) -> None:
        await stores.customers.put([make_customer(), make_customer("c-2")])
        await stores.customers.change_cases([CaseChange("c-1", "k-1", True)])
        await stores.decisions.record(
            [
                make_decision(make_act("sent"), now=TIME - 1),
                make_decision(make_act("held"), Customer("c-1")),
                make_decision(make_act("waiting")),
                make_decision(make_act("other", "c-2"), now=TIME + 1),
            ]
        )
        first = await claim(stores)
        await stores.messages.begin(first, TEXT)
        await stores.messages.finish(first, "sent", TIME, None)
        for _ in range(2):
            await stores.customers.erase("c-1")
        known = await stores.customers.customers(["c-1", "c-2"])
        assert known == {"c-1": Customer("c-1", erased=True), "c-2": make_customer("c-2")}
        assert await page(stores, customer="c-1") == []
        assert await stores.messages.page(MessageQuery(50, "c-1")) == []
        assert await stores.messages.message(first.message.id) is None
        assert await stores.messages.unannounced(10) == []
        assert await stores.decisions.unannounced(10) == []
        left = {d.act.ref.id: d for d in await stores.decisions.page(DecisionQuery(50))}
        assert (left["held"].verdict, left["held"].reason) == ("suppressed", "erased")
        assert left["sent"].verdict == "thanked"
        assert {left[id].act.data for id in ("sent", "held", "waiting")} == {b""}
        assert {left[id].act.customer for id in ("sent", "held", "waiting")} == {""}
        assert left["other"].act.customer == "c-2"
        assert await stores.decisions.due(TIME + 99 * DAY, 10) == []
        # What channels may hold is removed by whoever claims what is left of the messages.
        erased = [await claim(stores, f"e-{n}") for n in range(2)]
        for one in erased:
            assert (one.message.status, one.message.customer) == ("erased", "")
            assert one.message.text is None
            assert one.customer.erased
            await stores.messages.drop(one)
        assert (await claim(stores, now=TIME + 1)).customer.id == "c-2"

    async def test_an_erasure_takes_a_message_from_its_sender_when_the_lease_ends(
        self, stores: Stores
    ) -> None:
        await stores.decisions.record([make_decision()])
        claimed = await claim(stores)
        await stores.messages.begin(claimed, TEXT)
        await stores.customers.erase("c-1")
        assert await stores.messages.claim("t-2", TIME + LEASE - 1, TIME + DAY) is None
        assert not await stores.messages.finish(claimed, "sent", TIME, None)
        taken_over = await claim(stores, "t-2", TIME + LEASE)
        assert taken_over.message.status == "erased"

    async def test_one_who_comes_back_is_known_again(self, stores: Stores) -> None:
        await stores.customers.put([make_customer(revision=9)])
        await stores.customers.erase("c-1")
        await stores.customers.put([make_customer(revision=1)])
        assert (await stores.customers.customers(["c-1"]))["c-1"] == make_customer(revision=1)
        await stores.customers.ping()
