"""POST /v1/webhooks/{source}: orders of a Shopify shop, answered and carried out, beside a bare
route that only reads the body."""

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any
from urllib.request import urlopen

from shared.config import DEFAULT_PROGRAMME
from shared.named_secrets import NamedSecrets
from tests.bench.ingest import Reference, cpu_seconds
from tests.bench.load import drive
from tests.bench.measure import Comparison, Figure, compare
from tests.servers.kafka import Kafka
from tests.servers.mongod import Mongod
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.service import Service

DELIVERIES, CONNECTIONS, CUSTOMERS = 3_000, 64, 500
PATH, SECRET = "/v1/webhooks/shop", "bench"

_numbers = itertools.count(1)


def order(number: int, customer: int) -> dict[str, Any]:
    """A paid order of about 3,400 bytes."""
    address = {
        "first_name": "Ana",
        "last_name": "Silva",
        "address1": "Rua Augusta 1",
        "city": "Lisboa",
        "zip": "1100-048",
        "country": "Portugal",
        "phone": "+351210000000",
        "name": "Ana Silva",
    }
    line = {
        "id": number * 10,
        "product_id": 7339056169172,
        "sku": "MUG-7",
        "name": "Mug",
        "price": "14.17",
        "quantity": 1,
        "grams": 300,
        "taxable": True,
        "price_set": {"shop_money": {"amount": "14.17", "currency_code": "EUR"}},
        "tax_lines": [{"title": "IVA", "price": "2.65", "rate": 0.23}],
    }
    return {
        "id": 820982911946154508 + number,
        "admin_graphql_api_id": f"gid://shopify/Order/{820982911946154508 + number}",
        "email": f"{customer}@example.com",
        "currency": "EUR",
        "total_price": "42.50",
        "current_total_price": "42.50",
        "financial_status": "paid",
        "test": False,
        "cancelled_at": None,
        "processed_at": "2026-11-01T10:15:30Z",
        "created_at": "2026-11-01T10:15:29Z",
        "updated_at": "2026-11-01T10:15:31Z",
        "source_name": "web",
        "customer_locale": "pt-PT",
        "customer": {
            "id": customer,
            "email": f"{customer}@example.com",
            "verified_email": True,
            "first_name": "Ana",
            "last_name": "Silva",
            "phone": None,
            "default_address": address,
        },
        "billing_address": address,
        "shipping_address": address,
        "line_items": [line, line, line],
        "discount_codes": [],
        "note_attributes": [{"name": f"note {n}", "value": "x" * 40} for n in range(8)],
        "refunds": [],
    }


def request(host: str, body: bytes) -> bytes:
    """The bytes of a delivery, signed as Shopify does it."""
    digest = base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256)).decode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"X-Shopify-Topic: orders/paid\r\nX-Shopify-Hmac-Sha256: {digest}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@contextmanager
def servers(
    folder: Path, kafka: Kafka, settings: Mapping[str, str]
) -> Iterator[tuple[Service, Service]]:
    """Our service on Kafka, and the reference."""
    programme = shutil.copytree(DEFAULT_PROGRAMME, folder / "programme")
    (programme / "sources").mkdir(exist_ok=True)
    (programme / "sources" / "shop.yaml").write_text("connector: shopify\n", encoding="utf-8")
    NamedSecrets(folder / "secrets.json").add("shop", SECRET)
    ours = Service(
        "events",
        folder / "events",
        port=free_port(),
        settings={
            "REQUITE_MESSAGING": "kafka",
            "REQUITE_KAFKA_BOOTSTRAP": kafka.bootstrap,
            "REQUITE_LINK_SECRET": "bench",
            "REQUITE_PSEUDONYM_KEY": "bench",
            "REQUITE_PROGRAMME_DIR": str(programme),
            "REQUITE_WEBHOOK_SECRETS_FILE": str(folder / "secrets.json"),
            "REQUITE_LOG_LEVEL": "warning",
            **settings,
        },
    )
    with ours:
        port = free_port()
        command = [sys.executable, "-m", "tests.bench.reference_body", str(port)]
        with Reference(folder / "reference", port, command) as reference:
            yield ours, reference


def measure(folder: Path, kafka: Kafka, mongod: Mongod) -> list[Comparison]:
    """On either kind of store: customers who come again, then new ones."""
    mongo = {"REQUITE_STORAGE": "mongodb", "REQUITE_MONGODB_URL": mongod.url}
    results: list[Comparison] = []
    for store, settings in (("SQLite", {}), ("MongoDB", mongo)):
        with servers(folder / store, kafka, settings) as (ours, reference):
            for customers, number in (("500 customers", CUSTOMERS), ("new customers", 2**40)):
                results += _Path(ours, reference, number).measure(f"{customers}, {store}")
    return results


@dataclass(slots=True)
class _Path:
    """Bursts of deliveries to ours, each carried out before the reference's turn."""

    ours: Service
    reference: Service
    customers: int
    carried_out: list[float] = field(default_factory=list)

    def measure(self, name: str) -> list[Comparison]:
        """Two lines: answered, and carried out."""
        answered = compare(
            f"POST /v1/webhooks/shop, orders of {name}: answered",
            "deliveries/s",
            self._to_ours,
            lambda: _drive(self.reference, self._requests(self.reference)),
            reach=0.7,
            note=f"bursts of {DELIVERIES}; the reference only reads the body",
        )
        rates = self.carried_out[1:]
        ratios = [rate / answered.reference for rate in rates]
        done = replace(
            answered,
            path="the same, from the first request until all are carried out",
            ours=median(rates),
            ratio=median(ratios),
            lowest=min(ratios),
            highest=max(ratios),
            reach=None,
            cpu_ratio=None,
            note="",
        )
        return [answered, done]

    def _to_ours(self) -> Figure:
        requests, before = self._requests(self.ours), _accepted(self.ours)
        started = perf_counter()
        figure = _drive(self.ours, requests)
        while _accepted(self.ours) - before < DELIVERIES:
            sleep(0.02)
        self.carried_out.append(DELIVERIES / (perf_counter() - started))
        return figure

    def _requests(self, server: Service) -> list[bytes]:
        host = f"{LOOPBACK}:{server.port}"
        numbers = itertools.islice(_numbers, DELIVERIES)
        orders = (order(number, 1 + number % self.customers) for number in numbers)
        return [request(host, json.dumps(one).encode()) for one in orders]


def _drive(server: Service, requests: list[bytes]) -> Figure:
    before = cpu_seconds(server)
    load = asyncio.run(drive(LOOPBACK, server.port, requests, CONNECTIONS, 200))
    return Figure(rate=load.rate, cpu=(cpu_seconds(server) - before) / DELIVERIES)


def _accepted(server: Service) -> float:
    """How many deliveries the service has carried out."""
    with urlopen(f"{server.url}/metrics", timeout=10) as response:
        found = re.search(rb'webhook_deliveries_total{outcome="accepted".*} (.*)', response.read())
    return float(found[1]) if found else 0.0
