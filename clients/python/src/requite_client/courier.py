"""What is sent next, and what an answer means. No I/O but the outbox."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from requite_client.backoff import Backoff
from requite_client.outbox import Batch, Outbox

PATH = "/v1/events"
HEADERS = {"Content-Type": "application/cloudevents-batch+json; charset=UTF-8"}
BATCH_EVENTS = 500

_LONGEST_WAIT = 3600.0

log = logging.getLogger("requite_client")


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that the server will not take. It is kept there under `quarantine_id`, where it
    can be mended; an event too large to be kept has none."""

    id: str
    source: str
    reason: str
    pointer: str = ""
    quarantine_id: str | None = None


OnRefused = Callable[[Refusal], None]


def log_refusal(refusal: Refusal) -> None:
    """The default: a warning without anything personal."""
    log.warning(
        "event %s of %s was refused: %s %s",
        refusal.id,
        refusal.source,
        refusal.pointer,
        refusal.reason,
    )


class Courier:
    """Takes batches out of `outbox` and settles them with the server's answers."""

    def __init__(
        self, outbox: Outbox, on_refused: OnRefused = log_refusal, backoff: Backoff | None = None
    ) -> None:
        self._outbox = outbox
        self._on_refused = on_refused
        self._backoff = backoff or Backoff()
        self._parts: list[Batch] = []

    def next(self) -> Batch | None:
        """The batch to send; None when nothing waits."""
        return self._parts.pop() if self._parts else self._outbox.take(BATCH_EVENTS)

    def failed(self, batch: Batch) -> float:
        """There was no answer. Returns the seconds to wait before the next try."""
        self._give_back(batch)
        return self._backoff.failed()

    def answered(self, batch: Batch, status: int, headers: Mapping[str, str], body: bytes) -> float:
        """Settle `batch`. Returns the seconds to wait before the next try, mostly 0."""
        rejected = _rejected(body)
        if status in (202, 207) or (status == 422 and rejected):
            self._outbox.remove(batch.places)
            for told in rejected:
                self._tell(told)
            self._backoff.succeeded()
            return 0.0
        if status in (400, 413, 422):
            return self._split(batch, status)
        if status in (401, 403, 404):
            log.error("the server answered %d: look at the URL, the key and its scopes", status)
        self._give_back(batch)
        return self._backoff.failed(_retry_after(headers))

    def _split(self, batch: Batch, status: int) -> float:
        # One event spoils a whole batch: it is found by halving.
        if len(batch.places) > 1:
            self._parts += batch.halves()[::-1]
            return 0.0
        self._outbox.remove(batch.places)
        event = json.loads(batch.events[0])
        reason = "too large" if status == 413 else "not a CloudEvent"
        self._tell(Refusal(event["id"], event["source"], reason))
        return 0.0

    def _tell(self, refusal: Refusal) -> None:
        try:
            self._on_refused(refusal)
        except Exception:  # Somebody else's code must not end the sending.
            log.exception("event %s of %s was refused", refusal.id, refusal.source)

    def _give_back(self, batch: Batch) -> None:
        for one in (batch, *self._parts):
            self._outbox.give_back(one.places)
        self._parts.clear()


def _rejected(body: bytes) -> list[Refusal]:
    try:
        answer: Any = json.loads(body)
        found = answer.get("rejected", []) if isinstance(answer, dict) else []
        return [
            Refusal(
                id=str(one.get("id")),
                source=str(one.get("source")),
                reason=str(one.get("reason")),
                pointer=str(one.get("pointer", "")),
                quarantine_id=one.get("quarantine_id"),
            )
            for one in found
        ]
    except (ValueError, AttributeError, TypeError):
        return []


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds (RFC 9110, section 10.2.3); a date there is not waited for."""
    text = headers.get("retry-after", "")
    return min(float(text), _LONGEST_WAIT) if text.isdecimal() else 0.0
