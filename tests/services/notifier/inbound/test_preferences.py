"""/v1/preferences: what counts, the whole record, changes at a customer's word, a link to send."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.notifier.domain.consent import standing
from services.notifier.domain.preferences import Preferences
from services.notifier.ports.customers import Told
from tests.services.notifier.builders import DAY, NOW, TIME, make_customer, tell
from tests.services.notifier.wishes import Wishes, open_wishes

PATH = "/v1/preferences/c-1"


@pytest.fixture
async def wishes(tmp_path: Path) -> AsyncIterator[Wishes]:
    async with open_wishes(tmp_path) as opened:
        await opened.stores.customers.put([tell(make_customer())])
        yield opened


async def get(wishes: Wishes, path: str = PATH) -> dict[str, Any]:
    response = await wishes.client.get(path)
    assert response.status_code == 200, response.text
    return dict(response.json())


async def test_it_says_what_counts_and_why(wishes: Wishes) -> None:
    response = await wishes.client.get(PATH)
    assert response.headers["etag"] == '"0"'
    found = response.json()
    assert (found["customer"], found["revision"], found["frequency"]) == ("c-1", 0, "usual")
    assert (found["channels"], found["paused_until"]) == ([], None)
    effective = {(one["purpose"], one["channel"]): one for one in found["effective"]}
    assert len(effective) == 5 * 4
    assert effective["thanks", "email"]["consent"] == "granted"
    assert effective["thanks", "email"]["allowed"]
    assert not effective["thanks", "sms"]["allowed"]  # no number is known
    assert not effective["survey", "email"]["allowed"]
    assert effective["recovery", "email"]["allowed"]
    assert effective["thanks", "inbox"] == {
        "purpose": "thanks",
        "channel": "inbox",
        "consent": None,
        "allowed": True,
    }
    (line,) = found["consents"]
    assert line == {
        "purpose": "thanks",
        "channel": "email",
        "state": "granted",
        "time": "2026-01-01T00:00:00Z",
        "source": None,
        "wording": None,
        "expires": None,
    }


async def test_support_changes_some_of_it_at_the_customers_word(wishes: Wishes) -> None:
    until = (NOW + timedelta(days=10)).isoformat()
    consent = {
        "purpose": "survey",
        "channel": "email",
        "state": "granted",
        "wording": "call 7",
        "expires": (NOW + timedelta(days=1)).isoformat(),
    }
    body = {"frequency": "weekly", "paused_until": until, "consents": [consent]}
    for _ in range(2):  # the same word twice is one line
        response = await wishes.client.patch(PATH, json=body)
        assert response.status_code == 200, response.text
        assert response.headers["etag"] == '"1"'
    line = response.json()["consents"][-1]
    assert (line["source"], line["wording"], line["time"]) == (
        "api",
        "call 7",
        "2026-03-01T12:00:00Z",
    )
    wishes.clock.advance(timedelta(days=1))
    effective = {(e["purpose"], e["channel"]): e for e in (await get(wishes))["effective"]}
    assert effective["survey", "email"]["consent"] is None
    await wishes.client.patch(PATH, json={"channels": ["inbox", "email"]})
    assert (await wishes.customer()).preferences == Preferences(
        channels=("inbox", "email"), frequency="weekly", paused_until=TIME + 10 * DAY, revision=2
    )
    await wishes.client.patch(PATH, json={"paused_until": None})
    assert (await wishes.customer()).preferences.paused_until is None


async def test_put_sets_everything_but_never_takes_a_line_away(wishes: Wishes) -> None:
    await wishes.client.patch(PATH, json={"frequency": "monthly", "channels": ["email"]})
    withdrawn = {"consents": [{"purpose": "thanks", "state": "withdrawn"}]}
    response = await wishes.client.put(PATH, json=withdrawn)
    assert response.status_code == 200
    found = response.json()
    assert (found["frequency"], found["channels"]) == ("usual", [])
    lines = [(one["purpose"], one["channel"], one["state"]) for one in found["consents"]]
    assert lines == [("thanks", "email", "granted"), ("thanks", "any", "withdrawn")]


async def test_a_withdrawal_outranks_a_shops_clock_that_is_ahead(wishes: Wishes) -> None:
    ahead = make_customer(consents=(), revision=2)
    granted = make_customer().consents[0]
    later = type(granted)(purpose="thanks", channel="email", state="granted", time=TIME + DAY)
    await wishes.stores.customers.put([Told("c-1", ahead.record, (later,))])  # type: ignore[arg-type]
    await wishes.client.patch(
        PATH, json={"consents": [{"purpose": "thanks", "state": "withdrawn"}]}
    )
    consents = (await wishes.customer()).consents
    assert standing(consents, "thanks", "email", TIME) == "withdrawn"
    agreed = {"purpose": "thanks", "channel": "email", "state": "granted"}
    await wishes.client.patch(PATH, json={"consents": [agreed]})
    assert standing((await wishes.customer()).consents, "thanks", "email", TIME) == "granted"


async def test_if_match(wishes: Wishes) -> None:
    first = await wishes.client.patch(
        PATH, json={"frequency": "weekly"}, headers={"If-Match": '"0"'}
    )
    assert first.status_code == 200
    for tag in ('"0"', 'W/"1"', "1", '"x"', '"²"'):
        stale = await wishes.client.put(
            PATH, json={"frequency": "monthly"}, headers=[(b"If-Match", tag.encode())]
        )
        assert stale.status_code == 412
    for tag in ('"1"', "*"):
        good = await wishes.client.put(
            PATH, json={"frequency": "monthly"}, headers={"If-Match": tag}
        )
        assert good.status_code == 200


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"frequency": "daily"}, "#/frequency"),
        ({"channels": ["email", "fax"]}, "#/channels/1"),
        ({"channels": ["email", "email"]}, "#/channels"),
        ({"paused_until": "2026-03-01T12:00:00"}, "#/paused_until"),
        ({"consents": [{"purpose": "mention", "state": "granted"}]}, "#/consents/0/purpose"),
        (
            {"consents": [{"purpose": "thanks", "channel": "fax", "state": "granted"}]},
            "#/consents/0/channel",
        ),
        ({"more": 1}, "#/more"),
    ],
)
async def test_what_is_wrong_is_said_with_its_place(
    wishes: Wishes, body: dict[str, Any], pointer: str
) -> None:
    for method in ("PUT", "PATCH"):
        response = await wishes.client.request(method, PATH, json=body)
        assert response.status_code == 422
        assert [one["pointer"] for one in response.json()["errors"]] == [pointer]


async def test_nobody_and_somebody_erased(wishes: Wishes) -> None:
    await wishes.stores.customers.erase("c-1")
    for id in ("c-1", "c-9"):
        assert (await wishes.client.get(f"/v1/preferences/{id}")).status_code == 404
    response = await wishes.client.put(PATH, json={"frequency": "weekly"})
    assert response.status_code == 404


async def test_whoever_was_merged_answers_elsewhere(wishes: Wishes) -> None:
    record = make_customer().record
    assert record is not None
    await wishes.stores.customers.put([Told("c/2", record, (), "c-1")])
    old = "/v1/preferences/c%2F2"
    for method, path in (("GET", ""), ("PUT", ""), ("PATCH", ""), ("POST", ":link")):
        json: dict[str, str] | None = None if method in {"GET", "POST"} else {}
        response = await wishes.client.request(method, old + path, json=json)
        assert response.status_code == 308
        assert response.headers["location"] == PATH + path


async def test_a_link_to_send(wishes: Wishes) -> None:
    response = await wishes.client.post(f"{PATH}:link")
    url = response.json()["url"]
    assert url.startswith("https://shop.example/u/")
    page = await wishes.client.get(url.removeprefix("https://shop.example"))
    assert page.status_code == 200
    body = {"message_id": "0" * 32}
    with_message = await wishes.client.post(f"{PATH}:link", json=body)
    token = with_message.json()["url"].rpartition("/")[2]
    assert wishes.preferences.link(token).message_id == "0" * 32
