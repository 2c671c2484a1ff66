"""/v1/suppressions: which addresses are not used, without the addresses."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.notifier.use_cases.suppressing import SuppressErased
from tests.services.notifier.builders import make_customer, tell
from tests.services.notifier.wishes import Wishes, open_wishes

PATH = "/v1/suppressions"
ADA = {"kind": "email", "address": "Ada@example.org"}


@pytest.fixture
async def wishes(tmp_path: Path) -> AsyncIterator[Wishes]:
    async with open_wishes(tmp_path) as opened:
        yield opened


async def test_an_address_is_suppressed_and_used_again(wishes: Wishes) -> None:
    before = (await wishes.client.post(f"{PATH}:check", json=ADA)).json()
    assert (before["suppressed"], before["suppression"]) == (False, None)
    for _ in range(2):
        response = await wishes.client.post(PATH, json=ADA)
        assert response.status_code == 200
    found = response.json()
    assert found == {
        "digest": before["digest"],
        "cause": "manual",
        "since": "2026-03-01T12:00:00Z",
        "message_id": None,
        "code": None,
    }
    written = {"kind": "email", "address": " ada@EXAMPLE.org "}
    after = (await wishes.client.post(f"{PATH}:check", json=written)).json()
    assert (after["suppressed"], after["suppression"]) == (True, found)
    listed = await wishes.client.get(PATH)
    assert listed.json() == {"data": [found], "next_cursor": None}
    assert "example" not in listed.text.lower()
    for status in (204, 404):
        assert (await wishes.client.delete(f"{PATH}/{found['digest']}")).status_code == status
    assert (await wishes.client.get(PATH)).json()["data"] == []


async def test_pages(wishes: Wishes) -> None:
    for n in range(5):
        await wishes.client.post(PATH, json={"kind": "phone", "address": f"+3460000000{n}"})
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await wishes.client.get(PATH, params=query)).json()
        seen += [one["digest"] for one in page["data"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 5
    for bad in ("x", "bnVsbA", "WzEsMl0"):
        assert (await wishes.client.get(PATH, params={"cursor": bad})).status_code == 422


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({**ADA, "kind": ""}, "#/kind"),
        ({**ADA, "address": ""}, "#/address"),
        ({**ADA, "cause": "erased"}, "#/cause"),
        ({"kind": "email"}, "#/address"),
    ],
)
async def test_what_is_wrong_is_said_with_its_place(
    wishes: Wishes, body: dict[str, str], pointer: str
) -> None:
    response = await wishes.client.post(PATH, json=body)
    assert response.status_code == 422
    assert [one["pointer"] for one in response.json()["errors"]] == [pointer]
    assert "example" not in response.text


async def test_the_addresses_of_somebody_erased_stay_unused(wishes: Wishes) -> None:
    customers = wishes.stores.customers
    ada = make_customer(phone="+34600000000", addresses={"push": "a-token"})
    await customers.put([tell(ada)])
    suppress = SuppressErased(customers, wishes.suppressing)
    for _ in range(2):
        await suppress("c-1")
    await suppress("stranger")
    await customers.erase("c-1")
    await suppress("c-1")
    # Told of again, and agreed to again: the list still says no.
    await customers.put([tell(make_customer("c-7"))])
    for kind, address in (("email", "ada@example.org"), ("phone", "+34600000000")):
        found = await wishes.suppressing.check(kind, address)
        assert found is not None
        assert found.cause == "erased"
    assert await wishes.suppressing.check("push", "a-token") is not None
    assert len(await wishes.suppressing.page(10, None)) == 3
