"""Ways to prove a sender that need no digest; the others are tested with the mapping connector."""

import base64

import pytest

from shared.webhooks.delivery import Delivery, SignatureRefused
from shared.webhooks.signature import Signature
from tests.services.notifier.builders import NOW

SECRETS = ["new:p:é", "old"]


def basic(text: str, scheme: str = "Basic") -> Delivery:
    credentials = base64.b64encode(text.encode()).decode()
    return Delivery({"authorization": f"{scheme} {credentials}"}, b"", NOW)


def test_a_user_and_password() -> None:
    signature = Signature("basic")
    signature.verify(basic("new:p:é"), SECRETS)
    signature.verify(basic("old", "bAsIc"), SECRETS)
    wrong = [basic("new:p"), basic(""), basic("old", "Bearer"), Delivery({}, b"", NOW)]
    wrong += [
        Delivery({"authorization": text}, b"", NOW) for text in ("Basic", "Basic é", "old", "\xff")
    ]
    for delivery in wrong:
        with pytest.raises(SignatureRefused):
            signature.verify(delivery, SECRETS)
    with pytest.raises(SignatureRefused):
        signature.verify(basic("old"), [])


def test_a_token_of_the_address() -> None:
    signature = Signature("url-token")
    signature.verify(Delivery({}, b"", NOW, {"token": "old"}), SECRETS)
    for query in ({}, {"token": ""}, {"token": "OLD"}, {"token": "\udce9"}, {"Token": "old"}):
        with pytest.raises(SignatureRefused):
            signature.verify(Delivery({"token": "old"}, b"", NOW, query), SECRETS)


def test_what_proves_a_delivery_is_not_shown() -> None:
    assert "old" not in repr(Delivery({}, b"", NOW, {"token": "old"}))
