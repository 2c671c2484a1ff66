"""From what engagement tells to a decision that others know of."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from services.notifier.domain.customer import Customer, Standing
from services.notifier.ports.customers import CaseChange
from shared.contracts.messages import Decided
from shared.errors import Unavailable
from shared.messaging.ports import Record
from shared.programme.thanks_rules import Audience
from tests.services.notifier.builders import (
    DAY,
    TIME,
    TRACE,
    customer_record,
    make_customer,
    make_occasion,
    make_policy,
    make_ref,
    make_rule,
    scored,
    tell,
)
from tests.services.notifier.parts import Parts, announced, read
from tests.services.notifier.use_cases.conftest import Opened
from tests.services.notifier.use_cases.looking import ON_EACH_STORE, messages, reasons, standing


async def test_an_order_that_is_told_again_is_thanked_for_once(parts: Parts) -> None:
    await parts.customers(customer_record())
    acts = [make_occasion("first"), make_occasion("edited", note="order_revised")]
    await parts.scored(*map(scored, acts))
    assert await reasons(parts) == {"first": "rule_applies", "edited": "told_before"}


@ON_EACH_STORE
async def test_every_act_gets_a_decision_that_others_are_told(opened: Opened) -> None:
    parts, log = opened
    await parts.customers(
        customer_record("c-1"),
        customer_record("c-2", consents=()),
        customer_record("c-3", email=None),
    )
    acts = [
        make_occasion("thanked"),
        make_occasion("old", day=-8),
        make_occasion("refund", kind="refund"),
        make_occasion("asked", "c-2"),
        make_occasion("nowhere", "c-3"),
        make_occasion("stranger", "c-4"),
    ]
    assert await parts.scored(*map(scored, acts)) == []
    assert await reasons(parts) == {
        "thanked": "rule_applies",
        "old": "stale",
        "refund": "no_rule",
        "asked": "no_consent",
        "nowhere": "no_address",
        "stranger": "unknown_customer",
    }
    events = await announced(log)
    told = {event.subject: read(event) for event in events if event.subject != "c-1"}
    assert told.keys() == {"c-2", "c-3", "c-4"}
    assert len(events) == 6
    (thanked,) = [e for e in events if e.subject == "c-1" and b"thanked" in (e.data or b"")]
    assert (thanked.source, thanked.extensions) == ("/requite/notifier", {"traceparent": TRACE})
    said = read(thanked)
    (message,) = await messages(parts)
    assert isinstance(said, Decided)
    assert (said.act, said.verdict, said.reason) == (make_ref("thanked"), "thanked", "rule_applies")
    assert (said.rule, said.message_id, said.survey) == ("purchase", message.id, "order")


@ON_EACH_STORE
async def test_a_batch_that_comes_again_decides_nothing_and_says_the_same(opened: Opened) -> None:
    parts, log = opened
    await parts.customers(customer_record())
    batch = [scored(make_occasion(f"{n}")) for n in range(3)]
    await parts.scored(*batch, *batch)
    before = await standing(parts)
    parts.clock.advance(timedelta(days=30))
    await parts.scored(*batch)
    assert await standing(parts) == before
    ids = [event.id for event in await announced(log)]
    assert len(ids) == 6
    assert len(set(ids)) == 3


@ON_EACH_STORE
async def test_two_processes_with_the_same_batch_decide_once(opened: Opened) -> None:
    parts, log = opened
    await parts.customers(customer_record(), customer_record("c-2"))
    batch = [scored(make_occasion(f"{n}", f"c-{1 + n % 2}")) for n in range(6)]
    decisions = parts.stores.decisions

    class Slower:
        """Another has the same batch, and is done first."""

        done = False

        def __getattr__(self, name: str) -> Any:
            return getattr(decisions, name)

        async def carry_out(self, plans: Any) -> Any:
            if not self.done:
                self.done = True
                await parts.scored(*batch)
            return await decisions.carry_out(plans)

    slower: Any = Slower()
    await replace(parts, stores=replace(parts.stores, decisions=slower)).scored(*batch)
    decided = await standing(parts)
    assert len(decided) == 6
    sent = [*await messages(parts), *await messages(parts, "c-2")]
    assert sorted(m.decision_id for m in sent) == sorted(d.id for d in decided.values())
    known = await parts.stores.customers.customers(["c-1", "c-2"])
    assert [len(one.attention.charges) for one in known.values()] == [3, 3]
    assert len({event.id for event in await announced(log)}) == 6


@ON_EACH_STORE
async def test_attention_that_moves_on_before_writing_is_read_again(opened: Opened) -> None:
    parts, _ = opened
    policy = make_policy(budget=({"at_most": 1, "per": "day"},))
    parts = replace(parts, policy=policy)
    await parts.customers(customer_record())
    decisions = parts.stores.decisions

    class Racing:
        raced = False

        def __getattr__(self, name: str) -> Any:
            return getattr(decisions, name)

        async def carry_out(self, plans: Any) -> Any:
            if not self.raced:
                self.raced = True
                await parts.scored(scored(make_occasion("other")))
            return await decisions.carry_out(plans)

    racing: Any = Racing()
    await replace(parts, stores=replace(parts.stores, decisions=racing)).scored(
        scored(make_occasion("mine"))
    )
    assert await reasons(parts) == {"other": "rule_applies", "mine": "over_budget"}


async def test_what_can_not_be_read_is_refused_and_stops_nobody(parts: Parts) -> None:
    good = scored(make_occasion())
    wrong = replace(make_occasion(), ref=replace_time(make_ref()))
    bad = [
        Record(b"c-1", b"{}", ()),
        Record(b"c-1", b"{", good.headers),
        Record(b"c-1", None, good.headers),
        Record(b"c-1", good.value, [h for h in good.headers if h[0] != "ce_subject"]),
        scored(wrong),
    ]
    other = Record(
        b"c-1", b"{}", [("ce_type", b"other") if h[0] == "ce_type" else h for h in good.headers]
    )
    refused = await parts.scored(*bad, good, other)
    assert [one.delivery.offset for one in refused] == [0, 1, 2, 3, 4]
    assert await reasons(parts) == {"1001": "unknown_customer"}
    for handle in (parts.customers, parts.cases):
        assert len(await handle(Record(b"c-1", b"{}", ()))) == 1
    broken = customer_record(
        consents=({"purpose": "thanks", "channel": "email", "state": "granted", "time": "x"},)
    )
    assert len(await parts.customers(broken, Record(b"\xff", None))) == 2


def replace_time(ref: Any) -> Any:
    return type(ref)(source=ref.source, id=ref.id, type=ref.type, time="yesterday")


@ON_EACH_STORE
async def test_a_change_between_reading_and_writing_is_not_missed(opened: Opened) -> None:
    parts, _ = opened
    customers, decisions = parts.stores.customers, parts.stores.decisions

    class Racing:
        def __getattr__(self, name: str) -> Any:
            return getattr(decisions, name)

        async def carry_out(self, plans: Any) -> Any:
            await customers.put([tell(make_customer("c-1"))])
            await customers.change_cases([CaseChange("c-2", "k-1", False)])
            written = await decisions.carry_out(plans)
            await customers.erase("c-3")
            return written

    await customers.change_cases([CaseChange("c-2", "k-1", True)])
    await customers.put([tell(make_customer("c-2")), tell(make_customer("c-3"))])
    racing: Any = Racing()
    other = replace(parts, stores=replace(parts.stores, decisions=racing))
    await other.scored(*(scored(make_occasion(f"{n}", f"c-{n}")) for n in (1, 2, 3)))
    await parts.decide_again()
    now = await standing(parts)
    named = {id: d.reason for id, d in now.items() if d.occasion.customer}
    assert named == {"1": "rule_applies", "2": "rule_applies"}
    assert now["3"].occasion.customer == ""


@ON_EACH_STORE
async def test_nor_is_it_if_the_process_dies_before_it_looks_again(opened: Opened) -> None:
    parts, _ = opened
    customers, decisions = parts.stores.customers, parts.stores.decisions

    class Dying:
        def __getattr__(self, name: str) -> Any:
            return getattr(decisions, name)

        async def carry_out(self, plans: Any) -> Any:
            await customers.put([tell(make_customer("c-1"))])
            await customers.erase("c-2")
            await decisions.carry_out(plans)
            raise Unavailable("dead")

    dying: Any = Dying()
    other = replace(parts, stores=replace(parts.stores, decisions=dying))
    both = [scored(make_occasion(f"{n}", f"c-{n}")) for n in (1, 2)]
    with pytest.raises(Unavailable):
        await other.scored(*both)
    await parts.scored(*both)
    await parts.decide_again()
    now = await standing(parts)
    assert {id: d.reason for id, d in now.items() if d.occasion.customer} == {"1": "rule_applies"}


@ON_EACH_STORE
async def test_who_is_erased_before_the_plan_is_written_leaves_nothing(opened: Opened) -> None:
    parts, log = opened
    customers, decisions = parts.stores.customers, parts.stores.decisions
    await customers.put([tell(make_customer("c-1")), tell(make_customer("c-2"))])

    class Racing:
        def __getattr__(self, name: str) -> Any:
            return getattr(decisions, name)

        async def carry_out(self, plans: Any) -> Any:
            await customers.erase("c-1")
            return await decisions.carry_out(plans)

    racing: Any = Racing()
    other = replace(parts, stores=replace(parts.stores, decisions=racing))
    await other.scored(scored(make_occasion("1")), scored(make_occasion("2", "c-2")))
    assert await reasons(parts) == {"2": "rule_applies"}
    assert [event.subject for event in await announced(log)] == ["c-2"]


@ON_EACH_STORE
async def test_of_an_erased_customer_nothing_is_kept_or_told(opened: Opened) -> None:
    parts, log = opened
    await parts.customers(customer_record())
    await parts.scored(scored(make_occasion("before")))
    await parts.customers(Record(b"c-1", None))
    await parts.scored(scored(make_occasion("before")), scored(make_occasion("after")))
    (left,) = (await standing(parts)).values()
    assert left.occasion.customer == ""
    assert len(await announced(log)) == 1
    await parts.customers(customer_record(revision=1))
    await parts.scored(scored(make_occasion("back")))
    # The address of somebody who was erased stays unused until it is freed by hand.
    assert (await reasons(parts))["back"] == "address_suppressed"
    known = await parts.stores.customers.customers(["c-1"])
    assert known["c-1"].erased is False


async def test_the_last_record_of_a_batch_counts(parts: Parts) -> None:
    gone = Record(b"c-1", None)
    await parts.customers(customer_record(revision=2), gone, customer_record(revision=1, name="B"))
    record = (await parts.stores.customers.customers(["c-1"]))["c-1"].record
    assert record is not None
    assert (record.revision, record.name) == (1, "B")
    await parts.customers(customer_record(revision=3), customer_record(revision=2), gone)
    assert await parts.stores.customers.customers(["c-1"]) == {"c-1": Customer("c-1", erased=True)}


async def test_nothing_is_lost_while_the_log_is_away(opened: Opened) -> None:
    parts, log = opened

    @dataclass
    class Away:
        async def publish(self, topic: str, records: Any) -> None:
            raise Unavailable

    away = replace(parts, publisher=Away())
    await parts.customers(customer_record())
    with pytest.raises(Unavailable):
        await away.scored(scored(make_occasion()))
    await parts.scored(scored(make_occasion()))
    await parts.send()
    with pytest.raises(Unavailable):
        await away.announce()
    await parts.announce()
    assert len(await announced(log)) == 2


async def test_times_of_a_decision(parts: Parts) -> None:
    await parts.scored(scored(make_occasion(day=-2)))
    (decision,) = (await standing(parts)).values()
    assert (decision.arrived_at, decision.decided_at) == (TIME, TIME)
    assert (decision.held_until, decision.due) == (TIME + 5 * DAY, TIME + 5 * DAY)


@ON_EACH_STORE
async def test_a_level_counts_from_the_moment_that_tells_of_it(opened: Opened) -> None:
    parts, _ = opened
    friends = Audience(levels=frozenset({"friend"}))
    parts = replace(
        parts, policy=make_policy(make_rule("friends", on="level_reached", audience=friends))
    )
    await parts.customers(customer_record())
    await parts.stores.customers.stand({"c-1": Standing(time=TIME - DAY, level="guest")})
    await parts.decide([make_occasion("m-1", kind="level_reached.friend")])
    assert await reasons(parts) == {"m-1": "rule_applies"}
    await parts.send()
    assert [m.status for m in await messages(parts)] == ["sent"]
    await parts.stores.customers.stand({"c-1": Standing(time=TIME + 1, level="guest")})
    await parts.decide([make_occasion("m-2", kind="level_reached.friend")])
    assert (await reasons(parts))["m-2"] == "no_rule"


@ON_EACH_STORE
async def test_the_first_is_said_so_once_also_by_a_merged_id(opened: Opened) -> None:
    parts, _ = opened
    first = make_rule("first", audience=Audience(first=True))
    parts = replace(parts, policy=make_policy(first, make_rule("later")))
    merged = customer_record("c-2", revision=2, merged_into="c-1", email=None, consents=())
    await parts.customers(customer_record(), merged)
    await parts.scored(scored(make_occasion("1", "c-2")), scored(make_occasion("2")))
    await parts.scored(scored(make_occasion("3")), scored(make_occasion("1", "c-2")))
    rules = {id: decision.rule for id, decision in (await standing(parts)).items()}
    assert sorted(filter(None, rules.values())) == ["first", "later", "later"]
    await parts.send()
    assert {m.rule: m.status for m in await messages(parts)} == {"first": "sent", "later": "sent"}
