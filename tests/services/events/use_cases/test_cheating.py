"""Every way to cheat with a referral that the rules name, and that honest people are not caught."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.events.domain.identity import Link
from services.events.domain.merging import Merge
from shared.errors import Conflict
from shared.programme.model import Allowance
from tests.services.events.use_cases.referral_bench import DAY, Bench, open_bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(tmp_path) as opened:
        yield opened


async def test_who_refers_themselves_is_rejected(bench: Bench) -> None:
    referral = await bench.claim(await bench.code("c-1"), "c-1")
    assert await bench.outcome(referral) == ("rejected", "same_customer")


async def test_an_alias_of_the_referrer_is_the_referrer(bench: Bench) -> None:
    await bench.people.link([Link("forum:x:anna", "c-1")], "staff")
    referral = await bench.claim(await bench.code("c-1"), "forum:x:anna")
    assert await bench.outcome(referral) == ("rejected", "same_customer")


async def test_an_alias_that_the_shop_lists_for_both_is_one_person(bench: Bench) -> None:
    await bench.know("c-1", phone="+351912345678")
    await bench.know("c-2", phone="+351912345678")
    referral = await bench.claim(await bench.code())
    assert await bench.outcome(referral) == ("rejected", "same_customer")


async def test_customers_who_were_merged_are_one_person(bench: Bench) -> None:
    code = await bench.code("c-1")
    referral = await bench.claim(code, "c-2")
    await bench.buy("c-2")
    await bench.stores.merges.merge(Merge("m-1", "c-2", "c-1", "a key", bench.now))
    await bench.wait(15)
    assert await bench.outcome(referral) == ("rejected", "same_customer")
    assert bench.told == []


async def test_the_referrers_own_email_is_rejected_however_it_is_written(bench: Bench) -> None:
    await bench.know("c-1", email="ana@example.com")
    referral = await bench.claim(await bench.code(), email=" ANA@example.com")
    assert await bench.outcome(referral) == ("rejected", "same_email")


async def test_so_is_an_email_that_both_customers_are_known_by(bench: Bench) -> None:
    await bench.know("c-1", email="ana@example.com")
    await bench.know("c-2", email="Ana@Example.com")
    referral = await bench.claim(await bench.code())
    assert await bench.outcome(referral) == ("rejected", "same_email")


async def test_the_referrers_own_card_is_rejected(bench: Bench) -> None:
    code = await bench.code(payment_fingerprint="card-1")
    referral = await bench.claim(code, payment_fingerprint="card-1")
    assert await bench.outcome(referral) == ("rejected", "same_payment")


async def test_so_is_a_card_that_they_paid_with_as_a_referee(bench: Bench) -> None:
    await bench.claim(await bench.code("c-0"), "c-1", payment_fingerprint="card-1")
    referral = await bench.claim(await bench.code("c-1"), payment_fingerprint="card-1")
    assert await bench.outcome(referral) == ("rejected", "same_payment")


async def test_a_card_that_shows_up_later_is_found_before_confirmation(bench: Bench) -> None:
    code = await bench.code()
    referral = await bench.claim(code, payment_fingerprint="card-1")
    await bench.buy()
    await bench.code(payment_fingerprint="card-1")
    await bench.wait(15)
    assert await bench.outcome(referral) == ("rejected", "same_payment")
    assert bench.told == []


@pytest.mark.parametrize(("days", "flagged"), [(30, True), (31, False)])
async def test_the_same_address_waits_for_a_person_and_blocks_nobody(
    bench: Bench, days: int, flagged: bool
) -> None:
    code = await bench.code(address="Rua Augusta 1, 1100-048 Lisboa")
    await bench.wait(days)
    referral = await bench.claim(code, address="rua augusta 1; 1100 048  LISBOA")
    await bench.buy()
    assert await bench.outcome(referral) == ("purchased", None)
    assert (await bench.all(flagged=True) != []) == flagged
    await bench.wait(15)
    assert await bench.outcome(referral) == ("purchased" if flagged else "confirmed", None)
    if flagged:
        assert bench.told == []
        await bench.decide(referral, "unblock")
        await bench.confirm()
        assert await bench.outcome(referral) == ("confirmed", None)
        assert await bench.all(flagged=True) == []
    assert bench.told == [("referral", "c-1"), ("welcome", "c-2")]


async def test_who_has_bought_before_is_no_referee(bench: Bench) -> None:
    await bench.buy()
    await bench.wait(1)
    referral = await bench.claim(await bench.code())
    await bench.buy(order="o-2")
    assert await bench.outcome(referral) == ("rejected", "already_customer")


async def test_also_when_the_earlier_purchase_is_heard_of_later(bench: Bench) -> None:
    referral = await bench.claim(await bench.code())
    said = {"order_id": "o-0", "total": "9.00", "currency": "EUR"}
    await bench.see(bench.act("purchase", at=bench.now - DAY, **said))
    assert await bench.outcome(referral) == ("rejected", "already_customer")


async def test_who_has_bought_under_an_id_that_was_merged_is_no_referee(bench: Bench) -> None:
    await bench.buy("c-7")
    await bench.wait(1)
    await bench.stores.merges.merge(Merge("m-1", "c-7", "c-2", "a key", bench.now))
    referral = await bench.claim(await bench.code())
    assert await bench.outcome(referral) == ("rejected", "already_customer")


async def test_nor_is_one_who_turns_out_to_be_an_old_customer_before_confirmation(
    bench: Bench,
) -> None:
    await bench.buy("c-7")
    await bench.wait(1)
    referral = await bench.claim(await bench.code())
    await bench.buy(order="o-2")
    await bench.stores.merges.merge(Merge("m-1", "c-2", "c-7", "a key", bench.now))
    await bench.wait(15)
    assert await bench.outcome(referral) == ("rejected", "already_customer")
    assert bench.told == []


async def test_an_order_that_is_told_just_before_its_code_counts(bench: Bench) -> None:
    code = await bench.code()
    await bench.buy()
    bench.people.clock.advance(timedelta(minutes=9))
    referral = await bench.claim(code)
    assert await bench.outcome(referral) == ("purchased", None)


async def test_the_first_touch_binds(bench: Bench) -> None:
    first, second = await bench.code("c-1"), await bench.code("c-9")
    mine = await bench.claim(first)
    late = await bench.claim(second)
    await bench.buy(referral_code=second)
    await bench.wait(15)
    assert await bench.outcome(mine) == ("confirmed", None)
    assert await bench.outcome(late) == ("rejected", "bound_elsewhere")
    assert bench.told == [("referral", "c-1"), ("welcome", "c-2")]


async def test_two_accounts_that_turn_out_to_be_one_person_count_for_the_first_touch(
    bench: Bench,
) -> None:
    first = await bench.claim(await bench.code("c-1"), "c-2")
    await bench.wait(1)
    second = await bench.claim(await bench.code("c-9"), "c-3")
    await bench.buy("c-3", order="o-3")
    await bench.buy("c-2", order="o-2")
    await bench.stores.merges.merge(Merge("m-1", "c-2", "c-3", "a key", bench.now))
    await bench.wait(14)
    assert await bench.outcome(first) == ("confirmed", None)
    assert await bench.outcome(second) == ("rejected", "bound_elsewhere")
    assert bench.told == [("referral", "c-1"), ("welcome", "c-2")]


async def test_also_the_touch_of_a_visitor_who_was_not_known_yet(bench: Bench) -> None:
    first, second = await bench.code("c-1"), await bench.code("c-9")
    visited = await bench.desk.refer.visit(first, "v-7", bench.now)
    assert visited is not None
    await bench.wait(1)
    late = await bench.claim(second, anonymous_id="v-7")
    assert await bench.outcome(visited) == ("registered", None)
    assert await bench.outcome(late) == ("rejected", "bound_elsewhere")


async def test_a_bond_holds_against_an_earlier_visit_in_another_browser(bench: Bench) -> None:
    first, second = await bench.code("c-1"), await bench.code("c-9")
    visited = await bench.desk.refer.visit(second, "v-7", bench.now)
    assert visited is not None
    await bench.wait(1)
    mine = await bench.claim(first)
    late = await bench.claim(second, anonymous_id="v-7")
    await bench.buy()
    assert await bench.outcome(mine) == ("purchased", None)
    assert await bench.outcome(late) == ("rejected", "bound_elsewhere")
    assert await bench.outcome(visited) == ("visited", None)


async def test_the_eleventh_claim_from_one_address_is_flagged(bench: Bench) -> None:
    code, other = await bench.code("c-1"), await bench.code("c-9")
    for number in range(10):
        await bench.claim(code, f"c-1{number}", ip="192.0.2.7")
        await bench.claim(code, f"c-1{number}", ip="192.0.2.7")
    await bench.claim(other, "c-30", ip="192.0.2.7")
    await bench.claim(code, "c-31", ip="192.0.2.8")
    assert await bench.all(flagged=True) == []
    referral = await bench.claim(code, "c-32", ip="::ffff:192.0.2.7")
    assert [one.id for one in await bench.all(flagged=True)] == [referral.id]
    assert [one.reason for one in referral.flags] == ["many_claims"]
    await bench.wait(7)
    await bench.claim(code, "c-33", ip="192.0.2.7")
    assert len(await bench.all(flagged=True)) == 1


async def test_more_than_the_cap_is_rejected_and_staff_may_allow_it(tmp_path: Path) -> None:
    async with open_bench(tmp_path, cap=Allowance(2, 365 * DAY)) as bench:
        code = await bench.code()
        referrals = [await bench.claim(code, f"c-{number}") for number in range(10, 13)]
        for referral in referrals:
            assert referral.referee is not None
            await bench.buy(referral.referee, f"o-{referral.referee}")
        await bench.wait(15)
        outcomes = [await bench.outcome(referral) for referral in referrals]
        assert outcomes.count(("confirmed", None)) == 2
        (over,) = [one for one in referrals if await bench.outcome(one) == ("rejected", "cap")]
        assert len(bench.told) == 4
        await bench.decide(over, "unblock")
        await bench.confirm()
        assert await bench.outcome(over) == ("confirmed", None)
        assert len(bench.told) == 6


async def test_a_referral_that_is_taken_back_gives_its_place_under_the_cap_back(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path, cap=Allowance(1, 365 * DAY)) as bench:
        code = await bench.code()
        taken = await bench.claim(code, "c-10")
        await bench.buy("c-10")
        await bench.wait(15)
        await bench.decide(taken, "reject")
        await bench.confirm()
        referral = await bench.claim(code, "c-11")
        await bench.buy("c-11")
        await bench.wait(15)
        assert await bench.outcome(referral) == ("confirmed", None)


async def test_staff_can_unblock_what_was_rejected(bench: Bench) -> None:
    code = await bench.code(payment_fingerprint="card-1")
    referral = await bench.claim(code, payment_fingerprint="card-1")
    await bench.buy()
    await bench.decide(referral, "unblock")
    assert await bench.outcome(referral) == ("purchased", None)
    await bench.wait(15)
    assert await bench.outcome(referral) == ("confirmed", None)
    stands = await bench.stores.referrals.get(referral.id)
    assert stands is not None
    assert [(step.state, step.reason, step.by) for step in stands.history] == [
        ("invited", None, None),
        ("registered", None, None),
        ("rejected", "same_payment", None),
        ("purchased", None, "anna at the desk"),
        ("confirmed", None, None),
    ]


async def test_there_is_nothing_to_unblock_where_nothing_is_held_up(bench: Bench) -> None:
    referral = await bench.claim(await bench.code())
    with pytest.raises(Conflict):
        await bench.decide(referral, "unblock")


async def test_nothing_that_was_seen_is_kept_as_it_was(bench: Bench, tmp_path: Path) -> None:
    seen = {
        "email": "ana@example.com",
        "address": "Rua Augusta 1",
        "ip": "192.0.2.7",
        "payment_fingerprint": "card-1",
    }
    code = await bench.code(**seen)
    await bench.claim(code, **seen)
    await bench.desk.invite.visit(code, "192.0.2.7", "Firefox")
    kept = read_all(tmp_path)
    assert code.encode() in kept
    for text in [*seen.values(), "augusta", "Firefox"]:
        assert text.encode() not in kept


def read_all(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())
