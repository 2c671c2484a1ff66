"""The page behind a link: asks, keeps one answer, is polite whatever happens."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.feedback.ports import Page, Person
from shared.errors import Unavailable
from shared.links import SURVEY_LINK_LIFE, SurveyLink, sign_survey_link
from tests.services.feedback.builders import NOW, SECRET, TIME
from tests.services.feedback.running import Running, open_running
from tests.shared.pages.outline import check_page

ALL = Page(1000)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_running(tmp_path) as opened:
        yield opened


async def test_the_page_asks_in_the_persons_language(running: Running) -> None:
    path = f"/s/{running.token()}"
    cases = [({}, "en"), ({"Accept-Language": "fr-CH, en;q=0.5"}, "fr")]
    for headers, language in cases:
        response = await running.client.get(path, headers=headers)
        outline = check_page(response.text)
        assert response.status_code == 200
        assert outline.all("html") == [{"lang": language}]
    await running.feedback.store.remember({"c-1": Person(1, "es-AR")})
    for method, data in (("GET", None), ("POST", {"value": "none"})):
        response = await running.client.request(method, path, data=data, headers=cases[1][0])
        assert check_page(response.text).all("html") == [{"lang": "es"}]


async def test_the_page_is_private_and_runs_nothing(running: Running) -> None:
    response = await running.client.get(f"/s/{running.token()}")
    headers = response.headers
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-security-policy"] == running.feedback.pages.policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "set-cookie" not in headers


async def test_looking_answers_nothing(running: Running) -> None:
    path = f"/s/{running.token()}"
    for method in ("GET", "HEAD", "GET"):
        response = await running.client.request(method, f"{path}?value=9")
        assert response.status_code == 200
    assert await running.feedback.store.responses(None, None, ALL) == []


@pytest.mark.parametrize("value", [0, 10])
@pytest.mark.parametrize("multipart", [False, True])
async def test_whatever_the_answer_the_thanks_are_the_same(
    running: Running, value: int, multipart: bool
) -> None:
    form = {"value": str(value), "comment": "Good\r\nand <b>quick</b>\x00"}
    response = await running.client.post(
        f"/s/{running.token()}",
        data=None if multipart else form,
        files={name: (None, text) for name, text in form.items()} if multipart else None,
    )
    assert response.status_code == 200
    assert "Thank you" in response.text
    check_page(response.text)
    (kept,) = await running.feedback.store.responses(None, None, ALL)
    assert (kept.value, kept.comment) == (value, "Good\nand <b>quick</b>")
    assert (kept.customer, kept.time, kept.language) == ("c-1", TIME, "en")
    again = await running.client.post(f"/s/{running.token()}", data={"value": "5"})
    assert (again.status_code, "answered already" in again.text) == (200, True)
    seen = await running.client.get(f"/s/{running.token()}")
    assert (seen.status_code, "answered already" in seen.text) == (200, True)
    assert await running.feedback.store.responses(None, None, ALL) == [kept]


async def test_200_at_once_give_one_response_and_199_polite_pages(running: Running) -> None:
    path = f"/s/{running.token()}"
    posts = [running.client.post(path, data={"value": str(n % 11)}) for n in range(200)]
    pages = await asyncio.gather(*posts)
    assert {page.status_code for page in pages} == {200}
    assert sum("answered already" in page.text for page in pages) == 199
    assert len(await running.feedback.store.responses(None, None, ALL)) == 1


@pytest.mark.parametrize("value", ["", "11", "-1", "5.0", "\u0665", " 5", "1e1", "0x1", "None"])
async def test_what_is_no_number_of_the_scale_is_asked_again(running: Running, value: str) -> None:
    form = {"value": value, "comment": "Typed with <care>"}
    response = await running.client.post(f"/s/{running.token()}", data=form)
    assert response.status_code == 422
    check_page(response.text)
    assert "Please choose a number" in response.text
    assert "Typed with &lt;care&gt;" in response.text
    assert await running.feedback.store.responses(None, None, ALL) == []


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"", None),
        (b'{"value": 5}', "application/json"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"--x\r\n", "multipart/form-data"),
        (
            b"value=5&" + b"&".join(b"f%d=1" % n for n in range(50)),
            "application/x-www-form-urlencoded",
        ),
        (b"%ff=%zz&\xff\xfe", "application/x-www-form-urlencoded"),
        (
            b'--x\r\nContent-Disposition: form-data; name="value"; filename="5"\r\n\r\n5\r\n--x--',
            "multipart/form-data; boundary=x",
        ),
    ],
)
async def test_what_is_no_form_is_asked_again(
    running: Running, body: bytes, media_type: str | None
) -> None:
    headers = {} if media_type is None else {"Content-Type": media_type}
    response = await running.client.post(f"/s/{running.token()}", content=body, headers=headers)
    assert response.status_code == 422
    check_page(response.text)
    assert await running.feedback.store.responses(None, None, ALL) == []


async def test_a_comment_has_a_limit(running: Running) -> None:
    path = f"/s/{running.token()}"
    too_long = {"value": "9", "comment": "é" * 4001}
    refused = await running.client.post(path, data=too_long)
    assert refused.status_code == 422
    assert "shorten" in refused.text
    # A browser counts a line break once, and sends it as two characters.
    lines = {"value": "9", "comment": "a\r\n" * 1999 + "ab"}
    assert (await running.client.post(path, data=lines)).status_code == 200
    (kept,) = await running.feedback.store.responses(None, None, ALL)
    assert len(kept.comment) == 4000


async def test_a_link_has_its_time(running: Running) -> None:
    path = f"/s/{running.token()}"
    running.clock.advance(SURVEY_LINK_LIFE - timedelta(seconds=1))
    assert (await running.client.get(path)).status_code == 200
    running.clock.advance(timedelta(seconds=1))
    for method in ("GET", "POST"):
        response = await running.client.request(method, path)
        assert response.status_code == 410
        check_page(response.text)


async def test_links_to_what_is_gone_have_expired(running: Running) -> None:
    link = SurveyLink("c-1", "dropped", NOW + SURVEY_LINK_LIFE)
    gone = await running.client.get(f"/s/{sign_survey_link(SECRET, link)}")
    assert gone.status_code == 410
    await running.feedback.store.erase("c-1", TIME)
    erased = await running.client.post(f"/s/{running.token()}", data={"value": "9"})
    assert erased.status_code == 410
    assert await running.feedback.store.responses(None, None, ALL) == []


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.integers(min_value=0), character=st.characters(codec="utf-8"), cut=st.booleans())
async def test_a_changed_token_is_not_found(
    running: Running, place: int, character: str, cut: bool
) -> None:
    token = running.token()
    at = place % (len(token) - 1)  # The last digit of base64 has two bits that say nothing.
    changed = token[:at] if cut else token[:at] + character + token[at + 1 :]
    if changed in (token, "") or character == "/":
        return
    path = f"/s/{quote(changed, safe='')}"
    for method in ("GET", "POST"):
        response = await running.client.request(method, path, data={"value": "9"})
        assert response.status_code == 404
        assert response.headers["content-type"].startswith("text/html")
    assert await running.feedback.store.responses(None, None, ALL) == []


async def test_a_token_signed_by_somebody_else_is_not_found(running: Running) -> None:
    link = SurveyLink("c-1", "order", NOW + SURVEY_LINK_LIFE)
    response = await running.client.get(f"/s/{sign_survey_link('guessed', link)}")
    assert response.status_code == 404
    check_page(response.text)


async def test_while_the_store_is_away_a_person_is_asked_to_come_back(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise Unavailable("SQLite: SQLITE_FULL")

    monkeypatch.setattr(type(running.feedback.store), "answer", away)
    response = await running.client.post(f"/s/{running.token()}", data={"value": "9"})
    assert response.status_code == 503
    check_page(response.text)
