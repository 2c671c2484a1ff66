"""Reads requite.acts.v1, which not only services write to: what holds for every act on it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from msgspec import UNSET, Struct

from shared.contracts.acts import EARLIEST, check_beginning, check_ids, check_size
from shared.contracts.catalogue import Catalogue
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Invalid

FUTURE_TOLERANCE = timedelta(minutes=5, seconds=30)
"""More than events has, whose clock may go before the reader's."""


class ToldAct(Struct, frozen=True, gc=False):
    """An event with what its data says, as a Struct with UNSET for what it leaves out, and the
    moment of its `time`."""

    event: CloudEvent
    payload: Any
    instant: datetime


class Bounds(Struct, frozen=True, gc=False):
    """What happens lies between the two; the shop `opened` then, if that is known."""

    earliest: datetime
    latest: datetime
    opened: datetime | None

    def moment_of(self, event: CloudEvent, key: bytes) -> datetime:
        """When `event` of the record `key` happened. Raises Invalid: no subject, not the record's
        key, no time or one out of bounds, too large."""
        if event.subject is None:
            raise Invalid("missing: it says which customer", "/subject")
        instant = event.instant
        if instant is None:
            raise Invalid("missing: it says when it happened", "/time")
        if instant > self.latest:
            raise Invalid("lies in the future", "/time")
        if instant < self.earliest:
            check_beginning(instant, self.opened)
        check_size(event)
        if event.subject.encode() != key:
            # In another partition, its customer's acts would be handled by two at a time.
            raise Invalid("not the record's key, which is the customer's id", "/subject")
        return instant


class ActsReader:
    """Reads acts by the `catalogue`, of a shop that `opened` then."""

    def __init__(self, catalogue: Catalogue, opened: datetime | None = None) -> None:
        self._catalogue = catalogue
        self._opened = opened

    def at(self, now: datetime) -> Callable[[CloudEvent, bytes], ToldAct]:
        """What reads the event of a record and its key. It raises Invalid for what no customer can
        have done by `now`, or is no act by the catalogue."""
        bounds = bounds_at(now, self._opened)
        check, latest, moment_of = self._catalogue.check, bounds.latest, bounds.moment_of

        def read(event: CloudEvent, key: bytes) -> ToldAct:
            check_ids(event)
            payload = check(event)
            updated_at = getattr(payload, "updated_at", UNSET)
            if updated_at is not UNSET and updated_at > latest:
                raise Invalid("lies in the future", "/data/updated_at")
            return ToldAct(event, payload, moment_of(event, key))

        return read


def bounds_at(now: datetime, opened: datetime | None = None) -> Bounds:
    """Those of what is read at `now`."""
    earliest = EARLIEST if opened is None else max(EARLIEST, opened)
    return Bounds(earliest, now + FUTURE_TOLERANCE, opened)
