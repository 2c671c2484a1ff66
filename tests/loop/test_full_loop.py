"""One turn of the loop: an act is scored and thanked for, the answer counts, a person is erased."""

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import MongoClient

from shared.contracts.engagement import MOMENT
from tests.loop.conftest import Deploy
from tests.loop.deployment import Deployment, eventually, text_of
from tests.loop.programmes import one_message_each, shipped_rules
from tests.loop.shop import Json, Shop, act, worth

THANKED = ("purchase", "referral", "recommendation", "help", "review")
CHLOE = "c-chloe"
BRUNO = "c-bruno"
COMMERCE_DAYS = VOICE_DAYS = 180
ADVOCACY_DAYS = COMMUNITY_DAYS = 365
PRIVATE = ("chloe.martin@example.com", "Chloé Martin", "+33612345678", "la tasse est arrivée")
"""What must be nowhere once Chloé is erased; nothing else in these tests says it."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Two customers of a running shop; acts happened since `start`."""

    deployment: Deployment
    shop: Shop
    start: datetime

    def at(self, **later: float) -> datetime:
        """A time so much after the start."""
        return self.start + timedelta(**later)


async def test_the_loop_turns(deploy: Deploy, tmp_path: Path) -> None:
    start = datetime.now(UTC) - timedelta(days=2)
    rules = shipped_rules(*THANKED, "answer")
    programme = one_message_each(tmp_path / "programme", rules, ["en", "fr"])
    with deploy({"REQUITE_PROGRAMME_DIR": str(programme)}) as deployment:
        async with deployment.client() as client:
            scene = Scene(deployment, Shop(client), start)
            await _introduce(scene)
            await _acts_are_scored(scene)
            await _every_act_is_decided(scene)
            link = await _thanks_come_in_french(scene)
            await _good_answer_raises_voice(scene)
            case = await _bad_answer_opens_a_case(scene, link)
            await _thanks_wait_for_the_case(scene, case)
            await _erasure_leaves_nothing_behind(scene, link)
            await _erased_customer_may_come_back(scene)


async def _introduce(scene: Scene) -> None:
    address, name, phone, _ = PRIVATE
    both = ["thanks", "survey"]
    await scene.shop.introduce(
        CHLOE, consents=both, name=name, email=address, phone=phone, locale="fr-CA"
    )
    await scene.shop.introduce(
        BRUNO, consents=both, name="Bruno", email="bruno@example.com", locale="de"
    )


async def _acts_are_scored(scene: Scene) -> None:
    start, shop = scene.start, scene.shop
    bought = act("purchase", CHLOE, start, "order", order_id="1", total="48.00", currency="EUR")
    others = [
        act("refund", CHLOE, scene.at(hours=2), "back", order_id="1", total="8", currency="EUR"),
        act("referral", CHLOE, start, "friend", referred=BRUNO),
        act("recommendation", CHLOE, start, "post", url="https://forum.example/t/1"),
        act("help", CHLOE, start, "help", helped=BRUNO, topic="first brew"),
        act("review", CHLOE, start, "review", rating=5),
        act("purchase", BRUNO, start, "other", order_id="1", total="100", currency="EUR"),
    ]
    await shop.tell(bought, *others)
    await shop.tell(bought)  # A sender that got no answer sends again.
    score = await shop.score_of(CHLOE, acts=6)
    expected = {
        "commerce": worth(4.0, start, score, COMMERCE_DAYS),
        "advocacy": worth(25 + 15, start, score, ADVOCACY_DAYS),
        "community": worth(10, start, score, COMMUNITY_DAYS),
        "voice": worth(8, start, score, VOICE_DAYS),
    }
    assert score["dimensions"] == pytest.approx(expected)
    assert score["total"] == pytest.approx(sum(expected.values()))
    assert score["level"]["name"] == "companion"
    assert score["money"] == [
        {"currency": "EUR", "gross": "48.00", "refunded": "8.00", "net": "40.00"}
    ]
    entries = {entry["id"]: entry["earned"] for entry in score["entries"]}
    assert entries == {
        **{"order": pytest.approx(4.8), "back": pytest.approx(-0.8)},
        **{"friend": 25, "post": 15, "help": 10, "review": 8},
    }


