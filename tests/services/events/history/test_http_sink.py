"""Over HTTP, against a small server in the same process and against the real events service."""

import email.utils
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.events.app import create_app
from services.events.history.http_sink import MAX_BYTES, HttpSink
from services.events.history.patience import Patience
from services.events.history.ports import Sent, TargetRefuses
from shared.clock import ManualClock
from shared.config import Settings
from shared.contracts.topics import ACTS
from shared.errors import Unavailable
from shared.runtime import open_infrastructure
from tests.asgi import open_client
from tests.services.events.builders import NOW, make_event


class Target:
    """Gives these answers one after the other, then 202; remembers what was sent."""

    def __init__(self, *answers: Response) -> None:
        self._answers = list(answers)
        self.requests: list[Request] = []
        self.bodies: list[bytes] = []
        self.waits: list[float] = []

    async def answer(self, request: Request) -> Response:
        self.requests.append(request)
        self.bodies.append(await request.body())
        return self._answers.pop(0) if self._answers else JSONResponse({"accepted": 1}, 202)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    @asynccontextmanager
    async def sink(self) -> AsyncIterator[HttpSink]:
        """A sink that sends here."""
        app = Starlette(routes=[Route("/v1/events", self.answer, methods=["POST"])])
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://requite.test") as client:
            yield HttpSink(client, Patience(self.sleep, total=60), ManualClock(NOW))


async def test_a_batch_is_one_request() -> None:
    target = Target()
    async with target.sink() as sink:
        assert await sink.send([make_event(id="1"), make_event(id="2")]) == Sent()
    (request,) = target.requests
    assert request.headers["content-type"] == "application/cloudevents-batch+json"
    assert [event["id"] for event in msgspec.json.decode(target.bodies[0])] == ["1", "2"]


async def test_what_is_too_large_for_one_request_goes_in_several() -> None:
    large = make_event(data={"order_id": "1", "words": "x" * (MAX_BYTES // 3)})
    huge = make_event(data={"order_id": "1", "words": "x" * MAX_BYTES})
    target = Target()
    async with target.sink() as sink:
        sent = await sink.send([large, large, large, huge])
    assert sent == Sent({3: f"larger than {MAX_BYTES} bytes"})
    assert all(len(body) <= MAX_BYTES for body in target.bodies)
    assert sum(len(msgspec.json.decode(body)) for body in target.bodies) == 3


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
async def test_busy_targets_get_the_same_again(status: int) -> None:
    target = Target(
        Response(status_code=status, headers={"Retry-After": "3"}), Response(status_code=status)
    )
    async with target.sink() as sink:
        assert await sink.send([make_event()]) == Sent()
    assert target.waits == [3.0, 1.0]
    assert target.bodies == [target.bodies[0]] * 3


async def test_retry_after_may_be_a_date() -> None:
    moment = email.utils.format_datetime(NOW + timedelta(seconds=9), usegmt=True)
    target = Target(Response(status_code=503, headers={"Retry-After": moment}))
    async with target.sink() as sink:
        await sink.send([make_event()])
    assert target.waits == [9.0]


async def test_a_target_that_stays_busy() -> None:
    target = Target(*[Response(status_code=503)] * 99)
    async with target.sink() as sink:
        with pytest.raises(Unavailable, match="503"):
            await sink.send([make_event()])


async def test_a_target_that_is_not_there() -> None:
    target = Target()
    async with httpx.AsyncClient(base_url="http://127.0.0.1:1") as client:
        sink = HttpSink(client, Patience(target.sleep, total=2), ManualClock(NOW))
        with pytest.raises(Unavailable, match="ConnectError"):
            await sink.send([make_event()])
    assert target.waits == [0.5, 1.0]


@pytest.mark.parametrize(
    ("status", "reason"), [(401, "API key"), (403, "API key"), (404, "HTTP 404"), (422, "receipt")]
)
async def test_a_target_that_will_have_nothing_of_us(status: int, reason: str) -> None:
    async with Target(Response(status_code=status)).sink() as sink:
        with pytest.raises(TargetRefuses, match=reason):
            await sink.send([make_event()])


@pytest.mark.parametrize("with_good", [True, False])
async def test_the_real_service_takes_what_is_good_and_tells_of_the_rest(
    tmp_path: Path, with_good: bool
) -> None:
    clock = ManualClock(NOW)
    settings = Settings(data_dir=tmp_path)
    events = [make_event(id="bad", subject=None), *([make_event(id="good")] * with_good)]
    async with open_infrastructure(settings, clock) as infrastructure:
        key = infrastructure.keys.create("import", ["events:write"])
        async with open_client(create_app(infrastructure), key) as client:
            sink = HttpSink(client, Patience(Target().sleep), clock)
            assert (await sink.send(events)).refused == {
                0: "subject: missing: it says which customer did this"
            }
        async with infrastructure.log.subscribe("test", [ACTS.name]) as subscription:
            batches = await subscription.fetch(10, 0.1)
    assert sum(len(batch.deliveries) for batch in batches) == int(with_good)
