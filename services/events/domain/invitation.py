"""A customer's own code and link, and how many referrals of theirs may still be confirmed."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from services.events.domain.evidence import Trace
from shared.programme.model import Allowance

CODE_LENGTH = 10
CODE = re.compile(f"[0-9a-hjkmnp-tv-z]{{{CODE_LENGTH}}}")

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclass(frozen=True, slots=True)
class Invitation:
    """`traces` are what was seen with the referrer; `confirmed` are the ids of referrals that
    count against the cap, and since when. `version` grows with every change."""

    code: str
    referrer: str
    invited_at: datetime
    visits: int = 0
    visited_at: datetime | None = None
    traces: tuple[Trace, ...] = ()
    confirmed: tuple[tuple[str, datetime], ...] = ()
    version: int = 0

    def reserve(self, referral_id: str, cap: Allowance, now: datetime) -> "Invitation | None":
        """With a place for this referral under the cap, which it keeps when asked again; None when
        there is none."""
        if any(taken == referral_id for taken, _ in self.confirmed):
            return self
        counting = tuple(one for one in self.confirmed if one[1] > now - cap.period)
        if len(counting) >= cap.count:
            return None
        return replace(self, confirmed=(*counting, (referral_id, now)))

    def release(self, referral_id: str) -> "Invitation":
        """Without the place of this referral."""
        kept = tuple(one for one in self.confirmed if one[0] != referral_id)
        return replace(self, confirmed=kept)


def make_code(random_hex: str) -> str:
    """Ten digits and letters that nobody mistakes for others (Crockford's base 32): 50 bits, from
    the end of a random id of at least 13 hex digits."""
    number = int(random_hex[-13:], 16)
    return "".join(_CROCKFORD[number >> 5 * place & 31] for place in range(CODE_LENGTH))


def link_to(template: str, code: str) -> str:
    """The shop's landing page for `code`, which must look like one: nothing else is put in."""
    if not CODE.fullmatch(code):
        raise ValueError("not a code")
    return template.replace("{code}", code)
