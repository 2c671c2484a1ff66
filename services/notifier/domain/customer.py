"""A customer as the notifier knows them: how to reach them, what they want, what is wrong."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from services.notifier.domain.attention import Attention
from services.notifier.domain.consent import Consent
from services.notifier.domain.marks import Mark
from services.notifier.domain.preferences import Preferences
from services.notifier.domain.wall_clock import zones_of


class Record(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What requite.customers.v1 says of somebody, but for consents."""

    revision: int
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    country: str | None = None
    addresses: dict[str, str] = {}
    excluded: Literal["staff", "blocked"] | None = None


class Standing(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What engagement says of somebody, found at `time` (ms)."""

    time: int = 0
    level: str | None = None
    segments: tuple[str, ...] = ()
    circles: tuple[str, ...] = ()


_LINKED = re.compile(r"://|@|\bwww\.|\w{2}\.\w{2}", re.IGNORECASE)
_NO_STANDING, _AS_USUAL, _UNTOUCHED = Standing(), Preferences(), Attention()


@dataclass(frozen=True, slots=True)
class Customer:
    """`record` is None for somebody whom the shop has not told of. `seen` has the first decision's
    id of each kind of act that a rule asks about; `suppressed` says, where it was looked up, which
    channels have an address that must not be used, and why."""

    id: str
    record: Record | None = None
    standing: Standing = _NO_STANDING
    consents: tuple[Consent, ...] = ()
    preferences: Preferences = _AS_USUAL
    open_cases: frozenset[str] = frozenset()
    marks: tuple[Mark, ...] = ()
    attention: Attention = _UNTOUCHED
    seen: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    suppressed: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    erased: bool = False

    @property
    def name(self) -> str | None:
        """What to call them; None also for what mail programs make a link of, since anybody may
        sign up with another's address and an advertisement as a name."""
        name = None if self.record is None else self.record.name
        return None if name is None or _LINKED.search(name) else name

    @property
    def locale(self) -> str | None:
        return None if self.record is None else self.record.locale

    def zones(self, default: str) -> tuple[ZoneInfo, ...]:
        """Where they may live."""
        if (record := self.record) is None:
            return zones_of(None, None, None, default)
        return zones_of(record.time_zone, record.country, record.locale, default)

    def address(self, of: str) -> str | None:
        """`of` is email, phone, or the name under which `addresses` has it; a channel that needs
        no address of its own asks for `customer`, which is their id."""
        if of == "customer":
            return self.id
        if self.record is None:
            return None
        if of in ("email", "phone"):
            return getattr(self.record, of) or None
        return self.record.addresses.get(of)
