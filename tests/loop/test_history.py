"""A year of a real shop's orders, imported: the totals to the cent, every act decided on once."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from tests.loop.conftest import Deploy
from tests.loop.deployment import Deployment, eventually
from tests.loop.histories import REAL_FILE, History, real_history, shuffled
from tests.loop.importing import Importer, check_scores, check_totals, handled_again, settled
from tests.loop.programmes import ORDERS, one_message_each
from tests.loop.shop import Shop

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not REAL_FILE.exists(), reason=f"{REAL_FILE.name} is not there"),
]

MONEY = {"currency": "GBP", "gross": "706102.79", "refunded": "27560.22", "net": "678542.57"}


async def test_again_and_shuffled_changes_nothing(deploy: Deploy, tmp_path: Path) -> None:
    history = real_history()
    with deploy() as deployment:
        async with deployment.client() as client:
            shop = Shop(client)
            importer = _importer(deployment, history, tmp_path)
            await importer.run()
            await settled(shop, history)
            await _truths_are_met(shop, history)
            assert deployment.mails() == []  # Thanks for acts of 2011 would be stale.
            other = shuffled(history.file, tmp_path / "shuffled.csv", random.Random(1))
            for again in (importer, replace(importer, file=other)):
                await again.run()
                await handled_again(shop, history)
                await settled(shop, history)
                await _truths_are_met(shop, history)


@pytest.mark.live
async def test_straight_into_kafka(deploy_distributed: Deploy, tmp_path: Path) -> None:
    history = real_history()
    with deploy_distributed() as deployment:
        async with deployment.client() as client:
            shop = Shop(client)
            importer = _importer(deployment, history, tmp_path)
            bootstrap = deployment.settings["REQUITE_KAFKA_BOOTSTRAP"]
            await replace(importer, kafka=bootstrap).run()
            await settled(shop, history)
            await _truths_are_met(shop, history)
            # What has come straight in is the same when it comes over HTTP.
            await importer.run()
            await handled_again(shop, history)
            await settled(shop, history)
            await _truths_are_met(shop, history)


async def test_one_mail_for_each_purchase(deploy: Deploy, tmp_path: Path) -> None:
    history = real_history()
    programme = one_message_each(tmp_path / "programme", {"orders": ORDERS})
    settings = {"REQUITE_PROGRAMME_DIR": str(programme)}
    with deploy(settings) as deployment:
        async with deployment.client() as client:
            shop = Shop(client)
            await introduce_all(shop, history)
            importer = _importer(deployment, history, tmp_path)
            await importer.run()
            await settled(shop, history)

            async def all_are_sent() -> None:
                assert len(deployment.mails()) >= history.purchases

            await eventually(all_are_sent, 60)
            await importer.run()
            await handled_again(shop, history)
            await settled(shop, history)
            mails = deployment.mails()
            assert len(mails) == history.purchases == 1137
            assert len({str(mail["Message-ID"]) for mail in mails}) == history.purchases
            subjects = {f"Thank you for order {one.id}" for one in history.orders if one.total}
            assert {str(mail["Subject"]) for mail in mails} == subjects


async def introduce_all(shop: Shop, history: History) -> None:
    """Every customer with an address, and consent to thanks."""
    for name in history.standings:
        await shop.introduce(name, consents=["thanks"], email=f"{name}@example.com", locale="en")


def _importer(deployment: Deployment, history: History, folder: Path) -> Importer:
    return Importer(deployment, history.file, history.mapping, folder / "import")


async def _truths_are_met(shop: Shop, history: History) -> None:
    totals = await check_totals(shop, history)
    assert totals["customers"] == 220
    assert totals["acts"] == {"purchase": 1137, "refund": 226}
    assert totals["money"] == [MONEY]
    await check_scores(shop, history)
