"""What a provider's answer means. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from services.notifier.channels.exchange import Answer, retry_after
from services.notifier.domain.delivery import Receipt
from shared.json_pointer import value_at

Status = Annotated[int, Meta(ge=200, le=599)]


class At(Struct, frozen=True, forbid_unknown_fields=True):
    """The JSON body has one of `values` at `pointer` (RFC 6901)."""

    pointer: Annotated[str, Meta(pattern=r"\A(/[^/]*)+\Z")]
    values: Annotated[tuple[str | int | bool, ...], Meta(min_length=1)]


Sign = Status | At

# The shop's own settings are wrong, which no other message would mend: wait until they are right.
_MISCONFIGURED = frozenset((401, 403, 404, 405, 407, 410))
_FOR_NOW = frozenset((408, 425, 429))


@dataclass(frozen=True, slots=True)
class Meaning:
    """Which signs a provider gives; without those of success, every 2xx is one."""

    success: tuple[Sign, ...] = ()
    deferred: tuple[Sign, ...] = ()
    refused: tuple[Sign, ...] = ()
    bad_address: tuple[Sign, ...] = ()

    def receipt(self, answer: Answer, now: datetime) -> Receipt:
        """A 2xx that is no success, as this provider has it, may have been one or not."""
        status, body = answer.status, _json(answer.body)
        if (code := _found(self.bad_address, status, body)) is not None:
            return Receipt("refused", code, bad_address=True)
        if (code := _found(self.refused, status, body)) is not None:
            return Receipt("refused", code)
        after = retry_after(answer.headers, now)
        if (code := _found(self.deferred, status, body)) is not None:
            return Receipt("deferred", code, "provider", after)
        if 200 <= status < 300 and not self.success:
            return Receipt("taken", str(status))
        if (code := _found(self.success, status, body)) is not None:
            return Receipt("taken", code)
        return _by_class(status, after)


def _by_class(status: int, after: timedelta | None) -> Receipt:
    code = str(status)
    if status < 300:
        return Receipt("uncertain", code, "provider")
    if 400 <= status < 500 and status not in _MISCONFIGURED | _FOR_NOW:
        return Receipt("refused", code)
    return Receipt("deferred", code, "provider", after)


def _found(signs: Iterable[Sign], status: int, body: Any) -> str | None:
    """The code of the first sign that is there: the status, or the value that the file names."""
    for sign in signs:
        if isinstance(sign, At):
            value = value_at(body, sign.pointer)
            if any(type(one) is type(value) and one == value for one in sign.values):
                return str(value)
        elif sign == status:
            return str(status)
    return None


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body) if body else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
