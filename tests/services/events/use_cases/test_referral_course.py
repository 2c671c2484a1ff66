"""A referral from its first touch to its end: windows, returns, acts told once, crashes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.events.domain.identity import Link
from services.events.domain.merging import Merge
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Conflict, Invalid, Unavailable
from tests.services.events.use_cases.referral_bench import DAY, Bench, open_bench

MOMENT = timedelta(milliseconds=1)
BOTH = [("referral", "c-1"), ("welcome", "c-2")]
BACK = [("withdrawal", "c-1"), ("withdrawal", "c-2")]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(tmp_path) as opened:
        yield opened


async def test_both_sides_get_their_act_once_the_return_window_is_over(bench: Bench) -> None:
    code = await bench.code()
    visited = await bench.desk.refer.visit(code, "v-7", bench.now)
    assert visited is not None
    assert visited.state == "visited"
    referral = await bench.claim(code, anonymous_id="v-7")
    assert (referral.id, referral.state) == (visited.id, "registered")
    await bench.buy()
    assert await bench.outcome(referral) == ("purchased", None)
    await bench.wait(13.99)
    assert bench.told == []
    await bench.wait(0.01)
    assert await bench.outcome(referral) == ("confirmed", None)
    mine, welcome = bench.people.acts.published
    assert (mine.source, mine.id, mine.subject) == ("/referrals", f"referral-{referral.id}", "c-1")
    assert mine.data == b'{"referred":"c-2","referral_id":"%s"}' % referral.id.encode()
    assert (welcome.id, welcome.subject) == (f"welcome-{referral.id}", "c-2")
    assert welcome.data == b'{"referred_by":"c-1","referral_id":"%s"}' % referral.id.encode()
    assert mine.instant == welcome.instant == bench.now
    await bench.wait(400)
    assert bench.told == BOTH


async def test_a_code_is_the_same_every_time_and_nobody_elses(bench: Bench) -> None:
    assert await bench.code() == await bench.code() != await bench.code("c-2")


async def test_of_two_who_were_merged_each_code_lives_on_and_the_survivors_is_told(
    bench: Bench,
) -> None:
    codes = {one: await bench.code(one) for one in ("c-5", "c-1", "c-3")}
    for number, (referrer, code) in enumerate(codes.items()):
        await bench.claim(code, f"n-{number}")
        if referrer != "c-1":
            merge = Merge(f"m-{referrer}", referrer, "c-1", "a key", bench.now)
            await bench.stores.merges.merge(merge)
    for asked in codes:
        assert await bench.code(asked) == codes["c-1"]
        invitation, found = await bench.desk.of(asked, flagged=False, after=None, limit=9)
        assert invitation is not None
        assert invitation.code == codes["c-1"]
        assert {one.referee for one in found} == {"n-0", "n-1", "n-2"}


async def test_an_order_is_referred_only_where_its_buyer_is_known(bench: Bench) -> None:
    code = await bench.code()
    with pytest.raises(Invalid, match="nobody"):
        await bench.claim(code, "order:shop:1")
    await bench.people.link([Link("order:shop:1", "c-2")])
    assert (await bench.claim(code, "order:shop:1")).referee == "c-2"


async def test_two_who_ask_at_once_get_the_same_code(bench: Bench) -> None:
    assert len(set(await asyncio.gather(*(bench.code() for _ in range(5))))) == 1


@pytest.mark.parametrize(("before_end", "counts"), [(MOMENT, True), (timedelta(0), False)])
async def test_the_attribution_window_ends_with_its_last_moment(
    bench: Bench, before_end: timedelta, counts: bool
) -> None:
    referral = await bench.claim(await bench.code())
    at = bench.now + 90 * DAY - before_end
    await bench.see(bench.act("purchase", at=at, order_id="o-1", total="5.00", currency="EUR"))
    await bench.wait(104)
    assert await bench.outcome(referral) == (
        ("confirmed", None) if counts else ("rejected", "expired")
    )


async def test_the_window_runs_from_the_first_touch(bench: Bench) -> None:
    code = await bench.code()
    await bench.desk.refer.visit(code, "v-7", bench.now)
    await bench.wait(80)
    referral = await bench.claim(code, anonymous_id="v-7")
    await bench.wait(11)
    assert await bench.outcome(referral) == ("rejected", "expired")
    await bench.buy()
    assert await bench.outcome(referral) == ("rejected", "expired")


async def test_an_order_in_time_that_is_heard_of_late_still_counts(bench: Bench) -> None:
    referral = await bench.claim(await bench.code())
    at = bench.now + DAY
    await bench.wait(91)
    assert await bench.outcome(referral) == ("rejected", "expired")
    await bench.see(bench.act("purchase", at=at, order_id="o-1", total="5.00", currency="EUR"))
    await bench.confirm()
    assert await bench.outcome(referral) == ("confirmed", None)


async def test_a_refund_in_the_window_takes_the_referral_back(bench: Bench) -> None:
    referral = await bench.claim(await bench.code())
    await bench.buy()
    await bench.refund("20.00")
    assert await bench.outcome(referral) == ("purchased", None)
    await bench.refund("30.00")
    assert await bench.outcome(referral) == ("rejected", "refunded")
    await bench.wait(30)
    assert bench.told == []


async def test_so_does_a_cancellation(bench: Bench) -> None:
    referral = await bench.claim(await bench.code())
    await bench.buy()
    await bench.see(bench.act("cancellation", order_id="o-1"))
    assert await bench.outcome(referral) == ("rejected", "cancelled")


async def test_a_refund_that_was_withdrawn_is_none(bench: Bench) -> None:
    referral = await bench.claim(await bench.code())
    await bench.buy()
    refund = bench.act("refund", order_id="o-1", total="50.00", currency="EUR")
    await bench.see(refund)
    await bench.see(bench.act("withdrawal", id=refund.event.id))
    assert await bench.outcome(referral) == ("purchased", None)


async def test_a_refund_after_the_window_leaves_the_referral(bench: Bench) -> None:
    referral = await bench.claim(await bench.code())
    await bench.buy()
    await bench.wait(14)
    await bench.refund("50.00")
    await bench.confirm()
    assert await bench.outcome(referral) == ("confirmed", None)
    assert bench.told == BOTH


async def test_a_refund_in_time_that_is_heard_of_late_withdraws_both_acts(bench: Bench) -> None:
    referral = await bench.claim(await bench.code())
    await bench.buy()
    at = bench.now + 14 * DAY - MOMENT
    await bench.wait(15)
    late = bench.act("refund", at=at, order_id="o-1", total="50.00", currency="EUR")
    for _ in range(2):
        await bench.see(late)
        await bench.confirm()
    assert await bench.outcome(referral) == ("rejected", "refunded")
    assert bench.told == [*BOTH, *BACK]


async def test_an_order_for_nothing_is_no_order_and_the_next_one_counts(bench: Bench) -> None:
    referral = await bench.claim(await bench.code())
    await bench.buy(order="o-0", total="0.00")
    assert await bench.outcome(referral) == ("registered", None)
    bench.people.clock.advance(DAY)
    await bench.buy()
    assert await bench.outcome(referral) == ("purchased", None)


async def test_staff_reject_a_confirmed_referral_for_good(bench: Bench) -> None:
    referral = await bench.claim(await bench.code())
    await bench.buy()
    await bench.wait(14)
    await bench.decide(referral, "reject")
    await bench.confirm()
    assert await bench.outcome(referral) == ("rejected", "staff")
    assert bench.told == [*BOTH, *BACK]
    withdrawal = bench.people.acts.published[2]
    assert withdrawal.id == f"withdrawal-referral-{referral.id}"
    assert b'"id":"referral-%s","source":"/referrals"' % referral.id.encode() in (
        withdrawal.data or b""
    )
    with pytest.raises(Conflict):
        await bench.decide(referral, "unblock")


async def test_staff_reject_what_is_under_way_and_think_again(bench: Bench) -> None:
    referral = await bench.claim(await bench.code())
    await bench.buy()
    await bench.decide(referral, "reject")
    await bench.wait(20)
    assert await bench.outcome(referral) == ("rejected", "staff")
    await bench.decide(referral, "unblock")
    await bench.confirm()
    assert await bench.outcome(referral) == ("confirmed", None)
    assert bench.told == BOTH


async def test_after_a_crash_between_store_and_topic_the_same_acts_are_told(bench: Bench) -> None:
    referral = await bench.claim(await bench.code())
    await bench.buy()
    bench.people.clock.advance(14 * DAY)
    bench.people.acts.fails = 1
    with pytest.raises(Unavailable):
        await bench.confirm()
    assert await bench.outcome(referral) == ("confirmed", None)
    confirmed_at = bench.now
    await bench.wait(1)
    assert bench.told == BOTH
    assert {act.instant for act in bench.people.acts.published} == {confirmed_at}


async def test_after_a_crash_between_topic_and_store_nothing_new_is_told(bench: Bench) -> None:
    await bench.claim(await bench.code())
    await bench.buy()
    bench.people.clock.advance(14 * DAY)
    referral = (await bench.stores.referrals.due(bench.now, 9))[0]
    await bench.confirm()
    told_by_one = set(map(identity, bench.people.acts.published))
    # The other replica had read the referral before, and goes on with what it has read.
    await bench.desk.confirm._move_on(referral)
    assert set(map(identity, bench.people.acts.published)) == told_by_one


async def test_replicas_that_go_round_at_once_tell_the_same(bench: Bench) -> None:
    code = await bench.code()
    for number in range(10, 20):
        await bench.claim(code, f"c-{number}")
        await bench.buy(f"c-{number}", f"o-{number}")
    bench.people.clock.advance(14 * DAY)
    await asyncio.gather(*(bench.desk.confirm() for _ in range(4)))
    assert len(set(map(identity, bench.people.acts.published))) == 20
    assert {one.state for one in await bench.all()} == {"confirmed"}


async def test_a_sign_up_or_a_purchase_with_the_code_is_a_claim(bench: Bench) -> None:
    code = await bench.code()
    await bench.see(bench.act("sign_up", "c-2", referral_code=f" {code.upper()} "))
    await bench.buy("c-3", "o-3", referral_code=code)
    states = {one.referee: one.state for one in await bench.all(referrers=frozenset({"c-1"}))}
    assert states == {"c-2": "registered", "c-3": "purchased"}


async def test_a_purchase_that_only_names_somebody_is_for_discovery(bench: Bench) -> None:
    await bench.know("c-1", name="Ana")
    await bench.code()
    await bench.buy("c-2", "o-2", referred_by="c-1")
    assert await bench.all() == []


async def test_acts_that_name_no_code_of_ours_change_nothing(bench: Bench) -> None:
    await bench.see(bench.act("sign_up", referral_code="SUMMER"), bench.act("sign_up"))
    assert await bench.all() == []


async def test_a_referee_who_was_known_by_an_alias_only_is_recognised(bench: Bench) -> None:
    code = await bench.code()
    referral = await bench.claim(code, "shopify:shop:7")
    visited = await bench.desk.refer.visit(code, "v-7", bench.now)
    assert visited is not None
    await bench.people.link([Link("shopify:shop:7", "c-2"), Link("anonymous:v-7", "c-3")], "staff")
    await bench.buy("c-2")
    await bench.buy("c-3", "o-3")
    await bench.wait(14)
    assert await bench.outcome(referral) == ("confirmed", None)
    assert await bench.outcome(visited) == ("confirmed", None)
    assert set(bench.told) == {*BOTH, ("welcome", "c-3")}
    assert {one.referee for one in await bench.all()} == {"c-2", "c-3"}


async def test_orders_of_one_who_was_merged_count(bench: Bench) -> None:
    referral = await bench.claim(await bench.code(), "c-2")
    await bench.stores.merges.merge(Merge("m-1", "c-2", "c-3", "a key", bench.now))
    await bench.buy("c-3")
    assert await bench.outcome(referral) == ("purchased", None)


async def test_the_links_of_an_erased_referrer_are_dead(bench: Bench) -> None:
    code = await bench.code()
    await bench.claim(code)
    await bench.buy()
    await bench.people.keep.erase("c-1")
    await bench.wait(20)
    assert await bench.all() == []
    assert not await bench.desk.invite.visit(code, None, None)
    assert bench.told == []
    assert await bench.code() != code


async def test_visits_from_anywhere_fill_no_more_than_their_bound(bench: Bench) -> None:
    code = await bench.code()
    kept: set[str] = set()
    count_visit = bench.stores.invitations.count_visit

    async def keep(code: str, visitor: str, now: datetime) -> bool:
        kept.add(visitor)
        return await count_visit(code, visitor, now)

    bench.stores.invitations.count_visit = keep  # type: ignore[method-assign]
    for number in range(300):
        assert await bench.desk.invite.visit(code, "192.0.2.1", f"browser {number}")
    assert all(int(visitor, 16) < 65_536 for visitor in kept)
    assert len(kept) > 290, "and still tells visitors apart"


async def test_of_an_erased_referee_remains_that_there_was_one(
    bench: Bench, tmp_path: Path
) -> None:
    code = await bench.code()
    await bench.claim(code, "customer-2", ip="192.0.2.7")
    await bench.buy("customer-2", "order-2")
    confirmed = await bench.claim(code, "customer-3")
    await bench.buy("customer-3", "order-3")
    await bench.wait(14)
    told = len(bench.told)
    await bench.people.keep.erase("customer-2")
    await bench.people.keep.erase("customer-3")
    await bench.wait(20)
    assert len(bench.told) == told
    assert {one.referee for one in await bench.all()} == {None}
    assert await bench.outcome(confirmed) == ("confirmed", None)
    kept = read_all(tmp_path)
    for text in (b"customer-2", b"customer-3", b"order-2", b"order-3"):
        assert text not in kept


async def test_an_open_referral_of_an_erased_referee_ends(bench: Bench) -> None:
    referral = await bench.claim(await bench.code())
    await bench.buy()
    await bench.people.keep.erase("c-2")
    await bench.wait(20)
    assert await bench.outcome(referral) == ("rejected", "erased")
    assert bench.told == []


async def test_no_store_is_asked_for_each_act(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    database = bench.stores.referrals._database  # type: ignore[attr-defined]
    read, run = database.read, database.run

    async def counted_read(work: object) -> object:
        asked.append("read")
        return await read(work)

    async def counted_run(work: object) -> object:
        asked.append("run")
        return await run(work)

    monkeypatch.setattr(database, "read", counted_read)
    monkeypatch.setattr(database, "run", counted_run)
    said: dict[str, Any] = {"total": "5.00", "currency": "EUR"}
    await bench.see(
        *(bench.act("purchase", f"c-{n}", order_id=f"o-{n}", **said) for n in range(500))
    )
    assert len(asked) <= 6


def identity(act: CloudEvent) -> tuple[str, str]:
    return act.source, act.id


def read_all(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())
