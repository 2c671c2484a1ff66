"""What may give a cheat away: keyed hashes of what was seen with a person."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Literal

from services.events.domain.pseudonyms import Pseudonyms

Trait = Literal["email", "payment", "address", "ip"]
MOST_TRACES = 50
"""Kept for one person; the latest ones."""

_GAP = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Trace:
    """A hash of something that was seen with a person, and when last."""

    trait: Trait
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """What a shop has seen of a person, as plain text, on its way to being hashed."""

    email: str | None = None
    payment_fingerprint: str | None = None
    address: str | None = None
    ip: str | None = None

    def traces(self, pseudonyms: Pseudonyms, at: datetime) -> tuple[Trace, ...]:
        """The same as hashes; small differences in writing an address make none in its hash."""
        texts: dict[Trait, str | None] = {
            "payment": self.payment_fingerprint,
            "address": self.address and plain_address(self.address),
            "ip": self.ip and plain_ip(self.ip),
        }
        found = [
            Trace(trait, pseudonyms.digest(f"{trait}\n{text}"), at)
            for trait, text in texts.items()
            if text
        ]
        if self.email:
            found.append(Trace("email", pseudonyms.email(self.email), at))
        return tuple(found)


def merged(traces: Iterable[Trace]) -> tuple[Trace, ...]:
    """Each thing once, when it was seen last; the latest MOST_TRACES, in an order of their own."""
    latest: dict[tuple[Trait, str], Trace] = {}
    for trace in sorted(traces, key=lambda trace: trace.at):
        latest[trace.trait, trace.hash] = trace
    kept = sorted(latest.values(), key=lambda trace: (trace.at, trace.trait, trace.hash))
    return tuple(kept[-MOST_TRACES:])


def hashes(traces: Collection[Trace], trait: Trait) -> frozenset[str]:
    """The hashes of one trait."""
    return frozenset(trace.hash for trace in traces if trace.trait == trait)


def plain_address(text: str) -> str:
    """Letters and digits in lower case, one space between words."""
    return _GAP.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def plain_ip(text: str) -> str:
    """The usual way to write an IP address; a text that is none stays as it is."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return text.strip()
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