async def _every_act_is_decided(scene: Scene) -> None:
    for act_id in ("order", "friend", "post", "help", "review", "other"):
        decision = await scene.shop.decision_on(act_id, "thanked")
        assert decision["reason"] == "rule_applies"
    refund = await scene.shop.decision_on("back", "suppressed")
    assert (refund["reason"], refund["message_id"]) == ("no_rule", None)
    decisions = (await scene.shop.get("/v1/decisions", customer=CHLOE))["data"]
    assert len([one for one in decisions if one["act"]["type"] != MOMENT]) == 6


async def _thanks_come_in_french(scene: Scene) -> str:
    mail = await _mail_for(scene, "order")
    assert PRIVATE[0] in str(mail["To"])
    assert str(mail["Subject"]) == "Merci pour votre commande 1"
    assert mail["Content-Language"] == "fr"
    assert mail["Auto-Submitted"] == "auto-generated"
    # No template speaks German; the programme's own language is English.
    english = await _mail_for(scene, "other")
    assert str(english["Subject"]) == "Thank you for order 1"
    return _link_in(mail)


async def _good_answer_raises_voice(scene: Scene) -> None:
    async with httpx.AsyncClient() as browser:
        page = await browser.get(_link_in(await _mail_for(scene, "other")))
        assert page.status_code == 200
        done = await browser.post(str(page.url), data={"value": "9", "comment": ""})
        assert done.status_code == 200, done.text
    score = await scene.shop.score_of(BRUNO, acts=2)
    assert score["acts"] == {"purchase": 1, "answer": 1}
    assert score["dimensions"]["voice"] == pytest.approx(3, rel=1e-4)
    assert (await scene.shop.get("/v1/cases", customer=BRUNO))["data"] == []


async def _bad_answer_opens_a_case(scene: Scene, link: str) -> str:
    before = (await scene.shop.score_of(CHLOE, acts=6))["dimensions"]["voice"]
    async with httpx.AsyncClient() as browser:
        page = await browser.get(link, headers={"Accept-Language": "en"})
        assert page.status_code == 200
        assert "Quelle est la probabilité" in page.text
        assert "<script" not in page.text
        answer = {"value": "2", "comment": f"{PRIVATE[3]} cassée"}
        assert (await browser.post(link, data=answer)).status_code == 200
        # One response a link.
        assert (await browser.post(link, data={"value": "10"})).status_code == 200
    score = await scene.shop.score_of(CHLOE, acts=7)
    assert score["dimensions"]["voice"] == pytest.approx(before + 3, rel=1e-4)
    (response,) = (await scene.shop.get("/v1/responses", customer=CHLOE))["data"]
    assert (response["value"], response["about"]["id"]) == (2, "order")
    (case,) = (await scene.shop.get("/v1/cases", customer=CHLOE, state="open"))["data"]
    assert (case["cause"], case["response"]) == ("survey", response["id"])
    return str(case["id"])


async def _thanks_wait_for_the_case(scene: Scene, case: str) -> None:
    shop, now = scene.shop, scene.at(days=1)
    answer = await shop.decision_on(await _answer_of(scene, CHLOE), "held")
    assert answer["reason"] == "open_case"
    bought = {"order_id": "2", "total": "5.00", "currency": "EUR"}
    await shop.tell(act("purchase", CHLOE, now, "next", **bought))
    decision = await shop.decision_on("next", "held")
    assert (decision["reason"], decision["message_id"]) == ("open_case", None)
    closed = await shop.client.post(f"/v1/cases/{case}:close", json={"fix": "replaced"})
    assert closed.json()["state"] == "closed"
    released = await shop.decision_on("next", "thanked")
    assert released["id"] == decision["id"]
    assert str((await _mail_for(scene, "next"))["Subject"]) == "Merci pour votre commande 2"
    await _mail_for(scene, answer["act"]["id"])


async def _erasure_leaves_nothing_behind(scene: Scene, link: str) -> None:
    shop = scene.shop
    bruno = await shop.score_of(BRUNO, acts=2)
    before = await shop.get("/v1/programme/totals")
    assert before["customers"] == 2
    assert (await shop.client.delete(f"/v1/customers/{CHLOE}")).status_code == 204
    await eventually(lambda: _nobody_knows(scene, link))
    after = await shop.get("/v1/programme/totals")
    assert after["customers"] == 1
    assert after["acts"] == bruno["acts"]
    assert after["money"] == bruno["money"]
    again = await shop.score_of(BRUNO, acts=2)
    for name in ("acts", "money", "level"):
        assert again[name] == bruno[name]
    assert again["dimensions"] == pytest.approx(bruno["dimensions"], rel=1e-4)
    if scene.deployment.mongodb is None:
        scene.deployment.parts["embedded"].restart()

        async def are_clean() -> None:
            await asyncio.to_thread(_files_hold_nothing, scene.deployment.data)

        await eventually(are_clean)
    else:
        _databases_hold_nothing(scene.deployment.mongodb)


