"""Two ids turn out to be one person: one answers for both, nothing counts twice, and back."""

import asyncio
import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import MongoClient

from tests.loop.conftest import Deploy
from tests.loop.deployment import Deployment, eventually, text_of
from tests.loop.programmes import one_message_each, shipped_rules
from tests.loop.shop import Json, Shop, act

CHLOE, FORUM = "c-chloe", "c-forum"
ALIAS = "discourse:forum:chloe"
LISTS = ("/v1/decisions", "/v1/messages", "/v1/responses", "/v1/cases")
SHARED = {"order_id": "2", "total": "30.00", "currency": "EUR"}


@dataclass(frozen=True, slots=True)
class Scene:
    """The two ids in a running shop; acts happened since `start`."""

    deployment: Deployment
    shop: Shop
    start: datetime

    def bought(self, customer: str, id: str, order: str, hours: int = 1) -> Json:
        order_of = {**SHARED, "order_id": order}
        return act("purchase", customer, self.start + timedelta(hours=hours), id, **order_of)

    async def picture(self, customer: str) -> dict[str, Any]:
        """All that the services say of a customer, but for what changes with time."""
        score = await self.shop.get(f"/v1/scores/{customer}", entries=20)
        record = await self.shop.get(f"/v1/customers/{customer}")
        lists = {path: (await self.shop.get(path, customer=customer))["data"] for path in LISTS}
        return {
            "acts": score["acts"],
            "money": score["money"],
            "entries": {entry["id"]: entry["earned"] for entry in score["entries"]},
            **lists,
            "record": {name: value for name, value in record.items() if name != "revision"},
        }


async def test_two_ids_of_one_person_are_merged_and_part_again(
    deploy: Deploy, tmp_path: Path
) -> None:
    with deploy(_settings(tmp_path)) as deployment:
        async with deployment.client() as client:
            scene = Scene(deployment, Shop(client), datetime.now(UTC) - timedelta(days=1))
            await _live_apart(scene)
            before = {id: await scene.picture(id) for id in (CHLOE, FORUM)}
            link = _survey_link(scene)
            merge = await _merge(scene)
            await eventually(lambda: _one_answers_for_both(scene))
            await _nothing_counts_twice(scene, before)
            await _what_goes_on_under_the_old_id_counts(scene, link)
            response = await client.delete(f"/v1/merges/{merge}")
            assert response.status_code == 200, response.text
            await eventually(lambda: _both_are_as_before(scene, before))


def _settings(folder: Path) -> dict[str, str]:
    """Thanks for each thing by itself."""
    rules = shipped_rules("purchase", "help", "answer")
    programme = one_message_each(folder / "programme", rules, ["en", "fr"])
    return {"REQUITE_PROGRAMME_DIR": str(programme)}


async def _live_apart(scene: Scene) -> None:
    shop, start = scene.shop, scene.start
    details = {"name": "Chloé", "email": "chloe@example.com", "locale": "fr"}
    await shop.introduce(CHLOE, consents=["thanks"], **details)
    await shop.introduce(
        FORUM, consents=["thanks"], email="forum@example.com", phone="+33612345678"
    )
    linked = await shop.client.put(f"/v1/aliases/{ALIAS}", json={"customer": FORUM})
    assert linked.status_code == 200, linked.text
    await shop.tell(
        scene.bought(CHLOE, "order-1", "1"),
        scene.bought(CHLOE, "order-2", "2"),
        # The till knew the other id, and tells the same order again.
        scene.bought(FORUM, "order-2-till", "2"),
        act("help", ALIAS, start, "help", helped="c-bruno"),
        act("purchase", FORUM, start, "order-3", order_id="3", total="5.00", currency="EUR"),
    )
    for id in ("order-1", "order-2", "order-2-till", "help", "order-3"):
        decision = await shop.decision_on(id, "thanked")
        await shop.sent(decision["message_id"])
    await shop.tell(act("complaint", FORUM, start, "complaint", message="Broken."))
    await eventually(lambda: _has_case(scene))
    await shop.tell(scene.bought(FORUM, "order-4", "4", hours=3))
    await shop.decision_on("order-4", "held")
    await shop.score_of(CHLOE, acts=2)
    await eventually(
        lambda: _has_acts(scene, FORUM, {"help", "order-2-till", "order-3", "order-4"})
    )


