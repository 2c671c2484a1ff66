"""What the notifier's stores do about customers who were merged."""

from dataclasses import replace

from services.notifier.domain.consent import Consent
from services.notifier.domain.customer import Customer, Record, Standing
from services.notifier.domain.marks import Mark
from services.notifier.domain.planning import Plan, reconsider
from services.notifier.domain.preferences import Preferences
from services.notifier.ports.customers import CaseChange, Told
from services.notifier.ports.decisions import DecisionQuery, Position, UnthankedQuery
from services.notifier.ports.messages import Finish, MessageQuery
from services.notifier.ports.stores import Stores
from shared.contracts.messages import Preferred
from tests.services.notifier.builders import (
    AGREED,
    TIME,
    make_customer,
    make_occasion,
    make_plan,
    make_policy,
    tell,
)
from tests.services.notifier.storage.asking import (
    about,
    begin,
    claim,
    claims,
    known,
    messages,
    page,
    planned,
)

LIMA = make_customer("c-2", email="lima@example.org")
SAID = Preferred(source="page", time="2026-03-01T12:00:00Z")


def merged(id: str, into: str, revision: int = 2) -> Told:
    """The record of an id that was given up."""
    return Told(id, Record(revision=revision), merged_into=into)


class MergesSuite:
    """Customers, decisions and messages under two ids of one person."""

    async def test_who_was_merged_stands_for_the_survivor(self, stores: Stores) -> None:
        await stores.customers.put([tell(make_customer()), tell(LIMA)])
        await stores.customers.change_cases([CaseChange("c-1", "k-1", True)])
        await stores.customers.put([merged("c-1", "c-2"), merged("c-3", "c-1")])
        expected = replace(LIMA, open_cases=frozenset(("k-1",)))
        ids = ["c-1", "c-2", "c-3"]
        assert await about(stores, *ids) == dict.fromkeys(ids, expected)
        assert await stores.customers.survivors([*ids, "c-4"]) == {
            **dict.fromkeys(ids, "c-2"),
            "c-4": "c-4",
        }

    async def test_all_that_is_kept_under_each_id_is_the_persons(self, stores: Stores) -> None:
        refused = Consent(purpose="survey", channel="any", state="withdrawn", time=TIME)
        own = Mark(kind="refund", key="1001", opened=TIME)
        other = Mark(kind="refund", key="1001", closed=TIME + 1)
        weekly = Preferences(frequency="weekly", channels=("sms",), revision=1)
        paused = Preferences(paused_until=TIME, revision=1)
        await stores.customers.put([tell(make_customer()), tell(replace(LIMA, consents=()))])
        await stores.customers.mark({"c-1": [own], "c-2": [other]})
        await stores.customers.stand({"c-1": Standing(time=TIME + 1, level="friend")})
        await stores.customers.stand({"c-2": Standing(time=TIME, level="new")})
        assert await stores.customers.prefer("c-1", weekly, [refused], SAID)
        assert await stores.customers.prefer("c-2", paused, [], SAID)
        await planned(stores, make_occasion("1"))
        await planned(stores, make_occasion("2", "c-2"))
        charges = [c for id in ("c-1", "c-2") for c in (await known(stores, id)).attention.charges]
        await stores.customers.put([merged("c-1", "c-2")])
        person = await known(stores)
        assert person == await known(stores, "c-2")
        assert person.id == "c-2"
        assert person.record == LIMA.record
        assert person.standing.level == "new"
        assert person.consents == (AGREED, refused)
        assert person.marks == (Mark(kind="refund", key="1001", opened=TIME, closed=TIME + 1),)
        assert (person.preferences.frequency, person.preferences.paused_until) == ("weekly", TIME)
        assert set(person.attention.charges) == set(charges)
        assert len(charges) == 2

    async def test_an_undone_merge_leaves_no_trace(self, stores: Stores) -> None:
        await stores.customers.put([tell(make_customer()), tell(LIMA)])
        await stores.customers.put([merged("c-1", "c-2")])
        await stores.customers.change_cases([CaseChange("c-1", "k-1", True)])
        back = make_customer(revision=3, name="Ada L.")
        await stores.customers.put([tell(back)])
        await stores.customers.put([merged("c-1", "c-2")])
        assert await about(stores, "c-1", "c-2") == {
            "c-1": replace(back, open_cases=frozenset(("k-1",))),
            "c-2": LIMA,
        }
        assert await stores.customers.survivors(["c-1"]) == {"c-1": "c-1"}

    async def test_of_a_survivor_who_is_not_known_yet_there_is_no_record(
        self, stores: Stores
    ) -> None:
        await stores.customers.put([merged("c-1", "c-2"), merged("c-8", "c-9")])
        await stores.customers.put([merged("c-9", "c-8")])
        assert await about(stores, "c-1", "c-8", "c-9") == {
            "c-1": Customer("c-2"),
            "c-8": Customer("c-8"),
            "c-9": Customer("c-8"),
        }

    async def test_what_the_person_says_replaces_what_any_id_said(self, stores: Stores) -> None:
        rare = Preferences(frequency="monthly", revision=1)
        assert await stores.customers.prefer("c-1", rare, [], SAID)
        await stores.customers.put([merged("c-1", "c-2"), tell(LIMA)])
        assert not await stores.customers.prefer("c-2", Preferences(revision=1), [], SAID)
        usual = Preferences(revision=2)
        assert await stores.customers.prefer("c-2", usual, [], SAID)
        assert (await known(stores)).preferences == usual

    async def test_a_plan_does_not_outlive_a_merge_or_its_end(self, stores: Stores) -> None:
        await stores.customers.put([tell(make_customer()), tell(LIMA)])
        alone = [await known(stores, id) for id in ("c-1", "c-2")]
        await stores.customers.put([merged("c-1", "c-2")])
        plans = [make_plan(make_occasion(one.id, one.id), customer=one) for one in alone]
        assert set(await stores.decisions.carry_out(plans)) == {"c-1", "c-2"}
        together = make_plan(make_occasion("1"), customer=await known(stores))
        await stores.customers.put([tell(make_customer(revision=3))])
        assert list(await stores.decisions.carry_out([together])) == ["c-2"]
        assert await page(stores) == []

    async def test_nothing_begins_once_its_customer_was_merged(self, stores: Stores) -> None:
        await stores.customers.put([tell(make_customer()), tell(LIMA)])
        await planned(stores, make_occasion())
        claimed = await claim(stores)
        await stores.customers.put([merged("c-1", "c-2")])
        assert not await begin(stores, claimed)
        assert await begin(stores, replace(claimed, customer=await known(stores)))

    async def test_a_plan_for_a_survivor_is_written_for_all_ids(self, stores: Stores) -> None:
        await stores.customers.put([merged("c-1", "c-2")])
        await planned(stores, make_occasion("1"), make_occasion("2"), able=False)
        await stores.customers.put([tell(LIMA)])
        person = await known(stores)
        held = (await stores.decisions.held(["c-2"]))["c-2"]
        assert list((await stores.decisions.held(["c-1"]))["c-1"]) == held
        plan = make_plan(held=held, customer=person)
        assert plan.customer == "c-2"
        assert not await stores.decisions.carry_out([plan])
        assert {m.customer for m in await messages(stores, "c-2")} == {"c-1"}
        assert (await known(stores)).attention.charges == plan.charges

    async def test_what_failed_is_given_back_under_every_id(self, stores: Stores) -> None:
        await stores.customers.put([tell(make_customer()), tell(LIMA)])
        await planned(stores, make_occasion())
        await stores.customers.put([merged("c-1", "c-2")])
        claimed = await claim(stores)
        assert await begin(stores, claimed)
        assert len((await known(stores)).attention.charges) == 1
        assert await stores.messages.finish([Finish(claimed, "failed", TIME, None)])
        assert (await known(stores)).attention.charges == ()
        await stores.customers.put([tell(make_customer(revision=3))])
        assert (await known(stores)).attention.charges == ()

    async def test_what_a_plan_gives_back_is_given_back_under_every_id(
        self, stores: Stores
    ) -> None:
        await stores.customers.put([tell(make_customer()), tell(LIMA)])
        await planned(stores, make_occasion("1"))
        await planned(stores, make_occasion("2"), now=TIME + 1)
        await stores.customers.put([merged("c-1", "c-2")])
        (claimed,) = await claims(stores)
        plan = reconsider(
            replace(claimed.customer, open_cases=frozenset(("k-1",))),
            *(claimed.message, claimed.decisions, make_policy(), TIME + 2),
        )
        assert await stores.messages.withdraw(claimed, plan)
        (left,) = (await known(stores)).attention.charges
        assert left.at == TIME + 1
        await stores.customers.put([tell(make_customer(revision=3))])
        assert (await known(stores)).attention.charges == (left,)

    async def test_decisions_and_messages_are_found_under_the_survivor(
        self, stores: Stores
    ) -> None:
        for n in range(6):
            await planned(stores, make_occasion(str(n), f"c-{n % 3 + 1}"), now=TIME + n)
        assert await page(stores, customer="c-2") == ["4", "1"]
        await stores.customers.put([merged("c-1", "c-2")])
        assert await page(stores, customer="c-2") == ["4", "3", "1", "0"]
        first = await stores.decisions.page(DecisionQuery(3, customer="c-2"))
        after = Position(first[-1].decided_at, first[-1].id)
        (rest,) = await stores.decisions.page(DecisionQuery(3, after, customer="c-2"))
        assert rest.occasion.ref.id == "0"
        found = await messages(stores, "c-2")
        assert [m.customer for m in found] == ["c-2", "c-1", "c-2", "c-1"]
        seen = Position(found[1].created_at, found[1].id)
        assert list(await stores.messages.page(MessageQuery(50, "c-2", seen))) == found[2:]
        await stores.customers.put([tell(make_customer(revision=3))])
        assert await page(stores, customer="c-2") == ["4", "1"]
        assert await page(stores, customer="c-1") == ["3", "0"]

    async def test_a_sender_gets_the_survivor_and_one_message_of_theirs(
        self, stores: Stores
    ) -> None:
        await planned(stores, make_occasion())
        await planned(stores, make_occasion("2", "c-2"), now=TIME + 1)
        await stores.customers.put([tell(LIMA), merged("c-1", "c-2")])
        (claimed,) = await claims(stores, now=TIME + 5)
        assert (claimed.message.customer, claimed.customer.record) == ("c-1", LIMA.record)
        (other,) = await claims(stores, "t-2", TIME + 5)
        assert other.message.customer == "c-2"

    async def test_waking_one_wakes_all_who_stand_for_the_same(self, stores: Stores) -> None:
        for id in ("c-1", "c-2", "c-3"):
            await planned(stores, make_occasion(id, id), able=False)
        await stores.customers.put([merged("c-1", "c-2")])
        for revision, woken in enumerate(("c-1", "c-2"), start=1):
            await stores.decisions.wake([woken], TIME)
            assert set(await stores.decisions.due(TIME, 10)) == {"c-1", "c-2"}
            held = (await stores.decisions.held(["c-1"]))["c-1"]
            assert [d.revision for d in held] == [revision, revision]
        assert len(await stores.decisions.unthanked(UnthankedQuery(9, customer="c-1"))) == 2

    async def test_who_comes_back_wakes_whom_they_stood_for(self, stores: Stores) -> None:
        await planned(stores, make_occasion("1", "c-2"), able=False)
        await stores.customers.put([merged("c-1", "c-2"), tell(LIMA)])
        await stores.customers.put([tell(make_customer(revision=3))])
        await stores.decisions.wake(["c-1"], TIME)
        assert await stores.decisions.due(TIME, 10) == ["c-2"]

    async def test_erasing_one_leaves_the_other_until_its_own_turn(self, stores: Stores) -> None:
        for id in ("c-1", "c-2"):
            await planned(stores, make_occasion(id, id))
        await stores.customers.put([merged("c-1", "c-2"), tell(LIMA)])
        await stores.customers.erase("c-2")
        left = await about(stores, "c-1", "c-2")
        assert left["c-2"] == Customer("c-2", erased=True)
        assert (left["c-1"].id, left["c-1"].record, left["c-1"].erased) == ("c-2", None, False)
        assert await page(stores, customer="c-1") == ["c-1"]
        assert list(await stores.customers.erased(["c-1", "c-2"])) == ["c-2"]
        await stores.customers.erase("c-1")
        assert await stores.customers.customers(["c-1"]) == {"c-1": Customer("c-1", erased=True)}
        assert await stores.customers.survivors(["c-1"]) == {"c-1": "c-1"}
        assert {*await stores.customers.erased(["c-1", "c-2"])} == {"c-1", "c-2"}
        assert await page(stores, customer="c-1") == []

    async def test_what_waits_for_an_erased_survivor_can_be_held(self, stores: Stores) -> None:
        await stores.customers.put([merged("c-1", "c-2"), tell(LIMA)])
        await stores.customers.erase("c-2")
        await planned(stores, make_occasion(), able=False)
        assert await page(stores, verdict="held") == ["1001"]
        # But nothing more is kept of who was erased.
        seen = Plan("c-2", 0, seen={"help": "d-1"})
        assert not await stores.decisions.carry_out([seen])
        assert await known(stores) == Customer("c-2")
