"""What the notifier's stores do about customers who were merged."""

from services.notifier.domain.customer import Customer
from services.notifier.ports import CaseChange, DecisionQuery, MessageQuery, Position, Stores
from tests.services.notifier.builders import TIME, make_act, make_customer, make_decision


def merged(id: str, into: str, revision: int = 2) -> Customer:
    """The record of an id that was given up."""
    return Customer(id, revision=revision, merged_into=into)


async def acts_of(stores: Stores, customer: str) -> list[str]:
    """The ids of the acts that were decided for a customer, newest first."""
    found = await stores.decisions.page(DecisionQuery(50, customer=customer))
    return [decision.act.ref.id for decision in found]


class MergesSuite:
    """Customers, decisions and messages under two ids of one person."""

    async def test_who_was_merged_stands_for_the_survivor(self, stores: Stores) -> None:
        lima = make_customer("c-2", email="lima@example.org")
        await stores.customers.put([make_customer(), lima])
        await stores.customers.change_cases([CaseChange("c-1", "k-1", True)])
        await stores.customers.put([merged("c-1", "c-2"), merged("c-3", "c-1")])
        expected = make_customer("c-2", email="lima@example.org", open_cases=frozenset(("k-1",)))
        ids = ["c-1", "c-2", "c-3"]
        assert await stores.customers.customers(ids) == dict.fromkeys(ids, expected)
        assert await stores.customers.survivors([*ids, "c-4"]) == {
            **dict.fromkeys(ids, "c-2"),
            "c-4": "c-4",
        }

    async def test_an_undone_merge_leaves_no_trace(self, stores: Stores) -> None:
        await stores.customers.put([make_customer(), make_customer("c-2")])
        await stores.customers.put([merged("c-1", "c-2")])
        await stores.customers.change_cases([CaseChange("c-1", "k-1", True)])
        back = make_customer(revision=3, name="Ada L.")
        await stores.customers.put([back])
        await stores.customers.put([merged("c-1", "c-2")])
        assert await stores.customers.customers(["c-1", "c-2"]) == {
            "c-1": make_customer(revision=3, name="Ada L.", open_cases=frozenset(("k-1",))),
            "c-2": make_customer("c-2"),
        }
        assert await stores.customers.survivors(["c-1"]) == {"c-1": "c-1"}

    async def test_of_a_survivor_who_is_not_known_yet_nothing_is_known(
        self, stores: Stores
    ) -> None:
        await stores.customers.put([merged("c-1", "c-2"), merged("c-8", "c-9")])
        await stores.customers.put([merged("c-9", "c-8")])
        known = await stores.customers.customers(["c-1", "c-8", "c-9"])
        assert known == {"c-1": Customer("c-2"), "c-8": Customer("c-8"), "c-9": Customer("c-8")}

    async def test_decisions_and_messages_are_found_under_the_survivor(
        self, stores: Stores
    ) -> None:
        acts = [make_act(str(n), f"c-{n % 3 + 1}") for n in range(6)]
        await stores.decisions.record([make_decision(a, now=TIME + n) for n, a in enumerate(acts)])
        assert await acts_of(stores, "c-2") == ["4", "1"]
        await stores.customers.put([merged("c-1", "c-2")])
        assert await acts_of(stores, "c-2") == ["4", "3", "1", "0"]
        first = await stores.decisions.page(DecisionQuery(3, customer="c-2"))
        after = Position(first[-1].decided_at, first[-1].id)
        (rest,) = await stores.decisions.page(DecisionQuery(3, after, customer="c-2"))
        assert rest.act.ref.id == "0"
        messages = await stores.messages.page(MessageQuery(50, "c-2"))
        assert [m.customer for m in messages] == ["c-2", "c-1", "c-2", "c-1"]
        seen = Position(messages[1].created_at, messages[1].id)
        assert list(await stores.messages.page(MessageQuery(50, "c-2", seen))) == messages[2:]
        await stores.customers.put([make_customer(revision=3)])
        assert await acts_of(stores, "c-2") == ["4", "1"]
        assert await acts_of(stores, "c-1") == ["3", "0"]

    async def test_a_sender_gets_the_survivors_address(self, stores: Stores) -> None:
        await stores.decisions.record([make_decision()])
        lima = make_customer("c-2", email="lima@example.org")
        await stores.customers.put([make_customer(), lima, merged("c-1", "c-2")])
        claim = await stores.messages.claim("t-1", TIME, TIME + 1)
        assert claim is not None
        assert (claim.message.customer, claim.customer) == ("c-1", lima)

    async def test_waking_one_wakes_all_who_stand_for_the_same(self, stores: Stores) -> None:
        await stores.decisions.record(
            [make_decision(make_act(id, id), Customer(id)) for id in ("c-1", "c-2", "c-3")]
        )
        await stores.customers.put([merged("c-1", "c-2")])
        for revision, woken in enumerate(("c-1", "c-2"), start=1):
            await stores.decisions.wake([woken], TIME)
            due = await stores.decisions.due(TIME, 10)
            assert {(d.act.customer, d.revision) for d in due} == {
                ("c-1", revision),
                ("c-2", revision),
            }

    async def test_who_comes_back_wakes_whom_they_stood_for(self, stores: Stores) -> None:
        await stores.decisions.record([make_decision(make_act("1", "c-2"), Customer("c-2"))])
        await stores.customers.put([merged("c-1", "c-2"), make_customer("c-2")])
        await stores.customers.put([make_customer(revision=3)])
        await stores.decisions.wake(["c-1"], TIME)
        assert len(await stores.decisions.due(TIME, 10)) == 1

    async def test_erasing_one_leaves_the_other_until_its_own_turn(self, stores: Stores) -> None:
        await stores.decisions.record([make_decision(make_act(id, id)) for id in ("c-1", "c-2")])
        await stores.customers.put([merged("c-1", "c-2"), make_customer("c-2")])
        await stores.customers.erase("c-2")
        assert (await stores.customers.customers(["c-1", "c-2"])) == {
            "c-1": Customer("c-2"),
            "c-2": Customer("c-2", erased=True),
        }
        assert await acts_of(stores, "c-1") == ["c-1"]
        await stores.customers.erase("c-1")
        assert await stores.customers.customers(["c-1"]) == {"c-1": Customer("c-1", erased=True)}
        assert await stores.customers.survivors(["c-1"]) == {"c-1": "c-1"}
        assert await acts_of(stores, "c-1") == []
