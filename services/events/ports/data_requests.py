"""Where requests to be told what is held are kept until somebody has answered them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from services.events.domain.data_request import AskedFor


class DataRequests(Protocol):
    """Requests, oldest first. All raise Unavailable."""

    async def add(self, request: AskedFor) -> None:
        """Durable once this returns; one whose id is there already stays as it is."""

    async def page(
        self, after: tuple[datetime, str] | None, limit: int, *, closed: bool
    ) -> Sequence[AskedFor]:
        """Up to `limit` requests, those that are closed or those that are open, after the given
        (received_at, id)."""

    async def close(self, request_id: str, now: datetime) -> AskedFor | None:
        """The request as it then stands, with the time at which it was first closed; None if it
        is gone."""

    async def forget(self, subjects: Collection[str]) -> None:
        """Delete the requests of these ids and aliases."""
