"""Surveys, responses and cases over HTTP."""

import json
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.feedback.domain.case import case_of_complaint
from services.feedback.ports import Person
from services.feedback.use_cases import OpenCases
from shared.links import SURVEY_LINK_LIFE
from tests.services.feedback.builders import NOW, TIME, make_complaint, make_ref
from tests.services.feedback.running import Running, open_running

ACT = {"source": "/shop", "id": "1001", "type": "io.requite.act.purchase.v1"}
TIMED_ACT = {**ACT, "time": "2026-02-28T10:00:00+01:00"}


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_running(tmp_path) as opened:
        yield opened


async def get(running: Running, path: str) -> Any:
    response = await running.client.get(path, headers=running.key("cases:read"))
    assert response.status_code == 200, response.text
    return response.json()


async def test_a_link_of_the_shops_own_leads_to_one_response(running: Running) -> None:
    key = running.key("surveys:write")
    body = {"customer": "c-1", "act": TIMED_ACT}
    issued = await running.client.post("/v1/surveys/order/links", json=body, headers=key)
    assert issued.status_code == 200
    assert issued.json()["expires_at"] == (NOW + SURVEY_LINK_LIFE).isoformat().replace(
        "+00:00", "Z"
    )
    url = urlsplit(issued.json()["url"])
    assert (url.scheme, url.netloc) == ("https", "shop.example")
    assert (await get(running, "/v1/surveys/order/results"))["invitations"] == 1
    form = {"value": "9", "comment": "Quick."}
    assert (await running.client.post(url.path, data=form)).status_code == 200
    running.clock.advance(timedelta(hours=1))
    second = await running.client.post("/v1/surveys/order/links", json=body, headers=key)
    again = await running.client.get(urlsplit(second.json()["url"]).path)
    assert "answered already" in again.text
    (response,) = (await get(running, "/v1/responses?customer=c-1&survey=order"))["data"]
    assert response.pop("id")
    assert response == {
        "customer": "c-1",
        "survey": "order",
        "value": 9,
        "scale": [0, 10],
        "comment": "Quick.",
        "language": "en",
        "answered_at": "2026-03-01T12:00:00Z",
        "message_id": None,
        "about": TIMED_ACT,
    }
    assert (await get(running, "/v1/surveys/order/results"))["invitations"] == 1


async def test_results_tell_how_many_were_asked(running: Running) -> None:
    empty = await get(running, "/v1/surveys/order/results")
    assert empty == {
        "survey": "order",
        "invitations": 0,
        "answers": 0,
        "response_rate": None,
        "mean": None,
        "values": {str(n): 0 for n in range(11)},
        "nps": {"score": None, "promoters": 0, "passives": 0, "detractors": 0},
    }
    for n, value in enumerate((10, 9, 7, 3)):
        token = running.token(message_id=f"m-{n}")
        await running.client.post(f"/s/{token}", data={"value": str(value)})
    key = running.key("surveys:write")
    await running.client.post("/v1/surveys/order/links", json={"customer": "c-2"}, headers=key)
    results = await get(running, "/v1/surveys/order/results")
    assert (results["invitations"], results["answers"]) == (5, 4)
    assert (results["response_rate"], results["mean"]) == (0.8, 7.25)
    assert results["nps"] == {"score": 25.0, "promoters": 2, "passives": 1, "detractors": 1}


async def test_the_programmes_surveys_are_listed(running: Running) -> None:
    (survey,) = (await get(running, "/v1/surveys"))["data"]
    assert (survey["name"], survey["kind"], survey["scale"]) == ("order", "nps", [0, 10])
    assert survey["question"].keys() >= {"en", "es", "fr"}


