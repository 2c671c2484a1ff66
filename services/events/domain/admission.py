"""Which events are acts that may enter the topic; everything else is quarantined with a reason."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

import msgspec

from shared.contracts.acts import EARLIEST, PAYLOADS, Purchase, Refund, check_size
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Invalid
from shared.money import to_units

FUTURE_TOLERANCE = timedelta(minutes=5)

_PRICED = (Purchase, Refund)
_DECODERS = {name: msgspec.json.Decoder(kind) for name, kind in PAYLOADS.items()}
_JSON_TYPE = re.compile(r"[^/;\s]+/(?:[^;\s]+\+)?json(?:\s*;.*)?", re.IGNORECASE)
_PLACE = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


@dataclass(frozen=True, slots=True)
class Admission:
    """Admits events at one moment."""

    now: datetime
    today: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "today", self.now.astimezone(UTC).date().isoformat())

    def admit(self, event: CloudEvent) -> CloudEvent:
        """The event as it enters the topic; one without `time` happens now. Raises Invalid."""
        decoder = _DECODERS.get(event.type)
        if decoder is None:
            raise Invalid("not a type of act in the catalogue", "/type")
        if len(event.id) > 500 or len(event.source) > 500:
            raise Invalid("longer than 500 characters", "/id" if len(event.id) > 500 else "/source")
        if event.subject is None:
            raise Invalid("missing: it says which customer did this", "/subject")
        check_customer_id(event.subject, "/subject")
        check_size(event)
        if event.data is None:
            raise Invalid("missing", "/data")
        if event.datacontenttype is not None and not _is_json(event.datacontenttype):
            raise Invalid("acts are JSON", "/datacontenttype")
        try:
            if event.datacontenttype is None:
                event.data.decode()  # The codec has looked at what is said to be JSON only.
            payload = decoder.decode(event.data)
        except msgspec.ValidationError as error:
            raise _misfit(error) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Invalid("not well-formed JSON", "/data") from None
        if isinstance(payload, _PRICED):
            _check_money(payload)
        return self._check_time(event)

    def _check_time(self, event: CloudEvent) -> CloudEvent:
        time = event.time
        if time is None:
            return msgspec.structs.replace(event, time=self.now.isoformat())
        # RFC 3339 in UTC sorts as text; only today's and later need the calendar.
        if time[-1] == "Z" and "1970" <= time[:10] < self.today:
            return event
        instant = event.instant
        if instant is not None and instant > self.now + FUTURE_TOLERANCE:
            raise Invalid("lies in the future", "/time")
        if instant is not None and instant < EARLIEST:
            raise Invalid("lies before 1970", "/time")
        return event


@lru_cache(maxsize=65536)
def check_customer_id(customer: str, pointer: str) -> None:
    """A customer's id is the shop's own: it appears in logs and topics, so it names nobody.

    Raises Invalid.
    """
    if not customer or len(customer) > 200:
        raise Invalid("a customer id has 1 to 200 characters", pointer)
    if not customer.isprintable() or customer != customer.strip():
        raise Invalid("a customer id has printable characters, and no space at its ends", pointer)
    if "@" in customer:
        raise Invalid("a customer id is not an e-mail address: use the shop's own id", pointer)


@lru_cache(maxsize=1024)
def _is_json(media_type: str) -> bool:
    return _JSON_TYPE.fullmatch(media_type) is not None


def _check_money(payload: Purchase | Refund) -> None:
    to_units(payload.total, payload.currency, "/data/total")
    products = payload.products if isinstance(payload, Purchase) else None
    if products:
        for index, product in enumerate(products):
            if isinstance(product.price, Decimal):
                to_units(product.price, payload.currency, f"/data/products/{index}/price")


def _misfit(error: msgspec.ValidationError) -> Invalid:
    """msgspec's words with a JSON Pointer, and without the values that they may quote."""
    text = str(error)
    place = _PLACE.search(text)
    path = place["path"] if place else ""
    reason = _QUOTED.sub("that", text[: place.start()] if place else text)
    pointer = path.replace("[", "/").replace("]", "").replace(".", "/")
    return Invalid(reason, f"/data{pointer}")