async def _has_case(scene: Scene) -> None:
    (case,) = (await scene.shop.get("/v1/cases", customer=FORUM, state="open"))["data"] or [{}]
    assert case.get("cause") == "complaint"


async def _has_acts(scene: Scene, customer: str, ids: set[str]) -> None:
    score = await scene.shop.get(f"/v1/scores/{customer}", entries=20)
    assert {entry["id"] for entry in score["entries"]} >= ids


async def _merge(scene: Scene) -> str:
    body = {"from": FORUM, "into": CHLOE, "reason": "the same phone"}
    made = await scene.shop.client.post("/v1/merges", json=body)
    assert made.status_code == 201, made.text
    again = await scene.shop.client.post("/v1/merges", json=body)
    assert (again.status_code, again.json()) == (200, made.json())
    return str(made.json()["id"])


async def _one_answers_for_both(scene: Scene) -> None:
    client = scene.shop.client
    for path in (f"/v1/customers/{FORUM}", f"/v1/scores/{FORUM}"):
        moved = await client.get(path)
        assert moved.status_code == 308, path
        assert moved.headers["Location"] == path.replace(FORUM, CHLOE)
        assert moved.headers["Cache-Control"] == "no-store"
    for path in LISTS:
        moved = await client.get(path, params={"customer": FORUM})
        assert moved.status_code == 308, path
        assert moved.headers["Location"] == f"{path}?customer={CHLOE}"
    refused = await client.put(f"/v1/customers/{FORUM}", json={"name": "Who"})
    assert refused.status_code == 409
    assert CHLOE in refused.json()["detail"]
    assert (await scene.shop.get(f"/v1/aliases/{ALIAS}"))["customer"] == CHLOE
    score = await scene.shop.get(f"/v1/scores/{CHLOE}", entries=20)
    assert {entry["id"] for entry in score["entries"]} >= {"order-1", "help", "order-4"}


async def _nothing_counts_twice(scene: Scene, before: dict[str, dict[str, Any]]) -> None:
    now = await scene.picture(CHLOE)
    record = now["record"]
    assert (record["name"], record["email"]) == ("Chloé", "chloe@example.com")
    assert record["phone"] == "+33612345678"
    for path in LISTS:
        told = [item["id"] for id in (CHLOE, FORUM) for item in before[id][path]]
        assert sorted(item["id"] for item in now[path]) == sorted(told)
        assert {item["customer"] for item in now[path]} <= {CHLOE}
    # Orders 1, 2, 3 and 4, of which the second was told under both ids.
    assert now["acts"]["purchase"] == 4
    assert now["money"] == [
        {"currency": "EUR", "gross": "95.00", "refunded": "0.00", "net": "95.00"}
    ]
    totals = await scene.shop.get("/v1/programme/totals")
    assert (totals["customers"], totals["acts"]) == (1, now["acts"])


async def _what_goes_on_under_the_old_id_counts(scene: Scene, link: str) -> None:
    shop = scene.shop
    later = scene.start + timedelta(hours=5)
    new = act("help", ALIAS, later, "help-2", helped="c-bruno")
    await shop.tell(new, scene.bought(CHLOE, "order-5", "5", hours=4))
    await shop.tell(new)
    await eventually(lambda: _has_acts(scene, CHLOE, {"help-2", "order-5"}))
    # The complaint was made under the other id.
    assert (await shop.decision_on("order-5", "held"))["reason"] == "open_case"
    async with httpx.AsyncClient() as browser:
        page = await browser.post(link, data={"value": "9", "comment": "Quick."})
        assert page.status_code == 200, page.text
    (response,) = (await shop.get("/v1/responses", customer=CHLOE))["data"]
    assert (response["customer"], response["value"]) == (CHLOE, 9)
    (case,) = (await shop.get("/v1/cases", customer=CHLOE, state="open"))["data"]
    closed = await shop.client.post(f"/v1/cases/{case['id']}:close", json={"fix": "replaced"})
    assert closed.json()["customer"] == CHLOE
    for id in ("order-4", "order-5", "help-2"):
        decision = await shop.decision_on(id, "thanked")
        assert decision["customer"] == CHLOE
        await shop.sent(decision["message_id"])
    # Told under the other id, thanked for at the survivor's address in the survivor's language.
    (mail,) = [m for m in scene.deployment.mails() if "commande 4" in str(m["Subject"])]
    assert "chloe@example.com" in str(mail["To"])
    score = await shop.get(f"/v1/scores/{CHLOE}")
    assert (score["acts"]["help"], score["acts"]["purchase"]) == (2, 5)


