"""The connector of whatever tells acts in Standard Webhooks."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from services.events.connectors.act import utc
from services.events.connectors.body import JsonBody
from services.events.connectors.port import Reading
from services.events.connectors.setup import Setup
from services.events.domain.admission import check_customer_id
from shared.contracts.acts import PREFIX
from shared.contracts.cloudevents import CloudEvent, InvalidEvent, check
from shared.errors import Invalid
from shared.webhooks.delivery import Delivery
from shared.webhooks.standard import verify

_TYPE = re.compile(r"[a-zA-Z0-9_]+(\.[a-zA-Z0-9_]+)*")
_CUSTOMER = "customer"


class Body(Struct):
    """`type`: an act's short name or full type; `data`: `customer`, an id or alias, and what the
    act says. Members of `data` are passed on as they were written."""

    type: str
    timestamp: str
    data: dict[str, msgspec.Raw]


class Options(Struct, forbid_unknown_fields=True):
    """A source's file sets nothing."""


_BODY = JsonBody(Body)


class StandardWebhooks:
    """The event's id is `webhook-id`, which stays the same when a delivery is tried again."""

    reads = frozenset(("webhook-id",))

    def __init__(self, setup: Setup) -> None:
        setup.options_as(Options)
        self._source = setup.source

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        verify(delivery, secrets)

    def read(self, delivery: Delivery) -> Reading:
        body = _BODY.read(delivery.body)
        if not _TYPE.fullmatch(body.type):
            raise Invalid("a type has letters, digits, _ and dots", "/type")
        event = CloudEvent(
            id=delivery.headers.get("webhook-id", ""),
            source=f"/webhooks/{self._source}",
            type=body.type if "." in body.type else f"{PREFIX}{body.type}.v1",
            subject=_customer(body.data),
            time=utc(body.timestamp, "/timestamp"),
            datacontenttype="application/json",
            data=msgspec.json.encode({k: v for k, v in body.data.items() if k != _CUSTOMER}),
        )
        try:
            return Reading(acts=(check(event),))
        except InvalidEvent as error:
            raise Invalid(f"no event can hold what it says: {error.reason}") from None


def _customer(data: dict[str, Any]) -> str:
    try:
        customer = msgspec.json.decode(data[_CUSTOMER], type=str)
    except KeyError:
        raise Invalid("missing: it says who did this", f"/data/{_CUSTOMER}") from None
    except msgspec.DecodeError:
        raise Invalid("not a text", f"/data/{_CUSTOMER}") from None
    check_customer_id(customer, f"/data/{_CUSTOMER}")
    return customer
