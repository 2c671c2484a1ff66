"""What was held is decided again once it may go, and nothing turns in circles."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.notifier.domain.customer import Standing
from services.notifier.domain.marks import Mark
from services.notifier.domain.wish import Wish
from services.notifier.use_cases.customers import KeepMarks, KeepStandings
from services.notifier.use_cases.deciding import DecideAgain
from shared.programme.thanks_rules import Audience
from tests.services.notifier.builders import (
    DAY,
    TIME,
    case_record,
    customer_record,
    make_occasion,
    make_policy,
    make_rule,
    scored,
)
from tests.services.notifier.parts import Letterbox, Parts, announced, read
from tests.services.notifier.use_cases.conftest import Opened
from tests.services.notifier.use_cases.looking import (
    ON_EACH_STORE,
    ONE_A_DAY,
    merging,
    messages,
    only_reason,
    reasons,
    standing,
)

HOUR = timedelta(hours=1)


async def test_a_stranger_is_thanked_once_known(opened: Opened) -> None:
    parts, log = opened
    await parts.scored(scored(make_occasion()))
    await parts.decide_again()
    assert await only_reason(parts) == "unknown_customer"
    await parts.customers(customer_record())
    await parts.decide_again()
    assert await only_reason(parts) == "rule_applies"
    await parts.announce()
    verdicts = [read(event).verdict for event in await announced(log)]  # type: ignore[union-attr]
    assert verdicts == ["held", "thanked"]
    await parts.announce()
    assert len(await announced(log)) == 2


async def test_thanks_wait_until_the_last_case_is_closed(parts: Parts) -> None:
    await parts.customers(customer_record())
    await parts.cases(case_record(is_open=True), case_record(case_id="k-2", is_open=True))
    await parts.scored(scored(make_occasion()))
    assert await only_reason(parts) == "open_case"
    await parts.cases(case_record(is_open=False))
    await parts.decide_again()
    assert await only_reason(parts) == "open_case"
    await parts.cases(case_record(case_id="k-2", is_open=False))
    await parts.decide_again()
    assert await only_reason(parts) == "rule_applies"


async def test_what_is_held_too_long_is_stale(parts: Parts) -> None:
    await parts.scored(*(scored(make_occasion(f"{n}", f"c-{n}", day=-n)) for n in range(3)))
    parts.clock.advance(timedelta(days=5) - timedelta(milliseconds=1))
    await parts.decide_again()
    assert set((await reasons(parts)).values()) == {"unknown_customer"}
    parts.clock.advance(timedelta(milliseconds=1))
    await parts.decide_again()
    assert await reasons(parts) == {"0": "unknown_customer", "1": "unknown_customer", "2": "stale"}


async def test_many_held_decisions_are_settled_in_rounds(opened: Opened) -> None:
    parts, log = opened
    await parts.scored(*(scored(make_occasion(f"{n}")) for n in range(450)))
    await parts.customers(customer_record())
    await parts.decide_again()
    await parts.announce()
    assert set((await reasons(parts)).values()) == {"rule_applies"}
    assert len({event.id for event in await announced(log)}) == 900


Step = Callable[[Parts], Awaitable[Any]]


async def _mark(parts: Parts, **changes: Any) -> None:
    keep = KeepMarks(parts.stores, parts.clock, parts.wake)
    await keep({"c-1": [Mark(key="77", **changes)]})


async def _wish(parts: Parts, **changes: Any) -> None:
    await parts.prefer("c-1", Wish(**changes), "page")
    await parts.tell_wishes()


async def _later(parts: Parts, by: timedelta) -> None:
    parts.clock.advance(by)


async def _stand(parts: Parts, level: str, time: int) -> None:
    await KeepStandings(parts.stores, parts.clock, parts.wake)(
        {"c-1": Standing(time=time, level=level)}
    )


HELD: dict[str, tuple[Step, Step]] = {
    "open_case": (
        lambda p: p.cases(case_record(is_open=True)),
        lambda p: p.cases(case_record(is_open=False)),
    ),
    "pending_refund": (
        lambda p: _mark(p, kind="refund", opened=TIME - 1),
        lambda p: _mark(p, kind="refund", closed=TIME),
    ),
    "late_parcel": (
        lambda p: _mark(p, kind="promise", opened=TIME - 1),
        lambda p: _mark(p, kind="promise", closed=TIME),
    ),
    "paused_by_customer": (
        lambda p: _wish(p, pause=TIME + DAY),
        lambda p: _wish(p, pause=0),
    ),
    "quiet_hours": (
        lambda p: _later(p, timedelta(hours=10)),
        lambda p: _later(p, timedelta(hours=9)),
    ),
    "over_budget": (
        lambda p: p.scored(scored(make_occasion("before"))),
        lambda p: _later(p, timedelta(hours=20)),
    ),
}


@ON_EACH_STORE
@pytest.mark.parametrize("reason", HELD)
async def test_it_waits_for_a_reason_and_goes_when_that_is_gone(
    opened: Opened, box: Letterbox, reason: str
) -> None:
    parts = replace(opened[0], policy=make_policy(budget=ONE_A_DAY))
    hinder, free = HELD[reason]
    await parts.customers(customer_record())
    await hinder(parts)
    await parts.scored(scored(make_occasion()))
    assert (await reasons(parts))["1001"] == reason
    await parts.decide_again()
    assert (await reasons(parts))["1001"] == reason
    await parts.send()
    before = len(box.letters)
    await free(parts)
    await parts.decide_again()
    await parts.send()
    assert (await reasons(parts))["1001"] == "rule_applies"
    assert len(box.letters) == before + 1


@pytest.mark.parametrize(
    ("kind", "after"), [("refund", 30), ("promise", 30)], ids=["refund", "parcel"]
)
async def test_waiting_is_given_up_in_the_end(parts: Parts, kind: Any, after: int) -> None:
    parts = replace(parts, policy=make_policy(make_rule(stale_after=None)))
    await parts.customers(customer_record())
    await _mark(parts, kind=kind, opened=TIME)
    await parts.scored(scored(make_occasion()))
    parts.clock.advance(timedelta(days=after) - timedelta(milliseconds=1))
    await parts.decide_again()
    assert (await standing(parts))["1001"].verdict == "held"
    parts.clock.advance(timedelta(milliseconds=1))
    await parts.decide_again()
    assert await only_reason(parts) == "rule_applies"


async def test_another_level_can_mean_another_rule(parts: Parts) -> None:
    friends = make_rule("friends", audience=Audience(levels=frozenset({"friend"})))
    parts = replace(parts, policy=make_policy(friends, make_rule("others")))
    await parts.customers(customer_record())
    await parts.cases(case_record(is_open=True))
    await parts.scored(scored(make_occasion()))
    assert (await standing(parts))["1001"].rule == "others"
    await _stand(parts, "friend", TIME)
    await parts.decide_again()
    assert (await standing(parts))["1001"].rule == "friends"


@ON_EACH_STORE
async def test_acts_of_one_batch_go_in_one_message(opened: Opened, box: Letterbox) -> None:
    parts = replace(opened[0], policy=make_policy(merging()))
    await parts.customers(customer_record())
    await parts.scored(*(scored(make_occasion(f"{n}", day=-n / 10)) for n in range(3)))
    await parts.send()
    (letter,) = box.letters
    decided = await standing(parts)
    assert sorted(d.verdict for d in decided.values()) == ["merged", "merged", "thanked"]
    assert {d.message_id for d in decided.values()} == {letter.id}
    lead = next(d for d in decided.values() if d.verdict == "thanked")
    assert {d.merged_into for d in decided.values()} == {None, lead.id}
    (message,) = await messages(parts)
    assert message.since == min(d.occasion.time for d in decided.values())
    assert parts.observed == [("thanks", (TIME - message.since) / 1000)]


async def test_what_gathers_goes_together_when_the_first_has_waited_enough(
    parts: Parts, box: Letterbox
) -> None:
    parts = replace(parts, policy=make_policy(merging(merges=HOUR)))
    await parts.customers(customer_record())
    await parts.scored(scored(make_occasion("1")))
    parts.clock.advance(HOUR / 2)
    await parts.scored(scored(make_occasion("2")))
    await parts.decide_again()
    assert set((await reasons(parts)).values()) == {"gathering"}
    parts.clock.advance(HOUR / 2)
    await parts.decide_again()
    await parts.send()
    assert len(box.letters) == 1
    assert sorted((await reasons(parts)).values()) == ["merged_into", "rule_applies"]


@ON_EACH_STORE
async def test_two_ids_of_one_person_share_one_budget(opened: Opened, box: Letterbox) -> None:
    parts = replace(opened[0], policy=make_policy(budget=ONE_A_DAY))
    merged = customer_record("c-2", revision=2, merged_into="c-1", email=None, consents=())
    await parts.customers(customer_record(), merged)
    await parts.scored(scored(make_occasion("1", "c-2")), scored(make_occasion("2", "c-1")))
    await parts.scored(scored(make_occasion("3", "c-2")))
    for day in range(1, 4):
        await parts.decide_again()
        await parts.send()
        assert len(box.letters) == day
        parts.clock.advance(timedelta(days=1))
    assert set((await reasons(parts)).values()) == {"rule_applies"}


async def test_who_turns_out_to_be_one_person_had_two_messages_already(
    parts: Parts, box: Letterbox
) -> None:
    parts = replace(parts, policy=make_policy(budget=ONE_A_DAY))
    await parts.customers(customer_record(), customer_record("c-2", email="b@example.org"))
    await parts.scored(scored(make_occasion("1")))
    await parts.send()
    await parts.scored(scored(make_occasion("2", "c-2")))
    await parts.customers(
        customer_record("c-2", revision=2, merged_into="c-1", email=None, consents=())
    )
    await parts.send()
    assert len(box.letters) == 1
    assert (await reasons(parts))["2"] == "over_budget"


async def again_at_most(parts: Parts, rounds: int) -> int:
    again = DecideAgain(parts.stores, parts.plan_for_people, parts.clock, parts.wake)
    for number in range(1, rounds + 1):
        if not await again():
            return number
    raise AssertionError("it never comes to rest")


@ON_EACH_STORE
@pytest.mark.parametrize("count", [3, 450])
async def test_rounds_come_to_rest_with_many_held(opened: Opened, count: int) -> None:
    parts = replace(opened[0], policy=make_policy(budget=ONE_A_DAY))
    await parts.scored(*(scored(make_occasion(f"{n}")) for n in range(count)))
    await parts.customers(customer_record())
    assert await again_at_most(parts, 10) < 10
    found = list((await reasons(parts)).values())
    assert (found.count("rule_applies"), found.count("over_budget")) == (1, count - 1)
    assert await parts.stores.decisions.due(TIME, 10) == []


async def test_one_with_very_many_held_stops_nobody(parts: Parts) -> None:
    parts = replace(parts, policy=make_policy(budget=ONE_A_DAY))
    await parts.scored(*(scored(make_occasion(f"{n}")) for n in range(650)))
    await parts.scored(scored(make_occasion("other", "c-2")))
    await parts.customers(customer_record())
    await parts.decide_again()
    parts.clock.advance(timedelta(minutes=1))
    await parts.customers(customer_record("c-2"))
    await parts.decide_again()
    assert (await reasons(parts))["other"] == "rule_applies"


async def test_a_conflict_is_no_reason_to_turn_in_circles(parts: Parts) -> None:
    await parts.scored(scored(make_occasion()))
    await parts.customers(customer_record())
    decisions = parts.stores.decisions

    class Refusing:
        def __getattr__(self, name: str) -> Any:
            return getattr(decisions, name)

        async def carry_out(self, plans: Any) -> Any:
            return [one.customer for one in plans]

    refusing: Any = Refusing()
    other = replace(parts, stores=replace(parts.stores, decisions=refusing))
    assert await again_at_most(other, 1) == 1


async def test_what_a_dead_process_left_of_an_erased_customer_is_cut_off(parts: Parts) -> None:
    await parts.scored(scored(make_occasion()))
    (held,) = (await standing(parts)).values()
    await parts.stores.customers.erase("c-1")
    late = replace(held, id="0" * 32, due=TIME)
    await put_back(parts, late)
    assert await again_at_most(parts, 3) <= 3
    assert [d.occasion.customer for d in (await standing(parts)).values()] == [""]


async def put_back(parts: Parts, decision: Any) -> None:
    """As a store may write it whose erasure ran at the same moment."""
    from services.notifier.storage.fields import DECISION, decision_fields
    from services.notifier.storage.sqlite import rows

    database = parts.stores.decisions._database  # type: ignore[attr-defined]
    await database.run(
        lambda connection: connection.execute(
            f"INSERT INTO decisions ({rows.DECISION}) VALUES ({rows.named(DECISION)})",
            decision_fields(decision),
        )
    )
