"""What every store of erased customers does; each adapter's test module binds `stores`."""

from services.events.ports.stores import Stores


class ErasedSuite:
    """Erased customers."""

    async def test_the_erased_are_known_until_they_are_welcome(self, stores: Stores) -> None:
        await stores.erased.mark(["c-1", "c-2"])
        await stores.erased.mark(["c-1"])
        assert await stores.erased.among(["c-1", "c-2", "c-3"]) == {"c-1", "c-2"}
        await stores.erased.welcome(["c-1", "c-3"])
        assert await stores.erased.among(["c-1", "c-2", "c-3"]) == {"c-2"}
        assert await stores.erased.among([]) == frozenset()
