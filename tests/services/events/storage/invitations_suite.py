"""What every store of invitations does; each adapter's test module binds `stores`."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.events.domain.evidence import Trace
from services.events.domain.invitation import Invitation
from services.events.ports.stores import Stores
from shared.errors import Conflict
from tests.services.events.builders import NOW

INVITATION = Invitation("k000000001", "c-1", NOW)


class InvitationsSuite:
    """Invitations."""

    async def test_a_referrer_has_one(self, stores: Stores) -> None:
        assert await stores.invitations.add(INVITATION) == INVITATION
        again = replace(INVITATION, code="k000000002")
        assert await stores.invitations.add(again) == INVITATION
        assert await stores.invitations.get("k000000001") == INVITATION
        assert await stores.invitations.of("c-1") == INVITATION
        assert await stores.invitations.get("k000000002") is None
        assert await stores.invitations.of("c-2") is None

    async def test_a_code_is_given_once(self, stores: Stores) -> None:
        await stores.invitations.add(INVITATION)
        with pytest.raises(Conflict):
            await stores.invitations.add(replace(INVITATION, referrer="c-2"))

    async def test_of_two_writers_one_wins(self, stores: Stores) -> None:
        await stores.invitations.add(INVITATION)
        changed = replace(
            INVITATION,
            traces=(Trace("payment", "a" * 32, NOW),),
            confirmed=(("0" * 32, NOW),),
        )
        won = await asyncio.gather(*(stores.invitations.change(changed) for _ in range(5)))
        assert sum(won) == 1
        assert await stores.invitations.get(INVITATION.code) == replace(changed, version=1)

    async def test_a_visitor_counts_once_a_day(self, stores: Stores) -> None:
        await stores.invitations.add(INVITATION)
        for visitor in ("a", "a", "b"):
            await stores.invitations.count_visit(INVITATION.code, visitor, NOW)
        assert not await stores.invitations.count_visit(INVITATION.code, "a", NOW)
        assert await stores.invitations.count_visit(INVITATION.code, "a", NOW + timedelta(days=1))
        visited = await stores.invitations.get(INVITATION.code)
        assert visited == replace(INVITATION, visits=3, visited_at=NOW)

    async def test_a_change_leaves_visits_alone(self, stores: Stores) -> None:
        await stores.invitations.add(INVITATION)
        await stores.invitations.count_visit(INVITATION.code, "a", NOW)
        assert await stores.invitations.change(INVITATION)
        stands = await stores.invitations.get(INVITATION.code)
        assert stands == replace(INVITATION, visits=1, visited_at=NOW, version=1)

    async def test_forgetting_is_for_good(self, stores: Stores) -> None:
        await stores.invitations.add(INVITATION)
        await stores.invitations.count_visit(INVITATION.code, "a", NOW)
        await stores.invitations.forget(["c-1", "forum:x:anna"])
        assert await stores.invitations.get(INVITATION.code) is None
        assert await stores.invitations.add(INVITATION) == INVITATION
        assert await stores.invitations.count_visit(INVITATION.code, "a", NOW)