async def test_a_case_is_closed_once_with_what_put_it_right(running: Running) -> None:
    await running.client.post(f"/s/{running.token()}", data={"value": "2", "comment": "Late."})
    (case,) = (await get(running, "/v1/cases?state=open"))["data"]
    assert (case["state"], case["cause"], case["said"]) == ("open", "survey", "Late.")
    (response,) = (await get(running, "/v1/responses"))["data"]
    assert case["response"] == response["id"]
    running.clock.advance(timedelta(hours=2))
    key = running.key("cases:write")
    path = f"/v1/cases/{case['id']}:close"
    body = {"fix": "sent-again", "note": "Called\nthem."}
    closed = await running.client.post(path, json=body, headers=key)
    assert closed.status_code == 200
    expected = case | body | {"state": "closed", "closed_at": "2026-03-01T14:00:00Z"}
    assert closed.json() == expected
    other = await running.client.post(path, json={"fix": "refunded"}, headers=key)
    assert (other.status_code, other.json()) == (200, expected)
    assert await get(running, f"/v1/cases/{case['id']}") == expected
    assert (await get(running, "/v1/cases?state=open"))["data"] == []
    assert (await get(running, "/v1/cases?state=closed"))["data"] == [expected]


async def test_lists_go_on_from_the_cursor(running: Running) -> None:
    opening = OpenCases(running.feedback.store, lambda: None)
    for n in range(5):
        await opening(make_complaint(f"c-{n % 2}", str(n), later=n // 2))
    seen: list[str] = []
    cursor = ""
    while True:
        page = await get(running, f"/v1/cases?limit=2{cursor}")
        seen += [case["id"] for case in page["data"]]
        if page["next_cursor"] is None:
            break
        assert len(page["data"]) == 2
        cursor = f"&cursor={page['next_cursor']}"
    assert len(seen) == len(set(seen)) == 5
    whole = await get(running, "/v1/cases?limit=5")
    assert [case["id"] for case in whole["data"]] == seen
    assert whole["next_cursor"] is None
    for n in range(3):
        token = running.token(message_id=f"m-{n}")
        await running.client.post(f"/s/{token}", data={"value": "9"})
    first = await get(running, "/v1/responses?limit=2")
    rest = await get(running, f"/v1/responses?limit=2&cursor={first['next_cursor']}")
    assert (len(first["data"]), len(rest["data"]), rest["next_cursor"]) == (2, 1, None)


async def test_each_operation_needs_its_scope(running: Running) -> None:
    case = "0" * 32
    operations = [
        ("GET", "/v1/surveys", "cases:read"),
        ("GET", "/v1/surveys/order/results", "cases:read"),
        ("POST", "/v1/surveys/order/links", "surveys:write"),
        ("GET", "/v1/responses", "cases:read"),
        ("GET", "/v1/cases", "cases:read"),
        ("GET", f"/v1/cases/{case}", "cases:read"),
        ("POST", f"/v1/cases/{case}:close", "cases:write"),
    ]
    wrong = running.key("events:write", "decisions:read")
    for method, path, scope in operations:
        assert (await running.client.request(method, path)).status_code == 401
        refused = await running.client.request(method, path, headers=wrong)
        assert refused.status_code == 403
        assert scope in refused.json()["detail"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/surveys/unknown/links", {"customer": "c-1"}, 404),
        ("/v1/surveys/order/links", {}, 422),
        ("/v1/surveys/order/links", {"customer": ""}, 422),
        ("/v1/surveys/order/links", {"customer": "a\x00b"}, 422),
        ("/v1/surveys/order/links", {"customer": "a\ud800b"}, 422),
        ("/v1/surveys/order/links", {"customer": "a\U0002fffeb"}, 422),
        ("/v1/surveys/order/links", {"customer": "c" * 201}, 422),
        ("/v1/surveys/order/links", {"customer": "c-1", "act": ACT}, 422),
        ("/v1/surveys/order/links", {"customer": "c-1", "act": {**TIMED_ACT, "time": 1e300}}, 422),
        ("/v1/surveys/order/links", {"customer": "c-1", "act": {**TIMED_ACT, "time": "now"}}, 422),
        ("/v1/surveys/order/links", {"customer": "c-1", "who": "?"}, 422),
        (f"/v1/cases/{'0' * 32}:close", {"fix": "replaced"}, 404),
        (f"/v1/cases/{'0' * 32}:close", {"fix": "Called Ann"}, 422),
        (f"/v1/cases/{'0' * 32}:close", {"fix": "replaced", "note": "a\x00"}, 422),
        (f"/v1/cases/{'0' * 32}:close", {"fix": "replaced", "note": "a" * 4001}, 422),
        ("/v1/cases/unknown:close", {"fix": "replaced"}, 404),
    ],
)
async def test_what_does_not_fit_is_a_problem(
    running: Running, path: str, body: dict[str, Any], status: int
) -> None:
    headers = running.key("admin") | {"Content-Type": "application/json"}
    response = await running.client.post(path, content=json.dumps(body), headers=headers)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        f"limit={10**40}",
        "cursor=x",
        f"cursor={10**16}-{'0' * 32}",
        "customer=",
        "customer=a%00b",
        "state=lost",
    ],
)
async def test_queries_that_do_not_fit_are_problems(running: Running, query: str) -> None:
    response = await running.client.get(f"/v1/cases?{query}", headers=running.key("admin"))
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


