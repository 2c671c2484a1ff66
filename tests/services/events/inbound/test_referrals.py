"""Referrals over HTTP, on the real app with its log, consumer and store."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.clock import ManualClock
from shared.config import DEFAULT_PROGRAMME
from shared.contracts.acts import short_name
from tests.services.events.builders import NOW
from tests.services.events.inbound.running import Running, make_json, open_running

BROWSER = {"accept": "text/html,*/*;q=0.8", "user-agent": "Mozilla/5.0 (X11) Firefox/140.0"}


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_running(tmp_path) as opened:
        yield opened


async def invite(running: Running, referrer: str = "c-1", **seen: str) -> dict[str, Any]:
    answer = await running.client.post("/v1/referrals", json={"referrer": referrer, **seen})
    assert answer.status_code in (200, 201)
    return dict(answer.json())


async def claim(running: Running, code: str, customer: str = "c-2", **seen: str) -> Any:
    answer = await running.client.post(
        f"/v1/referrals/{code}/claims", json={"customer": customer, **seen}
    )
    assert answer.status_code == 200
    return answer.json()


async def listed(running: Running, **query: Any) -> Any:
    answer = await running.client.get("/v1/referrals", params=query)
    assert answer.status_code == 200
    return answer.json()


async def until(running: Running, referral_id: str, state: str) -> Any:
    """What is asynchronous has happened; the test's own time limit ends a wait in vain."""
    while True:
        found = (await running.client.get(f"/v1/referrals/{referral_id}")).json()
        if found["state"] == state:
            return found
        await asyncio.sleep(0.02)


async def test_from_an_invitation_to_both_acts(running: Running) -> None:
    invitation = await invite(running)
    assert invitation["state"] == "invited"
    assert invitation["link"] == f"http://127.0.0.1:8080/r/{invitation['code']}"
    again = await running.client.post("/v1/referrals", json={"referrer": "c-1"})
    assert (again.status_code, again.json()) == (200, invitation)
    code = invitation["code"]

    visit = {"anonymous_id": "v-7", "ip": "192.0.2.7"}
    answer = await running.client.post(f"/v1/referrals/{code}/visits", json=visit)
    assert answer.status_code == 204
    referral = await claim(running, code.upper(), anonymous_id="v-7", ip="192.0.2.7")
    bought = {"order_id": "o-1", "total": "50.00", "currency": "EUR"}
    order = make_json("purchase", subject="c-2", time="2026-06-01T12:00:00Z", data=bought)
    assert (await running.post([order])).status_code == 202
    stands = await until(running, referral["id"], "purchased")
    assert stands["due_at"] == "2026-06-15T12:00:00Z"

    clock = running.infrastructure.clock
    assert isinstance(clock, ManualClock)
    clock.advance(timedelta(days=14))
    await running.events.referrals.confirm()
    stands = await until(running, referral["id"], "confirmed")
    assert [(step["state"], step["at"]) for step in stands["history"]] == [
        ("invited", "2026-06-01T12:00:00Z"),
        ("visited", "2026-06-01T12:00:00Z"),
        ("registered", "2026-06-01T12:00:00Z"),
        ("purchased", "2026-06-01T12:00:00Z"),
        ("confirmed", "2026-06-15T12:00:00Z"),
    ]
    acts = {short_name(act.type): act for act in await running.acts(3)}
    assert (acts["referral"].subject, acts["welcome"].subject) == ("c-1", "c-2")
    page = await listed(running, referrer="c-1")
    assert page["invitation"] == invitation | {
        "state": "visited",
        "visits": 1,
        "visited_at": NOW.isoformat().replace("+00:00", "Z"),
    }
    assert page["data"] == [stands]


async def test_staff_see_what_waits_and_decide(running: Running) -> None:
    seen = {"address": "Rua Augusta 1, Lisboa"}
    code = (await invite(running, **seen))["code"]
    flagged = await claim(running, code, "c-2", **seen)
    await claim(running, code, "c-3")
    page = await listed(running, flagged=True)
    assert [one["id"] for one in page["data"]] == [flagged["id"]]
    assert [flag["reason"] for flag in page["data"][0]["flags"]] == ["same_address"]

    path = f"/v1/referrals/{flagged['id']}"
    note = {"reason": "They are neighbours."}
    answer = await running.client.post(f"{path}:unblock", json=note)
    assert (answer.status_code, answer.json()["flags"]) == (200, [])
    assert (await listed(running, flagged=True))["data"] == []
    assert (await running.client.post(f"{path}:unblock", json=note)).status_code == 409
    answer = await running.client.post(f"{path}:reject", json={"reason": "They are not."})
    last = answer.json()["history"][-1]
    assert (last["state"], last["reason"], last["by"], last["note"]) == (
        "rejected",
        "staff",
        "test",
        "They are not.",
    )


