"""POST /v1/bounces: what came back is heeded, once, and only if it is about something of ours."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.notifier.domain.consent import standing
from shared.clock import epoch_ms
from shared.contracts.purposes import PURPOSES
from tests.services.notifier.builders import NOW, TIME, make_customer, tell
from tests.services.notifier.inbound import returned_samples as samples
from tests.services.notifier.wishes import Wishes, open_wishes

ADA = ("email", "ada@example.org")


@pytest.fixture
async def wishes(tmp_path: Path) -> AsyncIterator[Wishes]:
    async with open_wishes(tmp_path) as opened:
        await opened.stores.customers.put([tell(make_customer())])
        yield opened


async def mail(wishes: Wishes, text: str, id: str = "", **query: str) -> dict[str, Any]:
    """What comes of a mail about the message `id`."""
    token = wishes.path("c-1", id or None).removeprefix("/u/")
    body = text.replace(samples.ID, id).replace("{token}", token).encode()
    headers = {"Content-Type": "message/rfc822"}
    path = "/v1/bounces"
    response = await wishes.client.post(path, content=body, headers=headers, params=query)
    assert response.status_code == 202, response.text
    (answer,) = response.json()["data"]
    return dict(answer)


async def post(wishes: Wishes, body: object) -> httpx.Response:
    """What a provider says."""
    return await wishes.client.post("/v1/bounces", json=body)


async def refused(wishes: Wishes) -> set[str]:
    """The purposes that the customer has withdrawn."""
    consents = (await wishes.customer()).consents
    return {one for one in PURPOSES if standing(consents, one, "email", TIME) == "withdrawn"}


@pytest.mark.parametrize("sample", [samples.POSTFIX, samples.EXCHANGE])
async def test_a_dead_address_is_used_no_more(wishes: Wishes, sample: str) -> None:
    message = await wishes.message()
    for _ in range(2):
        answer = await mail(wishes, sample, message.id)
        assert answer == {"outcome": "suppressed", "reason": None}
    found = await wishes.suppressing.check(*ADA)
    assert found is not None
    assert (found.cause, found.message, found.since) == ("hard_bounce", message.id, TIME)
    assert found.code in {"5.1.1", "5.1.10"}
    assert await refused(wishes) == set()
    assert wishes.counted == {("hard", "suppressed"): 2}


async def test_a_mail_suppresses_no_more_than_where_the_message_went(wishes: Wishes) -> None:
    """Whoever got a message knows its id, and may name anybody in a mail that they make up."""
    message = await wishes.message()
    for sample in (samples.POSTFIX, samples.AMAZON_COMPLAINT):
        await mail(wishes, sample.replace("ada@", "victim@"), message.id)
    assert await wishes.suppressing.check("email", "victim@example.org") is None
    assert await wishes.suppressing.check(*ADA) is not None


async def test_a_provider_is_believed_besides(wishes: Wishes) -> None:
    message = await wishes.message()
    await wishes.stores.customers.put([tell(make_customer(email="new@example.org", revision=2))])
    said = {"message_id": message.id, "address": "ada@example.org", "kind": "hard"}
    assert (await post(wishes, said)).status_code == 202
    for address in ("ada@example.org", "new@example.org"):
        assert await wishes.suppressing.check("email", address) is not None


@pytest.mark.parametrize("sample", [samples.EXIM, samples.GMAIL, samples.DELAYED])
async def test_what_may_pass_is_counted(wishes: Wishes, sample: str) -> None:
    message = await wishes.message()
    assert await mail(wishes, sample, message.id) == {"outcome": "counted", "reason": None}
    assert await wishes.suppressing.page(10, None) == []


async def test_nobody_suppresses_others_by_a_mail_that_they_make_up(wishes: Wishes) -> None:
    answer = await mail(wishes, samples.POSTFIX, samples.ID)
    assert answer == {"outcome": "ignored", "reason": "no message that is known here"}
    assert await wishes.suppressing.page(10, None) == []


async def test_who_complained_gets_nothing_more(wishes: Wishes) -> None:
    message = await wishes.message()
    for _ in range(2):
        assert (await mail(wishes, samples.AMAZON_COMPLAINT, message.id))["outcome"] == "suppressed"
    found = await wishes.suppressing.check(*ADA)
    assert found is not None
    assert (found.cause, found.message) == ("complaint", message.id)
    assert await refused(wishes) == {*PURPOSES}
    customer = await wishes.customer()
    assert {one.source for one in customer.consents if one.state == "withdrawn"} == {"mail"}
    assert customer.preferences.revision == 1


async def test_a_mail_to_unsubscribe(wishes: Wishes) -> None:
    message = await wishes.message()
    answer = await mail(wishes, samples.UNSUBSCRIBE, message.id)
    assert (answer["outcome"], await refused(wishes)) == ("withdrawn", {"thanks"})
    by_id = await mail(
        wishes, samples.REPLY, message.id, recipient=f"unsubscribe+{message.id}@shop.example"
    )
    assert by_id["outcome"] == "ignored"
    assert (await wishes.customer()).preferences.revision == 1
    await mail(wishes, samples.UNSUBSCRIBE, "")
    assert await refused(wishes) == {*PURPOSES}


async def test_other_mail_is_ignored_with_the_reason(wishes: Wishes) -> None:
    message = await wishes.message()
    away = await mail(wishes, samples.AWAY, message.id)
    assert away == {"outcome": "ignored", "reason": "an automatic reply"}
    assert wishes.counted == {("other", "ignored"): 1}


async def test_a_provider_says_of_many_at_once(wishes: Wishes) -> None:
    message = await wishes.message()
    yesterday = NOW.replace(day=1, month=2)
    said = [
        {"message_id": message.id, "kind": "soft", "code": "4.2.2"},
        {"address": " B@Example.org", "kind": "hard", "time": yesterday.isoformat()},
        {"address": "+34600000000", "address_kind": "phone", "kind": "hard"},
        {"message_id": "0" * 32, "kind": "hard"},
        {"address": "nobody@example.org", "kind": "unsubscribe"},
    ]
    response = await post(wishes, said)
    assert response.status_code == 202
    outcomes = [one["outcome"] for one in response.json()["data"]]
    assert outcomes == ["counted", "suppressed", "suppressed", "ignored", "ignored"]
    dead = await wishes.suppressing.check("email", "b@example.org")
    assert dead is not None
    assert (dead.since, dead.message) == (epoch_ms(yesterday), None)
    assert await wishes.suppressing.check("phone", "+34600000000") is not None


async def test_an_address_stands_for_everybody_who_has_it(wishes: Wishes) -> None:
    await wishes.stores.customers.put([tell(make_customer("c-2"))])
    response = await post(wishes, {"address": "Ada@example.org", "kind": "complaint"})
    assert response.json()["data"][0]["outcome"] == "suppressed"
    for id in ("c-1", "c-2"):
        consents = (await wishes.customer(id)).consents
        assert standing(consents, "survey", "email", TIME) == "withdrawn"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "hard"}, "#"),
        ({"address": "a@b", "kind": "bad"}, "#/kind"),
        ([{"address": "a@b", "kind": "hard"}, {"address": "", "kind": "hard"}], "#/1/address"),
        ([{"address": "a@b", "kind": "hard", "more": 1}], "#/0/more"),
        ([], "#"),
        ([{"address": "a@b", "kind": "soft"}] * 1001, "#"),
        ("hard", "#"),
    ],
)
async def test_what_is_wrong_is_said_with_its_place(
    wishes: Wishes, body: object, pointer: str
) -> None:
    response = await post(wishes, body)
    assert response.status_code == 422
    assert [one["pointer"] for one in response.json()["errors"]] == [pointer]
    assert "a@b" not in response.text


async def test_it_takes_mail_and_json(wishes: Wishes) -> None:
    for headers in ({}, {"Content-Type": "text/plain"}):
        response = await wishes.client.post("/v1/bounces", content=b"x", headers=headers)
        assert response.status_code == 415
    headers = {"Content-Type": "application/json"}
    response = await wishes.client.post("/v1/bounces", content=b"{", headers=headers)
    assert response.status_code == 422
    long = await wishes.client.post(
        "/v1/bounces", content=b"x" * 2**21, headers={"Content-Type": "message/rfc822"}
    )
    assert long.status_code == 413


async def test_a_message_of_somebody_erased_is_not_known(wishes: Wishes) -> None:
    message = await wishes.message()
    await wishes.stores.customers.erase("c-1")
    assert (await mail(wishes, samples.POSTFIX, message.id))["outcome"] == "ignored"
    assert (await mail(wishes, samples.UNSUBSCRIBE, message.id))["outcome"] == "withdrawn"
    assert (await wishes.customer()).consents == ()


async def test_later_words_do_not_make_a_suppression_younger(wishes: Wishes) -> None:
    await post(wishes, {"address": ADA[1], "kind": "hard"})
    future = (NOW.replace(year=2030)).isoformat()
    await post(wishes, {"address": ADA[1], "kind": "complaint", "time": future})
    found = await wishes.suppressing.check(*ADA)
    assert found is not None
    assert (found.since, found.cause) == (TIME, "hard_bounce")
