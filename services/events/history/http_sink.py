"""Acts to a running instance: POST /v1/events in batches."""

from collections.abc import Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime

import httpx
import msgspec

from services.events.history.patience import Busy, Patience
from services.events.history.ports import Sent, TargetRefuses
from shared.clock import Clock
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.cloudevents.json_format import encode_batch

MAX_BYTES = 5 * 2**20
_TRY_AGAIN = frozenset({408, 429, 502, 503, 504})
_HEADERS = {"Content-Type": "application/cloudevents-batch+json"}


class _Rejected(msgspec.Struct):
    index: int
    reason: str
    pointer: str = ""


class _Receipt(msgspec.Struct):
    rejected: list[_Rejected] = []
    waiting: int = 0


class HttpSink:
    """`client` has the instance's base URL and its Authorization header."""

    def __init__(self, client: httpx.AsyncClient, patience: Patience, clock: Clock) -> None:
        self._client = client
        self._patience = patience
        self._clock = clock

    async def send(self, events: Sequence[CloudEvent]) -> Sent:
        body = encode_batch(events)
        if len(body) <= MAX_BYTES:
            return await self._patience.insist(lambda: self._post(body))
        if len(events) == 1:
            return Sent({0: f"larger than {MAX_BYTES} bytes"})
        half = len(events) // 2
        first, second = await self.send(events[:half]), await self.send(events[half:])
        moved = {half + index: reason for index, reason in second.refused.items()}
        return Sent({**first.refused, **moved}, first.waiting + second.waiting)

    async def _post(self, body: bytes) -> Sent:
        try:
            response = await self._client.post("/v1/events", content=body, headers=_HEADERS)
        except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise Busy(f"no answer ({type(error).__name__})") from error
        except httpx.HTTPError as error:
            raise TargetRefuses(f"no request could be made ({type(error).__name__})") from error
        if response.status_code in _TRY_AGAIN:
            raise Busy(f"HTTP {response.status_code}", self._retry_after(response))
        return _outcome(response)

    def _retry_after(self, response: httpx.Response) -> float | None:
        """Seconds, from either form of RFC 9110, section 10.2.3."""
        value = response.headers.get("Retry-After", "").strip()
        if value.isdecimal():
            return float(value)
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - self._clock.now()).total_seconds()
        return max(0.0, seconds)


def _outcome(response: httpx.Response) -> Sent:
    match response.status_code:
        case 202 | 207 | 422:
            try:
                receipt = msgspec.json.decode(response.content, type=_Receipt)
            except (msgspec.DecodeError, UnicodeDecodeError):
                raise TargetRefuses(f"HTTP {response.status_code} without a receipt") from None
            refused = {one.index: _reason(one) for one in receipt.rejected}
            return Sent(refused, receipt.waiting)
        case 401 | 403:
            raise TargetRefuses("the API key is not valid here or may not write events")
        case status:
            raise TargetRefuses(f"HTTP {status}; is this the address of a Requite instance?")


def _reason(rejected: _Rejected) -> str:
    pointer = rejected.pointer.lstrip("/")
    return f"{pointer}: {rejected.reason}" if pointer else rejected.reason