async def test_the_longest_ids_make_a_link_that_works(running: Running) -> None:
    ids = [
        "".join(chr(chance.randrange(0x20000, 0x2A000)) for _ in range(200))
        for chance in map(random.Random, range(4))
    ]
    act = {"source": ids[0], "id": ids[1], "type": ids[2], "time": TIMED_ACT["time"]}
    response = await running.client.post(
        "/v1/surveys/order/links",
        json={"customer": ids[3], "act": act},
        headers=running.key("surveys:write"),
    )
    page = await running.client.get(urlsplit(response.json()["url"]).path)
    assert page.status_code == 200


async def test_the_erased_are_not_asked(running: Running) -> None:
    await running.feedback.store.erase("c-1", TIME)
    erased = await running.client.post(
        "/v1/surveys/order/links", json={"customer": "c-1"}, headers=running.key("surveys:write")
    )
    assert erased.status_code == 409


async def test_the_erased_have_no_name_left(running: Running) -> None:
    await running.client.post(f"/s/{running.token()}", data={"value": "2", "comment": "Me."})
    case = case_of_complaint("c-1", make_ref("k", "complaint"), "Mine.", TIME)
    await OpenCases(running.feedback.store, lambda: None)(case)
    await running.feedback.store.erase("c-1", TIME)
    assert (await get(running, "/v1/responses?customer=c-1"))["data"] == []
    (response,) = (await get(running, "/v1/responses"))["data"]
    assert (response["customer"], response["comment"], response["value"]) == (None, "", 2)
    cases = (await get(running, "/v1/cases"))["data"]
    assert {(c["customer"], c["said"], c["state"], c["fix"]) for c in cases} == {
        (None, "", "closed", "customer-erased")
    }
    assert (await get(running, "/v1/surveys/order/results"))["answers"] == 1


async def test_the_survivor_answers_for_who_was_merged(running: Running) -> None:
    feedback, key = running.feedback, running.key("cases:read", "cases:write")
    opening = OpenCases(feedback.store, lambda: None)
    for n, customer in enumerate(("c-1", "c-2")):
        await opening(make_complaint(customer, f"k-{n}"))
        link = running.token(customer, f"m-{n}")
        assert (await running.client.post(f"/s/{link}", data={"value": "9"})).status_code == 200
    await feedback.store.remember({"c-2": Person(2, merged_into="c-1")})
    for path in ("/v1/cases", "/v1/responses"):
        query = {"customer": "c-2", "limit": "7"}
        moved = await running.client.get(path, params=query, headers=key)
        assert moved.status_code == 308
        assert moved.headers["Location"] == f"{path}?limit=7&customer=c-1"
        assert moved.headers["Cache-Control"] == "no-store"
        for following in (moved.headers["Location"], path):
            found = (await get(running, following))["data"]
            assert [item["customer"] for item in found] == ["c-1", "c-1"]
    for case in (await get(running, "/v1/cases"))["data"]:
        assert (await get(running, f"/v1/cases/{case['id']}"))["customer"] == "c-1"
        close = await running.client.post(
            f"/v1/cases/{case['id']}:close", json={"fix": "replaced"}, headers=key
        )
        assert close.json()["customer"] == "c-1"
    await feedback.store.remember({"c-2": Person(3)})
    for customer in ("c-1", "c-2"):
        (case,) = (await get(running, f"/v1/cases?customer={customer}"))["data"]
        assert case["customer"] == customer
