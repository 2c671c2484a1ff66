"""Rules for some levels, segments and circles only: they hold as soon as engagement told of them.

A level that is reached is told at once with its moment; everything else with the next refresh.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from tests.loop.conftest import Deploy
from tests.loop.deployment import eventually
from tests.loop.programmes import ORDERS, Rule, one_message_each
from tests.loop.shop import Shop, act

RULES: dict[str, Rule] = {
    "orders": ORDERS,
    "orders-of-friends": {**ORDERS, "for": {"levels": ["friend"]}, "rank": 1},
    "help-by-readers": {
        **{"on": "help", "template": "help-thanks", "channels": ["email"]},
        "for": {"segments": ["readers"]},
    },
    "reviews-of-the-club": {
        **{"on": "review", "template": "review-thanks", "channels": ["email"]},
        "for": {"circles": ["club"]},
    },
    "friends": {
        **{"on": "level_reached", "template": "level-thanks", "channels": ["email"]},
        "for": {"levels": ["friend"]},
    },
}


def _programme(folder: Path) -> Path:
    one_message_each(folder, RULES)
    groups = {
        "segments/readers": {"title": "Readers", "when": "acts.review > 0"},
        "circles/club": {
            **{"title": "Club", "story": "They read together."},
            "members": {"by_hand": True},
        },
    }
    for path, content in groups.items():
        file = folder / f"{path}.yaml"
        file.write_text(yaml.safe_dump(content), "utf-8")
    return folder


async def test_where_a_customer_stands_picks_the_rule(deploy: Deploy, tmp_path: Path) -> None:
    programme = _programme(tmp_path / "programme")
    settings = {"REQUITE_PROGRAMME_DIR": str(programme), "REQUITE_SEGMENTS_SECONDS": "1"}
    with deploy(settings) as deployment:
        async with deployment.client() as client:
            await _stand_and_be_thanked(Shop(client))


async def _stand_and_be_thanked(shop: Shop) -> None:
    start = datetime.now(UTC) - timedelta(hours=1)
    order = {"total": "5.00", "currency": "EUR"}
    await shop.introduce("c-1", consents=["thanks"], name="Ada", email="ada@example.com")
    await shop.tell(
        act("purchase", "c-1", start, "before", order_id="1", **order),
        act("help", "c-1", start, "early-help", topic="milling"),
    )
    assert (await shop.decision_on("before", "thanked"))["rule"] == "orders"
    assert (await shop.decision_on("early-help", "suppressed"))["reason"] == "no_rule"

    await shop.tell(
        act("review", "c-1", start + timedelta(minutes=1), "review", rating=5),
        act("referral", "c-1", start + timedelta(minutes=1), "referral", referred="c-2"),
    )
    moments = await eventually(lambda: _reached(shop))
    assert moments == [("friends", "thanked")]
    joined = await shop.client.put("/v1/circles/club/members/c-1")
    assert joined.status_code in (200, 201, 204), joined.text

    await _decides(shop, "purchase", "orders-of-friends")
    await _decides(shop, "help", "help-by-readers")
    await _decides(shop, "review", "reviews-of-the-club")
    await shop.tell(
        act("purchase", "c-1", start + timedelta(minutes=2), "after", order_id="2", **order)
    )
    decision = await shop.decision_on("after", "thanked")
    assert decision["rule"] == "orders-of-friends"
    await shop.sent(decision["message_id"])


async def _reached(shop: Shop) -> list[tuple[str, str]]:
    found = (await shop.get("/v1/decisions", customer="c-1", rule="friends"))["data"]
    assert found
    return [(one["rule"], one["verdict"]) for one in found]


async def _decides(shop: Shop, on: str, rule: str) -> None:
    """Wait until such an act would be answered by the rule."""

    async def decided() -> None:
        asked = {"customer": "c-1", "on": on}
        answer = await shop.client.post("/v1/decisions:simulate", json=asked)
        assert answer.status_code == 200, answer.text
        assert answer.json()["decision"]["rule"] == rule, answer.text

    await eventually(decided)