async def test_pages(running: Running) -> None:
    code = (await invite(running))["code"]
    ids = [(await claim(running, code, f"c-{number}"))["id"] for number in range(10, 15)]
    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": 2, "referrer": "c-1"} | ({"cursor": cursor} if cursor else {})
        page = await listed(running, **query)
        seen += [one["id"] for one in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(ids)
    assert (await listed(running, referrer="c-9")) == {
        "invitation": None,
        "data": [],
        "next_cursor": None,
    }


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/referrals", {"referrer": "ana@example.com"}, 422),
        ("/v1/referrals", {"referrer": "forum:x:nobody"}, 422),
        ("/v1/referrals", {"referrer": ""}, 422),
        ("/v1/referrals", {"referrer": "c-1", "e-mail": "x"}, 422),
        ("/v1/referrals/none/claims", {"customer": "c-2"}, 404),
        ("/v1/referrals/none/visits", {}, 404),
        ("/v1/referrals/{code}/claims", {}, 422),
        ("/v1/referrals/{code}/claims", {"customer": "ana@example.com"}, 422),
        ("/v1/referrals/{code}/claims", {"customer": "c-2", "email": "ana"}, 422),
        ("/v1/referrals/{code}/claims", {"customer": "c-2", "anonymous_id": "a b\n"}, 422),
        ("/v1/referrals/{code}/visits", {"anonymous_id": "a@b"}, 422),
        ("/v1/referrals/{code}:unblock", {"reason": "x"}, 404),
        ("/v1/referrals/" + "0" * 32 + ":unblock", {"reason": "x"}, 404),
        ("/v1/referrals/" + "0" * 32 + ":reject", {"reason": ""}, 422),
        ("/v1/referrals/" + "0" * 32 + "/claims", {"customer": "c-2"}, 404),
    ],
)
async def test_what_does_not_fit_is_refused(
    running: Running, path: str, body: dict[str, str], status: int
) -> None:
    code = (await invite(running))["code"]
    answer = await running.client.post(path.replace("{code}", code), json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    for text in body.values():
        assert len(text) < 3 or text not in answer.text


async def test_a_cursor_that_was_not_given_out_here_is_refused(running: Running) -> None:
    for cursor in ("x", f"{'9' * 15}-{'0' * 32}"):
        answer = await running.client.get("/v1/referrals", params={"cursor": cursor})
        assert answer.status_code == 422


async def test_keys_need_their_scope(running: Running) -> None:
    plain = running.infrastructure.keys.create("reader", ["referrals:read"])
    headers = {"Authorization": f"Bearer {plain}"}
    answer = await running.client.get("/v1/referrals", headers=headers)
    assert answer.status_code == 200
    for path in ("", "/k/visits", "/k/claims", f"/{'0' * 32}:unblock", f"/{'0' * 32}:reject"):
        answer = await running.client.post(f"/v1/referrals{path}", json={}, headers=headers)
        assert answer.status_code == 403


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Running]:
    """A shop with an address."""
    programme = tmp_path / "programme"
    copy_programme(programme)
    async with open_running(tmp_path / "data", programme_dir=programme) as opened:
        yield opened


def copy_programme(folder: Path) -> None:
    shutil.copytree(DEFAULT_PROGRAMME, folder)
    with (folder / "programme.yaml").open("a", encoding="utf-8") as settings:
        settings.write("shop_url: https://shop.example/?from=thanks#top\n")


async def follow(running: Running, code: str, **headers: str) -> httpx.Response:
    sent = BROWSER | {name.replace("_", "-"): value for name, value in headers.items()}
    return await running.client.get(f"/r/{code}", headers={**sent, "Authorization": ""})


async def visits(running: Running) -> int:
    return int((await listed(running, referrer="c-1"))["invitation"]["visits"])


async def test_the_link_leads_to_the_shop_and_counts(shop: Running) -> None:
    code = (await invite(shop))["code"]
    for spelt in (code, code.upper()):
        answer = await follow(shop, spelt)
        assert answer.status_code == 302
        assert answer.headers["location"] == f"https://shop.example/?from=thanks&ref={code}#top"
        assert "set-cookie" not in answer.headers
    assert await visits(shop) == 1
    await follow(shop, code, user_agent="Mozilla/5.0 (Macintosh) Safari/605.1")
    assert await visits(shop) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"user_agent": ""},
        {"user_agent": "Slackbot-LinkExpanding 1.0"},
        {"user_agent": "facebookexternalhit/1.1"},
        {"user_agent": "python-httpx/0.28"},
        {"accept": "*/*"},
        {"sec_purpose": "prefetch;prerender"},
        {"purpose": "prefetch"},
    ],
)
async def test_machines_that_follow_links_do_not_count(
    shop: Running, headers: dict[str, str]
) -> None:
    code = (await invite(shop))["code"]
    assert (await follow(shop, code, **headers)).status_code == 302
    head = await shop.client.head(f"/r/{code}", headers=BROWSER)
    assert head.status_code == 302
    assert await visits(shop) == 0


@pytest.mark.parametrize(
    "code",
    [
        "unknown",
        "0000000000",
        "%2F%2Fevil.example",
        "https:evil.example",
        "a%0d%0aSet-Cookie:x",
        "{code}",
    ],
)
async def test_any_other_code_leads_to_the_front_page(shop: Running, code: str) -> None:
    answer = await follow(shop, code)
    if answer.status_code != 404:  # A slash is no part of a code, but of another path.
        assert answer.status_code == 302
        assert answer.headers["location"] == "https://shop.example/?from=thanks#top"
    assert "evil" not in answer.headers.get("location", "")


async def test_without_a_shops_address_a_link_is_not_found(running: Running) -> None:
    code = (await invite(running))["code"]
    answer = await follow(running, code)
    assert (answer.status_code, answer.json()["title"]) == (404, "Not Found")
    assert (await listed(running, referrer="c-1"))["invitation"]["visits"] == 1
