"""The page behind a mailed link: asks, links once it is told to, is polite whatever happens."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from shared.clock import ManualClock
from shared.errors import Unavailable
from shared.links import AliasLink, SurveyLink, sign_alias_link, sign_survey_link
from tests.services.events.builders import NOW
from tests.services.events.inbound.running import Running, make_json, open_running
from tests.shared.pages.outline import check_page

FORUM = "discourse:forum:anna"
PUBLIC = "https://shop.example"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_running(tmp_path, public_url=f"{PUBLIC}/") as opened:
        await opened.client.put("/v1/customers/c-1", json={"locale": "es-AR"})
        opened.client.headers.pop("Authorization")
        yield opened


async def _path(running: Running, alias: str = FORUM, customer: str = "c-1") -> str:
    key = running.infrastructure.keys.create("staff", ["customers:write"])
    response = await running.client.post(
        f"/v1/aliases/{alias}/invitation",
        json={"customer": customer},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert response.status_code == 200
    told = response.json()
    assert told["expires_at"] == "2026-06-08T12:00:00Z"
    url: str = told["url"]
    assert url.startswith(f"{PUBLIC}/l/")
    return url.removeprefix(PUBLIC)


async def _customer(running: Running) -> str | None:
    key = running.infrastructure.keys.create("reader", ["customers:read"])
    headers = {"Authorization": f"Bearer {key}"}
    response = await running.client.get(f"/v1/aliases/{FORUM}", headers=headers)
    return response.json()["customer"] if response.status_code == 200 else None


async def _admin(running: Running, method: str, path: str, **body: object) -> None:
    key = running.infrastructure.keys.create("admin", ["admin"])
    headers = {"Authorization": f"Bearer {key}"}
    response = await running.client.request(method, path, json=body or None, headers=headers)
    assert response.status_code < 300


async def test_looking_links_nothing_and_the_button_links(running: Running) -> None:
    path = await _path(running)
    for method in ("GET", "HEAD", "GET"):
        shown = await running.client.request(method, path)
        assert shown.status_code == 200
    assert await _customer(running) is None
    outline = check_page(shown.text)
    assert outline.all("html") == [{"lang": "es"}]
    assert outline.all("form") == [{"method": "post"}]
    assert "anna" in shown.text
    for _ in range(2):
        linked = await running.client.post(path)
        assert linked.status_code == 200
        assert "Gracias" in linked.text
        assert check_page(linked.text).all("form") == []
    assert await _customer(running) == "c-1"
    assert "Gracias" in (await running.client.get(path)).text


async def test_acts_that_waited_are_claimed(running: Running) -> None:
    key = running.infrastructure.keys.create("shop", ["events:write"])
    await running.post([make_json(subject=FORUM)], Authorization=f"Bearer {key}")
    await running.client.post(await _path(running))
    (act,) = await running.acts(1)
    assert act.subject == "c-1"


async def test_the_page_is_private_and_runs_nothing(running: Running) -> None:
    headers = (await running.client.get(await _path(running))).headers
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src" not in headers["content-security-policy"]
    assert "form-action 'self'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "set-cookie" not in headers


async def test_an_account_of_another_customer_stays_theirs(running: Running) -> None:
    path = await _path(running)
    await _admin(running, "PUT", f"/v1/aliases/{FORUM}", customer="c-2")
    for method in ("GET", "POST"):
        response = await running.client.request(method, path)
        assert response.status_code == 409
        assert "c-2" not in response.text
        check_page(response.text)
    assert await _customer(running) == "c-2"


async def test_an_erased_customer_gets_nothing_linked(running: Running) -> None:
    path = await _path(running)
    await _admin(running, "DELETE", "/v1/customers/c-1")
    response = await running.client.post(path)
    assert response.status_code == 410
    check_page(response.text)
    assert await _customer(running) is None


async def test_a_link_has_its_time(running: Running) -> None:
    path = await _path(running)
    clock = running.infrastructure.clock
    assert isinstance(clock, ManualClock)
    clock.advance(timedelta(days=7))
    for method in ("GET", "POST"):
        response = await running.client.request(method, path)
        assert response.status_code == 410
        check_page(response.text)
    assert await _customer(running) is None


async def test_links_that_were_not_made_here_get_a_polite_page(running: Running) -> None:
    secret = running.infrastructure.link_secret
    expires = NOW + timedelta(days=1)
    tokens = [
        "x",
        "%F0%9F%98%80",
        "x" * 5000,
        sign_alias_link("another", AliasLink(FORUM, "c-1", expires)),
        sign_survey_link(secret, SurveyLink("c-1", "order", expires)),
    ]
    for token in tokens:
        for method in ("GET", "POST"):
            response = await running.client.request(method, f"/l/{token}")
            assert response.status_code == 404
            assert check_page(response.text).all("form") == []
    assert await _customer(running) is None


async def test_a_store_that_is_away_asks_to_try_again(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await _path(running)

    async def away(*_: object) -> None:
        raise Unavailable("the store is away")

    store = type(running.events.customers.store)
    monkeypatch.setattr(store, "get_customer", away)
    response = await running.client.post(path)
    assert response.status_code == 503
    check_page(response.text)


async def test_only_known_customers_are_invited(running: Running) -> None:
    key = running.infrastructure.keys.create("staff", ["customers:write"])
    response = await running.client.post(
        f"/v1/aliases/{FORUM}/invitation",
        json={"customer": "c-9"},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert response.status_code == 404
