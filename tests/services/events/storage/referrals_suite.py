"""What every store of referrals does; each adapter's test module binds `stores`."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.events.domain.evidence import Trace
from services.events.domain.referral import Finding, Referral, Step
from services.events.ports.referrals import Wanted
from services.events.ports.stores import Stores
from tests.services.events.builders import NOW

HOUR = timedelta(hours=1)


def make_referral(number: int = 1, **members: Any) -> Referral:
    usual: dict[str, Any] = {
        "id": f"{number:032x}",
        "code": "k000000001",
        "referrer": "c-1",
        "referee": f"c-{number + 100}",
        "invited_at": NOW - HOUR,
        "opened_at": NOW + number * HOUR,
        "history": (Step("visited", NOW),),
    }
    return Referral(**usual | members)


class ReferralsSuite:
    """Referrals."""

    async def test_a_referral_is_kept_as_it_is(self, stores: Stores) -> None:
        referral = make_referral(
            evidence=(Trace("ip", "0" * 32, NOW),),
            findings=(Finding("same_address", NOW),),
            due_at=NOW,
        )
        assert await stores.referrals.add(referral) == referral
        assert await stores.referrals.get(referral.id) == referral
        assert await stores.referrals.add(make_referral(referee="c-999")) == referral
        assert await stores.referrals.get("f" * 32) is None

    async def test_of_two_writers_one_wins(self, stores: Stores) -> None:
        referral = await stores.referrals.add(make_referral())
        won = await asyncio.gather(
            *(
                stores.referrals.change(replace(referral, registered_at=NOW + n * HOUR))
                for n in range(5)
            )
        )
        assert sum(won) == 1
        stands = await stores.referrals.get(referral.id)
        assert stands is not None
        assert stands.version == referral.version + 1
        assert not await stores.referrals.change(make_referral(7))

    async def test_the_first_bond_holds(self, stores: Stores) -> None:
        first, second = make_referral(1), make_referral(2)
        await stores.referrals.add(first)
        await stores.referrals.add(second)
        assert await stores.referrals.bind("c-2", first.id) == first.id
        assert await stores.referrals.bind("c-2", second.id) == first.id
        assert await stores.referrals.bind("anonymous:v-7", second.id) == second.id
        bound = await stores.referrals.bound(["c-2", "anonymous:v-7", "c-3"])
        assert bound == {"c-2": first, "anonymous:v-7": second}
        assert await stores.referrals.bound([]) == {}

    async def test_pages_go_from_old_to_new_without_gap(self, stores: Stores) -> None:
        referrals = [
            make_referral(
                number,
                referrer=f"c-{number % 2}",
                opened_at=NOW + number // 3 * HOUR + timedelta(microseconds=700),
                findings=(Finding("many_claims", NOW),) if number == 4 else (),
            )
            for number in range(7)
        ]
        for referral in referrals:
            await stores.referrals.add(referral)
        seen: list[Referral] = []
        after: tuple[datetime, str] | None = None
        while page := await stores.referrals.page(Wanted(), after, 2):
            seen += page
            after = (page[-1].opened_at, page[-1].id)
        assert seen == referrals
        assert await stores.referrals.page(Wanted(frozenset({"c-1"})), None, 9) == referrals[1::2]
        assert await stores.referrals.page(Wanted(flagged=True), None, 9) == [referrals[4]]
        assert await stores.referrals.page(Wanted(frozenset({"c-1"}), flagged=True), None, 9) == []

    async def test_what_is_due_comes_in_its_order(self, stores: Stores) -> None:
        for number in range(4):
            due_at = None if number == 0 else NOW - number * HOUR
            await stores.referrals.add(make_referral(number, due_at=due_at))
        await stores.referrals.add(make_referral(9, due_at=NOW + HOUR))
        due = await stores.referrals.due(NOW, 2)
        assert [one.id for one in due] == [f"{3:032x}", f"{2:032x}"]
        assert await stores.referrals.change(replace(due[0], due_at=None))
        assert [one.id for one in await stores.referrals.due(NOW, 9)] == [f"{2:032x}", f"{1:032x}"]

    async def test_claims_are_counted_by_code_address_and_time(self, stores: Stores) -> None:
        def make(number: int, ip: str, **members: Any) -> Referral:
            return make_referral(number, evidence=(Trace("ip", ip, NOW),), **members)

        for referral in [
            make(1, "a", registered_at=NOW),
            make(2, "a", registered_at=NOW - HOUR),
            make(3, "b", registered_at=NOW),
            make(4, "a", registered_at=NOW, code="k000000002"),
            make(5, "a"),
        ]:
            await stores.referrals.add(referral)
        assert await stores.referrals.claims_from("k000000001", "a", NOW - 2 * HOUR) == 2
        assert await stores.referrals.claims_from("k000000001", "a", NOW - HOUR) == 1

    async def test_forgetting_a_referrer_takes_their_referrals(self, stores: Stores) -> None:
        mine, other = make_referral(1), make_referral(2, referrer="c-9")
        for referral, subject in ((mine, "c-2"), (other, "c-3")):
            await stores.referrals.add(referral)
            await stores.referrals.bind(subject, referral.id)
        await stores.referrals.forget(["c-1"])
        assert await stores.referrals.get(mine.id) is None
        assert await stores.referrals.bound(["c-2", "c-3"]) == {"c-3": other}
        assert await stores.referrals.bind("c-2", other.id) == other.id

    async def test_forgetting_a_referee_leaves_that_there_was_one(self, stores: Stores) -> None:
        referral = make_referral(referee="c-2", evidence=(Trace("ip", "a", NOW),), due_at=NOW)
        await stores.referrals.add(referral)
        await stores.referrals.add(make_referral(2, referee="c-2"))
        for subject in ("c-2", "anonymous:v-7"):
            await stores.referrals.bind(subject, referral.id)
        for _ in range(2):
            await stores.referrals.forget(["c-2", "anonymous:v-7"])
        assert await stores.referrals.bound(["c-2", "anonymous:v-7"]) == {}
        assert await stores.referrals.due(NOW, 9) == []
        for one in await stores.referrals.page(Wanted(), None, 9):
            assert (one.referee, one.evidence, one.state) == (None, (), "rejected")
