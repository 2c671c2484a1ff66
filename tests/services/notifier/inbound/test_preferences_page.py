"""The page behind a link: shows what holds, keeps what is said, stops at one click."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.notifier.domain.consent import standing
from services.notifier.domain.preferences import Preferences
from shared.contracts.purposes import PURPOSES
from shared.errors import Unavailable
from tests.services.notifier.builders import DAY, TIME, make_customer, tell
from tests.services.notifier.wishes import Wishes, open_wishes
from tests.shared.pages.outline import Outline, check_page

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
ASKED = ["recovery", "thanks", "survey", "touchpoint"]


@pytest.fixture
async def wishes(tmp_path: Path) -> AsyncIterator[Wishes]:
    async with open_wishes(tmp_path) as opened:
        await opened.stores.customers.put([tell(make_customer(phone="+34600000000"))])
        yield opened


def form(
    revision: int = 0, ways: dict[str, str] | None = None, **said: object
) -> dict[str, object]:
    """What the page sends, unchanged but for `said` and the ranks of some ways."""
    given: dict[str, object] = {
        "revision": revision,
        "asked": ASKED,
        "purpose": ["recovery", "thanks"],
    }
    ranks = {"email": "1", "sms": "2", "inbox": "3"} | (ways or {})
    given |= {f"channel-{name}": rank for name, rank in ranks.items()}
    return {**given, "frequency": "usual", "pause": "keep", **said}


def ticked(html: str, name: str) -> list[str | None]:
    """The values that are chosen of a field."""
    inputs = Outline(html).all("input")
    return [one["value"] for one in inputs if one.get("name") == name and "checked" in one]


async def test_the_page_shows_what_holds_and_changes_nothing(wishes: Wishes) -> None:
    for method in ("GET", "HEAD", "GET"):
        path = f"{wishes.path()}?List-Unsubscribe=One-Click&action=stop"
        response = await wishes.client.request(method, path)
        assert response.status_code == 200
    outline = check_page(response.text)
    # Thanks may come by mail, as agreed; the account asks for no consent.
    assert ticked(response.text, "purpose") == ASKED
    assert ticked(response.text, "frequency") == ["usual"]
    assert ticked(response.text, "pause") == ["keep"]
    names = [one["name"] for one in outline.all("select")]
    assert names == ["channel-email", "channel-sms", "channel-inbox"]
    before = make_customer(phone="+34600000000")
    assert (await wishes.customer()).consents == before.consents
    assert (await wishes.customer()).preferences == Preferences()


async def test_the_page_is_private_and_runs_nothing(wishes: Wishes) -> None:
    headers = (await wishes.client.get(wishes.path())).headers
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-security-policy"] == wishes.pages.policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["x-robots-tag"] == "noindex"
    assert "set-cookie" not in headers


async def test_it_speaks_the_customers_language(wishes: Wishes) -> None:
    french = {"Accept-Language": "fr-CH, en;q=0.5"}
    polish = make_customer("c-2", locale="pl-PL")
    await wishes.stores.customers.put([tell(polish)])
    for customer, language in (("c-1", "en"), ("c-2", "pl"), ("stranger", "fr")):
        response = await wishes.client.get(wishes.path(customer), headers=french)
        assert check_page(response.text).all("html") == [{"lang": language}]


@pytest.mark.parametrize("multipart", [False, True])
async def test_one_click_stops_what_the_message_was_for(wishes: Wishes, multipart: bool) -> None:
    message = await wishes.message()
    path = wishes.path("c-1", message.id)
    files = {name: (None, text) for name, text in ONE_CLICK.items()} if multipart else None
    for _ in range(2):
        response = await wishes.client.post(
            path, data=None if multipart else ONE_CLICK, files=files
        )
        assert response.status_code == 200
        assert "unsubscribed" in response.text
        check_page(response.text)
    customer = await wishes.customer()
    refused = [one for one in customer.consents if one.state == "withdrawn"]
    assert [(c.purpose, c.channel, c.source, c.time) for c in refused] == [
        ("thanks", "any", "one_click", TIME)
    ]
    assert customer.preferences.revision == 1


@pytest.mark.parametrize("media_type", ["text/plain", "", "application/octet-stream"])
async def test_one_click_counts_whatever_it_is_said_to_be(wishes: Wishes, media_type: str) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    body = b"List-Unsubscribe=One-Click\r\n"
    response = await wishes.client.post(wishes.path(), content=body, headers=headers)
    assert response.status_code == 200
    consents = (await wishes.customer()).consents
    for purpose in PURPOSES:
        for channel in ("email", "sms", "any"):
            assert standing(consents, purpose, channel, TIME) == "withdrawn"


async def test_a_message_that_is_not_known_stops_all(wishes: Wishes) -> None:
    await wishes.client.post(wishes.path("c-1", "0" * 32), data=ONE_CLICK)
    assert {c.purpose for c in (await wishes.customer()).consents} == {*PURPOSES}


async def test_what_is_no_longer_ticked_is_refused_by_all_ways(wishes: Wishes) -> None:
    response = await wishes.client.post(wishes.path(), data=form(purpose=["recovery", "survey"]))
    assert (response.status_code, "Saved." in response.text) == (200, True)
    assert ticked(response.text, "purpose") == ["recovery", "survey"]
    customer = await wishes.customer()
    new = [one for one in customer.consents if one.source]
    assert [(c.purpose, c.channel, c.state, c.source) for c in new] == [
        ("thanks", "any", "withdrawn", "page"),
        ("touchpoint", "any", "withdrawn", "page"),
    ]
    assert {c.wording for c in new} == {"preference-page-1/en"}


async def test_what_is_ticked_again_is_agreed_to_by_the_ways_that_are_wanted(
    wishes: Wishes,
) -> None:
    await wishes.client.post(wishes.path(), data=form(purpose=["recovery", "survey", "touchpoint"]))
    again = form(1, {"sms": "0"}, purpose=ASKED)
    response = await wishes.client.post(wishes.path(), data=again)
    assert ticked(response.text, "purpose") == ASKED
    customer = await wishes.customer()
    assert customer.preferences.channels == ("email", "inbox")
    states = {way: standing(customer.consents, "thanks", way, TIME + 1) for way in ("email", "sms")}
    assert states == {"email": "granted", "sms": "withdrawn"}


async def test_how_often_which_way_and_a_pause(wishes: Wishes) -> None:
    said = form(
        purpose=ASKED,
        frequency="monthly",
        pause="month",
        ways={"email": "2", "sms": "0", "inbox": "1"},
    )
    response = await wishes.client.post(wishes.path(), data=said)
    assert (await wishes.customer()).preferences == Preferences(
        channels=("inbox", "email"),
        frequency="monthly",
        paused_until=TIME + 30 * DAY,
        revision=1,
    )
    assert "The pause goes on until March 31, 2026" in response.text
    assert [one["name"] for one in Outline(response.text).all("select")] == [
        "channel-inbox",
        "channel-email",
        "channel-sms",
    ]
    ended = form(1, purpose=ASKED, pause="end", frequency="monthly")
    ended = {name: value for name, value in ended.items() if "channel" not in name}
    await wishes.client.post(wishes.path(), data=ended)
    assert (await wishes.customer()).preferences == Preferences(
        channels=("inbox", "email"), frequency="monthly", revision=2
    )


async def test_no_way_at_all_is_no_message_at_all(wishes: Wishes) -> None:
    none = dict.fromkeys(("email", "sms", "inbox"), "0")
    response = await wishes.client.post(wishes.path(), data=form(ways=none))
    assert ticked(response.text, "purpose") == []
    assert {c.purpose for c in (await wishes.customer()).consents} == {*PURPOSES}


async def test_stop_everything(wishes: Wishes) -> None:
    for _ in range(2):
        response = await wishes.client.post(wishes.path(), data={"action": "stop"})
        assert (response.status_code, "no longer write" in response.text) == (200, True)
        assert ticked(response.text, "purpose") == []
    assert (await wishes.customer()).preferences.revision == 1


async def test_a_stale_form_shows_what_holds_and_changes_nothing(wishes: Wishes) -> None:
    await wishes.client.post(wishes.path(), data=form(purpose=ASKED, frequency="weekly"))
    stale = form(0, purpose=["thanks"], frequency="monthly")
    response = await wishes.client.post(wishes.path(), data=stale)
    assert response.status_code == 409
    assert "no longer up to date" in response.text
    assert ticked(response.text, "frequency") == ["weekly"]
    assert (await wishes.customer()).preferences.revision == 1
    # The same form once more is what a reload sends: nothing to change, nothing to complain of.
    reload = await wishes.client.post(
        wishes.path(), data=form(0, purpose=ASKED, frequency="weekly")
    )
    assert (reload.status_code, "Saved." in reload.text) == (200, True)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"", None),
        (b'{"purpose": []}', "application/json"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"purpose=thanks", "application/x-www-form-urlencoded"),
        (b"revision=\xff&%zz", "application/x-www-form-urlencoded"),
        (b"revision=%C2%B2", "application/x-www-form-urlencoded"),
        (b"&".join(b"f%d=1" % n for n in range(500)), "application/x-www-form-urlencoded"),
    ],
)
async def test_what_is_no_form_changes_nothing(
    wishes: Wishes, body: bytes, media_type: str | None
) -> None:
    headers = {} if media_type is None else {"Content-Type": media_type}
    response = await wishes.client.post(wishes.path(), content=body, headers=headers)
    assert response.status_code == 409
    check_page(response.text)
    assert (await wishes.customer()).preferences.revision == 0


async def test_links_of_others_and_people_who_are_gone(wishes: Wishes) -> None:
    await wishes.stores.customers.erase("c-1")
    for method, data in (("GET", None), ("POST", ONE_CLICK), ("POST", form())):
        response = await wishes.client.request(method, wishes.path(), data=data)
        assert (response.status_code, "nothing about you" in response.text) == (200, True)
        check_page(response.text)
        response = await wishes.client.request(method, f"{wishes.path()}x", data=data)
        assert (response.status_code, "does not work" in response.text) == (404, True)
        check_page(response.text)
    assert (await wishes.customer()).consents == ()


async def test_a_stranger_can_stop_what_may_come(wishes: Wishes) -> None:
    response = await wishes.client.post(wishes.path("c-9"), data={"action": "stop"})
    assert response.status_code == 200
    await wishes.stores.customers.put([tell(make_customer("c-9"))])
    consents = (await wishes.customer("c-9")).consents
    assert standing(consents, "thanks", "email", TIME) == "withdrawn"


async def test_whoever_was_merged_speaks_for_the_survivor(wishes: Wishes) -> None:
    await wishes.client.post(wishes.path("c-2"), data=form(frequency="monthly", pause="quarter"))
    record = make_customer("c-2").record
    assert record is not None
    gone = tell(make_customer("c-2"))
    await wishes.stores.customers.put([type(gone)("c-2", record, (), "c-1")])
    shown = await wishes.client.get(wishes.path("c-2"))
    revision = next(
        one["value"] for one in Outline(shown.text).all("input") if one["name"] == "revision"
    )
    said = form(int(str(revision)), purpose=ASKED, pause="end", frequency="usual")
    response = await wishes.client.post(wishes.path("c-2"), data=said)
    assert response.status_code == 200
    survivor = await wishes.customer("c-1")
    assert (survivor.preferences.frequency, survivor.preferences.paused_until) == ("usual", None)


async def test_a_store_that_is_away_is_said_in_plain_words(
    wishes: Wishes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: object, __: object) -> None:
        raise Unavailable

    monkeypatch.setattr(type(wishes.stores.customers), "customers", away)
    response = await wishes.client.post(wishes.path(), data=ONE_CLICK)
    assert (response.status_code, "try again" in response.text) == (503, True)
    check_page(response.text)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.dictionaries(st.sampled_from(list(form())), st.text(max_size=30)))
async def test_whatever_a_form_says_there_is_a_page(wishes: Wishes, said: dict[str, str]) -> None:
    response = await wishes.client.post(wishes.path(), data=form() | said)
    assert response.status_code in {200, 409}
    check_page(response.text)