async def _nobody_knows(scene: Scene, link: str) -> None:
    shop = scene.shop
    for path in (f"/v1/customers/{CHLOE}", f"/v1/scores/{CHLOE}"):
        assert (await shop.client.get(path)).status_code == 404
    scores = await shop.client.post("/v1/scores:batchGet", json={"customers": [CHLOE]})
    assert scores.json() == {"scores": [], "missing": [CHLOE]}
    for path in ("/v1/decisions", "/v1/messages", "/v1/responses", "/v1/cases"):
        assert (await shop.get(path, customer=CHLOE))["data"] == []
    # Entries stay, so that nothing counts twice, but they name nobody.
    for path in ("/v1/decisions", "/v1/responses", "/v1/cases", "/v1/events/quarantine"):
        page = await shop.client.get(path, params={"limit": 200})
        assert not any(text in page.text for text in (*PRIVATE, CHLOE))
    async with httpx.AsyncClient() as browser:
        assert (await browser.get(link)).status_code == 410
    if scene.deployment.mongodb is None:
        assert {str(mail["To"]) for mail in scene.deployment.mails()} == {
            "Bruno <bruno@example.com>"
        }


def _files_hold_nothing(data: Path) -> None:
    for file in (path for path in data.rglob("*") if path.is_file()):
        content = file.read_bytes()
        for text in PRIVATE:
            assert text.encode() not in content, f"{file.name} holds {text!r}"
    assert {file.name for file in data.glob("*.sqlite")} >= {"log.sqlite", "notifier.sqlite"}
    for file in data.glob("*.sqlite"):
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
            assert not [text for text in database.iterdump() if any(p in text for p in PRIVATE)]


def _databases_hold_nothing(url: str) -> None:
    with MongoClient[Json](url) as client:
        names = [name for name in client.list_database_names() if name.startswith("requite_")]
        assert len(names) == 4
        for name in names:
            for document in _documents(client, name):
                assert not [text for text in (*PRIVATE, CHLOE) if text in str(document)]


def _documents(client: MongoClient[Json], name: str) -> Iterator[Any]:
    for collection in client[name].list_collection_names():
        yield from client[name][collection].find()


async def _erased_customer_may_come_back(scene: Scene) -> None:
    shop = scene.shop
    await _introduce(scene)
    bought = {"total": "7.00", "currency": "EUR"}
    await shop.tell(act("purchase", CHLOE, scene.at(days=1), "back-again", order_id="3", **bought))
    # Whoever asked to be forgotten is not written to at that address, even if it is told again.
    decision = await shop.decision_on("back-again", "suppressed")
    assert decision["reason"] == "address_suppressed"
    assert (await shop.score_of(CHLOE, acts=1))["money"][0]["gross"] == "7.00"
    await shop.introduce(CHLOE, consents=["thanks"], email="chloe@example.org", locale="fr")
    await shop.tell(act("purchase", CHLOE, scene.at(days=1), "again", order_id="4", **bought))
    await shop.sent((await shop.decision_on("again", "thanked"))["message_id"])


async def _mail_for(scene: Scene, act_id: str) -> EmailMessage:
    decision = await scene.shop.decision_on(act_id, "thanked")
    message = await scene.shop.sent(decision["message_id"])
    (mail,) = [m for m in scene.deployment.mails() if message["id"] in str(m["Message-ID"])]
    assert str(mail["Subject"]) == message["subject"]
    return mail


async def _answer_of(scene: Scene, customer: str) -> str:
    """The id of the act that the customer's only answer is."""
    (response,) = (await scene.shop.get("/v1/responses", customer=customer))["data"]
    return str(response["id"])


def _link_in(mail: EmailMessage) -> str:
    found = re.search(r"^http\S+/s/\S+", text_of(mail), re.MULTILINE)
    assert found is not None
    return found[0]
