"""What is kept of addresses that are not used, and of channels."""

from services.notifier.ports.channel_states import ChannelState
from services.notifier.ports.decisions import Position
from services.notifier.ports.stores import Stores
from services.notifier.ports.suppressions import Suppression
from tests.services.notifier.builders import TIME


def suppressed(digit: str, since: int = TIME, **more: str) -> Suppression:
    """One that bounced; its digest is of one digit only."""
    return Suppression(digit * 64, "hard_bounce", since, **more)


class SuppressionsSuite:
    """Suppressions, and the states of channels."""

    async def test_the_earlier_of_two_stays(self, stores: Stores) -> None:
        bounced = suppressed("a", message="m-1", code="5.1.1")
        complained = Suppression("a" * 64, "complaint", TIME - 1)
        assert await stores.suppressions.among(["a" * 64]) == {}
        await stores.suppressions.add([bounced, suppressed("b")])
        await stores.suppressions.add([suppressed("a", TIME + 1)])
        asked = ["a" * 64, "c" * 64]
        assert await stores.suppressions.among(asked) == {"a" * 64: bounced}
        await stores.suppressions.add([complained, bounced])
        assert await stores.suppressions.among(asked) == {"a" * 64: complained}
        await stores.suppressions.add([])
        assert await stores.suppressions.among([]) == {}

    async def test_an_address_can_be_used_again(self, stores: Stores) -> None:
        await stores.suppressions.add([suppressed("a")])
        assert not await stores.suppressions.remove("b" * 64)
        assert await stores.suppressions.remove("a" * 64)
        assert not await stores.suppressions.remove("a" * 64)
        assert await stores.suppressions.page(10, None) == []

    async def test_pages_go_from_new_to_old(self, stores: Stores) -> None:
        added = [suppressed(digit, TIME + n // 2) for n, digit in enumerate("abcdef")]
        await stores.suppressions.add(added)
        seen: list[Suppression] = []
        after: Position | None = None
        while found := await stores.suppressions.page(4, after):
            seen += found
            after = Position(found[-1].since, found[-1].digest)
        assert seen == added[::-1]

    async def test_the_last_state_of_a_channel_stands(self, stores: Stores) -> None:
        assert await stores.channels.all() == {}
        failing = ChannelState("sms", TIME)
        disabled = ChannelState("sms", TIME, TIME + 1, "410")
        for state in (failing, disabled, ChannelState("email")):
            await stores.channels.note(state)
        assert await stores.channels.all() == {"sms": disabled, "email": ChannelState("email")}
