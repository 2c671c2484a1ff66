"""What every DataRequests store does; each adapter's test module binds `stores`."""

from dataclasses import replace
from datetime import timedelta

from services.events.domain.data_request import AskedFor, request_id
from services.events.ports.stores import Stores
from tests.services.events.builders import NOW


def make_request(number: int = 1) -> AskedFor:
    return AskedFor(
        id=request_id("shop", str(number)),
        source="shop",
        alias=f"shopify:shop:{number}",
        received_at=NOW + timedelta(minutes=number),
        customer=f"c-{number}",
    )


class DataRequestsSuite:
    """Requests to be told what is held."""

    async def test_a_request_is_kept_once(self, stores: Stores) -> None:
        store, request = stores.data_requests, make_request()
        await store.add(request)
        await store.add(replace(request, received_at=NOW + timedelta(days=9), customer=None))
        assert await store.page(None, 10, closed=False) == [request]
        assert await store.page(None, 10, closed=True) == []

    async def test_closing_keeps_the_first_time(self, stores: Stores) -> None:
        store, request = stores.data_requests, make_request()
        await store.add(request)
        later = NOW + timedelta(days=3)
        closed = replace(request, closed_at=later)
        assert await store.close(request.id, later) == closed
        assert await store.close(request.id, later + timedelta(days=1)) == closed
        await store.add(request)
        assert await store.page(None, 10, closed=False) == []
        assert await store.page(None, 10, closed=True) == [closed]
        assert await store.close("0" * 32, later) is None

    async def test_pages_go_from_old_to_new(self, stores: Stores) -> None:
        store = stores.data_requests
        requests = [make_request(number) for number in range(5)]
        for request in reversed(requests):
            await store.add(request)
        first = await store.page(None, 2, closed=False)
        rest = await store.page((first[-1].received_at, first[-1].id), 9, closed=False)
        assert [*first, *rest] == requests

    async def test_forgetting_finds_aliases_and_customers(self, stores: Stores) -> None:
        store = stores.data_requests
        for number in range(3):
            await store.add(make_request(number))
        await store.forget(["shopify:shop:0", "c-1"])
        assert await store.page(None, 10, closed=False) == [make_request(2)]
