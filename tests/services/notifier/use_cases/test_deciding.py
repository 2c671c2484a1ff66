"""From a scored act to a decision that others know of."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision
from services.notifier.ports import CaseChange, DecisionQuery
from shared.contracts.messages import Decided
from shared.errors import Unavailable
from shared.messaging.ports import MessageLog, Record
from tests.services.notifier.builders import (
    DAY,
    TIME,
    TRACE,
    case_record,
    customer_record,
    make_act,
    make_customer,
    make_ref,
    scored,
)
from tests.services.notifier.parts import Parts, announced, open_parts, read


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[tuple[Parts, MessageLog]]:
    async with open_parts(tmp_path) as (parts, log):
        yield parts, log


async def standing(parts: Parts) -> dict[str, Decision]:
    found = await parts.stores.decisions.page(DecisionQuery(1000))
    return {decision.act.ref.id: decision for decision in found}


async def reasons(parts: Parts) -> dict[str, str]:
    return {id: decision.reason for id, decision in (await standing(parts)).items()}


async def test_an_order_that_is_told_again_is_thanked_for_once(
    opened: tuple[Parts, MessageLog],
) -> None:
    parts, _ = opened
    await parts.customers(customer_record())
    acts = [make_act("first"), replace(make_act("edited"), note="order_revised")]
    await parts.scored(*map(scored, acts))
    assert await reasons(parts) == {"first": "rule_applies", "edited": "told_before"}


async def test_every_act_gets_a_decision_that_others_are_told(
    opened: tuple[Parts, MessageLog],
) -> None:
    parts, log = opened
    await parts.customers(
        customer_record("c-1"),
        customer_record("c-2", consents=()),
        customer_record("c-3", email=None),
    )
    acts = [
        make_act("thanked"),
        make_act("old", day=-8),
        make_act("refund", kind="refund"),
        make_act("asked", "c-2"),
        make_act("nowhere", "c-3"),
        make_act("stranger", "c-4"),
    ]
    assert await parts.scored(*map(scored, acts)) == []
    expected = {
        "thanked": "rule_applies",
        "old": "stale",
        "refund": "no_rule",
        "asked": "no_consent",
        "nowhere": "no_address",
        "stranger": "unknown_customer",
    }
    assert await reasons(parts) == expected
    events = await announced(log)
    told = {event.subject: read(event) for event in events if event.subject != "c-1"}
    assert told.keys() == {"c-2", "c-3", "c-4"}
    assert len(events) == 6
    (thanked,) = [e for e in events if e.subject == "c-1" and b"thanked" in (e.data or b"")]
    assert thanked.source == "/requite/notifier"
    assert thanked.extensions == {"traceparent": TRACE}
    said = read(thanked)
    assert isinstance(said, Decided)
    assert said.message_id is not None
    assert said == Decided(
        act=make_ref("thanked"),
        verdict="thanked",
        reason="rule_applies",
        rule="purchase",
        message_id=said.message_id,
        survey="order",
    )


async def test_a_batch_that_comes_again_decides_nothing_and_says_the_same(
    opened: tuple[Parts, MessageLog],
) -> None:
    parts, log = opened
    await parts.customers(customer_record())
    batch = [scored(make_act(f"{n}")) for n in range(3)]
    await parts.scored(*batch, *batch)
    before = await standing(parts)
    parts.clock.advance(timedelta(days=30))
    await parts.scored(*batch)
    assert await standing(parts) == before
    ids = [event.id for event in await announced(log)]
    assert len(ids) == 6
    assert len(set(ids)) == 3


async def test_what_can_not_be_read_is_refused_and_stops_nobody(
    opened: tuple[Parts, MessageLog],
) -> None:
    parts, _ = opened
    good = scored(make_act())
    bad = [
        Record(b"c-1", b"{}", ()),
        Record(b"c-1", b"{", good.headers),
        Record(b"c-1", None, good.headers),
        Record(b"c-1", good.value, [h for h in good.headers if h[0] != "ce_subject"]),
        scored(replace(make_act(), ref=replace_time(make_ref()))),
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


async def test_a_stranger_is_thanked_once_known(opened: tuple[Parts, MessageLog]) -> None:
    parts, log = opened
    await parts.scored(scored(make_act()))
    await parts.decide_again()
    assert await reasons(parts) == {"1001": "unknown_customer"}
    await parts.customers(customer_record())
    await parts.decide_again()
    assert await reasons(parts) == {"1001": "rule_applies"}
    await parts.announce()
    verdicts = [read(event).verdict for event in await announced(log)]  # type: ignore[union-attr]
    assert verdicts == ["held", "thanked"]
    await parts.announce()
    assert len(await announced(log)) == 2


async def test_thanks_wait_until_the_last_case_is_closed(opened: tuple[Parts, MessageLog]) -> None:
    parts, _ = opened
    await parts.customers(customer_record())
    await parts.cases(case_record(is_open=True), case_record(case_id="k-2", is_open=True))
    await parts.scored(scored(make_act()))
    assert await reasons(parts) == {"1001": "open_case"}
    await parts.cases(case_record(is_open=False))
    await parts.decide_again()
    assert await reasons(parts) == {"1001": "open_case"}
    await parts.cases(case_record(case_id="k-2", is_open=False))
    await parts.decide_again()
    assert await reasons(parts) == {"1001": "rule_applies"}


async def test_what_is_held_too_long_is_stale(opened: tuple[Parts, MessageLog]) -> None:
    parts, _ = opened
    await parts.scored(*(scored(make_act(f"{n}", f"c-{n}", day=-n)) for n in range(3)))
    parts.clock.advance(timedelta(days=5) - timedelta(milliseconds=1))
    await parts.decide_again()
    assert set((await reasons(parts)).values()) == {"unknown_customer"}
    parts.clock.advance(timedelta(milliseconds=1))
    await parts.decide_again()
    assert await reasons(parts) == {
        "0": "unknown_customer",
        "1": "unknown_customer",
        "2": "stale",
    }


async def test_many_held_decisions_are_settled_in_rounds(opened: tuple[Parts, MessageLog]) -> None:
    parts, log = opened
    await parts.scored(*(scored(make_act(f"{n}")) for n in range(450)))
    await parts.customers(customer_record())
    await parts.decide_again()
    await parts.announce()
    assert set((await reasons(parts)).values()) == {"rule_applies"}
    assert len({event.id for event in await announced(log)}) == 900


async def test_a_change_between_reading_and_recording_is_not_missed(
    opened: tuple[Parts, MessageLog],
) -> None:
    parts, _ = opened
    record = parts.stores.decisions.record

    class Racing:
        def __getattr__(self, name: str) -> Any:
            return getattr(decisions, name)

        async def record(self, pairs: Any) -> Any:
            await parts.stores.customers.put([make_customer("c-1")])
            await parts.stores.customers.change_cases([CaseChange("c-2", "k-1", False)])
            await parts.stores.customers.erase("c-3")
            return await record(pairs)

    decisions = parts.stores.decisions
    await parts.stores.customers.change_cases([CaseChange("c-2", "k-1", True)])
    await parts.stores.customers.put([make_customer("c-2"), make_customer("c-3")])
    racing = replace(parts, stores=replace(parts.stores, decisions=Racing()))
    await racing.scored(*(scored(make_act(f"{n}", f"c-{n}")) for n in (1, 2, 3)))
    await parts.decide_again()
    now = await standing(parts)
    assert {id: d.reason for id, d in now.items() if d.act.customer} == {
        "1": "rule_applies",
        "2": "rule_applies",
    }
    assert now["3"].act.customer == ""


async def test_of_an_erased_customer_nothing_is_kept_or_told(
    opened: tuple[Parts, MessageLog],
) -> None:
    parts, log = opened
    await parts.customers(customer_record())
    await parts.scored(scored(make_act("before")))
    await parts.customers(Record(b"c-1", None))
    await parts.scored(scored(make_act("before")), scored(make_act("after")))
    (left,) = (await standing(parts)).values()
    assert left.act.customer == ""
    assert len(await announced(log)) == 1
    await parts.customers(customer_record(revision=1))
    await parts.scored(scored(make_act("back")))
    assert (await reasons(parts))["back"] == "rule_applies"
    known = await parts.stores.customers.customers(["c-1"])
    assert known["c-1"].erased is False


async def test_the_last_record_of_a_batch_counts(opened: tuple[Parts, MessageLog]) -> None:
    parts, _ = opened
    gone = Record(b"c-1", None)
    await parts.customers(customer_record(revision=2), gone, customer_record(revision=1, name="B"))
    known = (await parts.stores.customers.customers(["c-1"]))["c-1"]
    assert (known.revision, known.name) == (1, "B")
    await parts.customers(customer_record(revision=3), customer_record(revision=2), gone)
    assert await parts.stores.customers.customers(["c-1"]) == {"c-1": Customer("c-1", erased=True)}


async def test_nothing_is_lost_while_the_log_is_away(opened: tuple[Parts, MessageLog]) -> None:
    parts, log = opened

    @dataclass
    class Away:
        async def publish(self, topic: str, records: Any) -> None:
            raise Unavailable

    away = replace(parts, publisher=Away())
    await parts.customers(customer_record())
    with pytest.raises(Unavailable):
        await away.scored(scored(make_act()))
    await parts.scored(scored(make_act()))
    await parts.send()
    with pytest.raises(Unavailable):
        await away.announce()
    await parts.announce()
    assert len(await announced(log)) == 2


async def test_times_of_a_decision(opened: tuple[Parts, MessageLog]) -> None:
    parts, _ = opened
    await parts.scored(scored(make_act(day=-2)))
    (decision,) = (await standing(parts)).values()
    assert (decision.decided_at, decision.held_until) == (TIME, TIME + 5 * DAY)