async def _both_are_as_before(scene: Scene, before: dict[str, dict[str, Any]]) -> None:
    """But for what came since, which is with the id that it was told under."""
    chloe, forum = [await scene.picture(id) for id in (CHLOE, FORUM)]
    assert (chloe["record"], forum["record"]) == (before[CHLOE]["record"], before[FORUM]["record"])
    assert (await scene.shop.get(f"/v1/aliases/{ALIAS}"))["customer"] == FORUM
    news = {CHLOE: {"order-5"}, FORUM: {"help-2"}}
    for id, now in ((CHLOE, chloe), (FORUM, forum)):
        assert _acts(now) - news[id] >= _acts(before[id])
        assert not _acts(now) & news[FORUM if id == CHLOE else CHLOE]
        for entry, earned in before[id]["entries"].items():
            assert now["entries"][entry] == pytest.approx(earned)
        assert {item["customer"] for path in LISTS for item in now[path]} == {id}
    assert chloe["acts"] == {"purchase": 3}
    assert forum["acts"] == {"purchase": 3, "help": 2, "answer": 1, "complaint": 1}
    assert [case["state"] for case in forum["/v1/cases"]] == ["closed"]
    assert (chloe["/v1/cases"], chloe["/v1/responses"]) == ([], [])
    for path in ("/v1/customers", "/v1/scores"):
        assert (await scene.shop.client.get(f"{path}/{FORUM}")).status_code == 200


def _acts(picture: dict[str, Any]) -> set[str]:
    return {item["act"]["id"] for item in picture["/v1/decisions"]}


def _survey_link(scene: Scene) -> str:
    """From a mail that went to the other id before the merge."""
    for mail in scene.deployment.mails():
        found = re.search(r"^http\S+/s/\S+", text_of(mail), re.MULTILINE)
        if found is not None and "forum@example.com" in str(mail["To"]):
            return found[0]
    raise AssertionError("no mail with a survey")


async def test_who_is_erased_is_erased_under_both_ids(deploy: Deploy, tmp_path: Path) -> None:
    with deploy(_settings(tmp_path)) as deployment:
        async with deployment.client() as client:
            scene = Scene(deployment, Shop(client), datetime.now(UTC) - timedelta(days=1))
            await _live_apart(scene)
            merge = await _merge(scene)
            await eventually(lambda: _one_answers_for_both(scene))
            assert (await client.delete(f"/v1/customers/{FORUM}")).status_code == 204
            await eventually(lambda: _nobody_is_known(scene))
            assert (await client.get(f"/v1/merges/{merge}")).status_code == 404
            kept = await asyncio.to_thread(_stores, deployment)
            assert len(kept) > 4
            assert not [one for one in kept if CHLOE in one or FORUM in one or ALIAS in one]


async def _nobody_is_known(scene: Scene) -> None:
    client = scene.shop.client
    for id in (CHLOE, FORUM):
        for path in (f"/v1/customers/{id}", f"/v1/scores/{id}"):
            assert (await client.get(path)).status_code == 404
        for path in LISTS:
            assert (await scene.shop.get(path, customer=id))["data"] == []
    assert (await client.get(f"/v1/aliases/{ALIAS}")).status_code == 404


def _stores(deployment: Deployment) -> list[str]:
    """All that the four stores hold, as text."""
    if deployment.mongodb is not None:
        with MongoClient[Json](deployment.mongodb) as client:
            names = [name for name in client.list_database_names() if name.startswith("requite_")]
            return [
                str(document)
                for name in names
                for collection in client[name].list_collection_names()
                for document in client[name][collection].find()
            ]
    rows: list[str] = []
    for file in deployment.data.glob("*.sqlite"):
        if file.name != "log.sqlite":
            with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
                rows += database.iterdump()
    return rows
