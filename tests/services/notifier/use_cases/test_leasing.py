"""Leases last as long as the work, and little longer."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from services.notifier.ports.messages import Claim
from services.notifier.use_cases.leasing import LEASE, holding
from shared.clock import epoch_ms
from shared.errors import Unavailable
from tests.services.notifier.builders import customer_record, make_occasion, scored
from tests.services.notifier.parts import Parts
from tests.services.notifier.running import until

OFTEN = timedelta(milliseconds=5)


async def claimed(parts: Parts) -> Sequence[Claim]:
    await parts.customers(customer_record())
    await parts.scored(scored(make_occasion()))
    now = parts.clock.now()
    return await parts.stores.messages.claim(
        "email", "t-1", epoch_ms(now), epoch_ms(now + LEASE), 10
    )


async def is_due(parts: Parts, claim: Claim) -> int | None:
    message = await parts.stores.messages.message(claim.message.id)
    assert message is not None
    return message.due


async def test_a_lease_is_renewed_while_the_work_lasts_also_after_a_failure(parts: Parts) -> None:
    messages, failures = parts.stores.messages, 2

    class Flaky:
        def __getattr__(self, name: str) -> Any:
            return getattr(messages, name)

        async def renew(self, claims: Sequence[Claim], until: int) -> None:
            nonlocal failures
            if failures:
                failures -= 1
                raise Unavailable("away")
            await messages.renew(claims, until)

    flaky: Any = Flaky()
    (claim,) = await claimed(parts)
    async with holding(flaky, [claim], parts.clock, OFTEN):
        parts.clock.advance(timedelta(seconds=40))
        wanted = epoch_ms(parts.clock.now() + LEASE)

        async def renewed() -> bool:
            return await is_due(parts, claim) == wanted

        await until(renewed)
    assert failures == 0


async def test_whoever_dies_keeps_nothing_for_longer_than_a_lease(parts: Parts) -> None:
    (claim,) = await claimed(parts)
    async with holding(parts.stores.messages, [claim], parts.clock, OFTEN):
        pass
    parts.clock.advance(LEASE)
    now = parts.clock.now()
    again = await parts.stores.messages.claim(
        "email", "t-2", epoch_ms(now), epoch_ms(now + LEASE), 10
    )
    assert [one.message.id for one in again] == [claim.message.id]
