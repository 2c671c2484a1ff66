"""Deliveries of four platforms, signed as each of them signs, in whatever order they come."""

import base64
import hashlib
import hmac
import random
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shared.named_secrets import NamedSecrets
from tests.servers.service import PROJECT

SECRET = "s3cret-of-the-platforms"
CONNECTORS = {"shop": "shopify", "woo": "woocommerce", "pay": "stripe", "forum": "discourse"}
"""The connector of each source."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery: the raw body, and the headers that are not the signature."""

    source: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def signed(self) -> dict[str, str]:
        """All headers, signed now."""
        return {**self.headers, **_signature(self.source, self.body)}


def _signature(source: str, body: bytes) -> dict[str, str]:
    key = SECRET.encode()
    if source == "pay":
        now = str(int(time.time()))
        timed = hmac.digest(key, f"{now}.".encode() + body, hashlib.sha256)
        return {"stripe-signature": f"t={now},v1={timed.hex()}"}
    digest = hmac.digest(key, body, hashlib.sha256)
    if source == "forum":
        return {"x-discourse-event-signature": f"sha256={digest.hex()}"}
    name = "x-shopify-hmac-sha256" if source == "shop" else "x-wc-webhook-signature"
    return {name: base64.b64encode(digest).decode()}


def set_up(folder: Path, secrets: Path) -> Path:
    """The shipped programme with the four sources; their secret is in the file `secrets`."""
    shutil.copytree(PROJECT / "programme", folder)
    (folder / "sources").mkdir(exist_ok=True)
    for source, connector in CONNECTORS.items():
        (folder / "sources" / f"{source}.yaml").write_text(f"connector: {connector}\n", "utf-8")
        NamedSecrets(secrets).add(source, SECRET)
    return folder


def disordered(deliveries: Sequence[Sent], rng: random.Random) -> list[list[Sent]]:
    """The same in any order, some of them more than once, in bursts of some at a time."""
    again = [one for one in deliveries if rng.random() < 0.3]
    sent = [*deliveries, *again]
    rng.shuffle(sent)
    bursts: list[list[Sent]] = []
    while sent:
        size = rng.randint(1, 8)
        bursts.append(sent[:size])
        del sent[:size]
    return bursts
