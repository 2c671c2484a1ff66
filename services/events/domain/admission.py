"""Which events are acts that may enter the topic; everything else is quarantined with a reason."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import msgspec
from msgspec import UNSET

from services.events.domain.identity import check_alias, is_alias
from shared.contracts.acts import EARLIEST, check_beginning, check_size
from shared.contracts.catalogue import Catalogue
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Invalid

FUTURE_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Admission:
    """Admits events at one moment, by the catalogue of a programme and when its shop opened.

    Days from `first` on and before `today` (in UTC) lie between the two as a whole.
    """

    catalogue: Catalogue
    now: datetime
    opened: datetime | None = None
    first: str = field(init=False)
    today: str = field(init=False)

    def __post_init__(self) -> None:
        first = EARLIEST if self.opened is None else max(EARLIEST, self.opened + timedelta(days=1))
        object.__setattr__(self, "first", _day(first))
        object.__setattr__(self, "today", _day(self.now))

    def admit(self, event: CloudEvent) -> CloudEvent:
        """The event as it enters the topic; one without `time` happens now. Raises Invalid."""
        if len(event.id) > 500 or len(event.source) > 500:
            raise Invalid("longer than 500 characters", "/id" if len(event.id) > 500 else "/source")
        if event.subject is not None:
            check_customer_id(event.subject, "/subject")
        check_size(event)
        payload = self.catalogue.check(event)
        # A telling of an order from the future would be the last word on it for good.
        updated_at = getattr(payload, "updated_at", UNSET)
        if updated_at is not UNSET and updated_at > self.now + FUTURE_TOLERANCE:
            raise Invalid("lies in the future", "/data/updated_at")
        return self._check_time(event)

    def _check_time(self, event: CloudEvent) -> CloudEvent:
        time = event.time
        if time is None:
            return msgspec.structs.replace(event, time=self.now.isoformat())
        # RFC 3339 in UTC sorts as text; only days at the bounds need the calendar.
        if time[-1] == "Z" and self.first <= time[:10] < self.today:
            return event
        instant = event.instant
        if instant is not None and instant > self.now + FUTURE_TOLERANCE:
            raise Invalid("lies in the future", "/time")
        if instant is not None:
            check_beginning(instant, self.opened)
        return event


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()


@lru_cache(maxsize=65536)
def check_customer_id(customer: str, pointer: str) -> None:
    """A customer's id is the shop's own: it appears in logs and topics, so it names nobody.

    An alias may stand for it. Raises Invalid.
    """
    if not customer or len(customer) > 200:
        raise Invalid("a customer id has 1 to 200 characters", pointer)
    if not customer.isprintable() or customer != customer.strip():
        raise Invalid("a customer id has printable characters, and no space at its ends", pointer)
    if "@" in customer:
        raise Invalid("a customer id is not an e-mail address: use the shop's own id", pointer)
    if is_alias(customer):
        check_alias(customer, pointer)


def check_own_id(customer: str, pointer: str) -> None:
    """Like `check_customer_id`, where no alias may stand for the customer. Raises Invalid."""
    check_customer_id(customer, pointer)
    if is_alias(customer):
        raise Invalid("a customer id has no colon: this is an alias", pointer)
