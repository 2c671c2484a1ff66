"""How often a key may ask."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from shared.web.keys import KeyRing
from shared.web.rate_limit import BURST_SECONDS, RateLimit
from tests.asgi import open_client
from tests.shared.web.demo import create_demo
from tests.shared.web.test_problems import problem_of


@given(
    st.floats(0.1, 1000),
    st.lists(st.floats(0, 3), min_size=1, max_size=60),
)
def test_never_more_than_the_rate_and_one_burst(rate: float, gaps: list[float]) -> None:
    now = 0.0
    limit = RateLimit(rate, lambda: now)
    allowed = 0
    for gap in gaps:
        now += gap
        allowed += limit.take("k") == 0
    assert allowed <= max(1.0, rate * BURST_SECONDS) + rate * now + 1e-6


@given(st.floats(0.1, 100), st.integers(1, 300))
def test_who_waits_as_told_may_ask(rate: float, requests: int) -> None:
    now = 0.0
    limit = RateLimit(rate, lambda: now)
    for _ in range(requests):
        wait = limit.take("k")
        if wait:
            now += wait + 1e-9
            assert limit.take("k") == 0


def test_keys_do_not_share_and_no_rate_is_no_limit() -> None:
    limit = RateLimit(0.5, lambda: 0.0)
    assert limit.take("a") == 0
    assert limit.take("a") > 0
    assert limit.take("b") == 0
    assert limit.take("a", 0) == 0
    assert all(RateLimit().take("a") == 0 for _ in range(1000))


async def test_429_says_when_to_come_back(tmp_path: Path) -> None:
    app = create_demo(tmp_path)
    ring: KeyRing = app.state.edge.keys
    key = ring.create("slow", ["admin"], rate=0.5)
    async with open_client(app) as client:
        headers = {"Authorization": f"Bearer {key}"}
        statuses = [(await client.get("/v1/things/1", headers=headers)) for _ in range(3)]
    last = statuses[-1]
    assert statuses[0].status_code != 429
    assert last.status_code == 429
    assert problem_of(last)["status"] == 429
    assert 1 <= int(last.headers["retry-after"]) <= 2
