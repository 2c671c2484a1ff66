"""Which records of requite.acts.v1 have to be read: most can be passed over unread."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from services.events.ports.watching import Watcher
from shared.contracts.acts import short_name
from shared.messaging.ports import Delivery


class Sift:
    """Leaves what a watcher has to see.

    A purchase that names nobody matters only to who follows its buyer, and most acts are such
    purchases by buyers whom nobody follows. The type, key, time and bytes of a record tell them,
    and one question to each watcher for the whole batch. What these don't tell for sure is read,
    and so is all else of whoever has another act in the batch, with a code perhaps.
    """

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        self._watchers = watchers
        self._kinds = frozenset[str]().union(*(watcher.kinds for watcher in watchers))

    async def __call__(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """Those to read, in the same order. Raises Unavailable."""
        seen: list[Delivery] = []
        read: set[bytes] = set()
        bought: dict[bytes, datetime] = {}
        for delivery in deliveries:
            act_type = time = None
            for name, value in delivery.headers:
                if name == "ce_type":
                    act_type = value
                elif name == "ce_time":
                    time = value
            kind = _kind(act_type)
            if kind is not None and kind not in self._kinds:
                continue
            seen.append(delivery)
            at = _moment(time) if kind == "purchase" else None
            if at is None or _may_name(delivery.value):
                read.add(delivery.key)
            elif at < bought.get(delivery.key, _NEVER):
                bought[delivery.key] = at
        if bought:
            read |= await self._followed(bought)
        return [delivery for delivery in seen if delivery.key in read]

    async def _followed(self, bought: Mapping[bytes, datetime]) -> set[bytes]:
        # A key that is no text is nobody's id, and the record will be refused.
        subjects = {key.decode(errors="replace"): at for key, at in bought.items()}
        answers = [await watcher.follows(subjects) for watcher in self._watchers]
        return {subject.encode() for answer in answers for subject in answer}


_NEVER = datetime.max.replace(tzinfo=UTC)


def _may_name(value: bytes | None) -> bool:
    """Whether there may be a `referral_code`, `referred_by` or `how_did_you_hear`; with `\\u` it
    could be spelt in other ways."""
    return value is None or b"referr" in value or b"how_did_you_hear" in value or b"\\u" in value


@lru_cache(maxsize=1024)
def _kind(said: bytes | None) -> str | None:
    return None if said is None else short_name(said.decode(errors="replace"))


def _moment(said: bytes | None) -> datetime | None:
    """None for what is no time, and for a time that it takes more than this to understand."""
    try:
        moment = datetime.fromisoformat((said or b"").decode())
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
