"""Aliases of e-mail addresses and phone numbers: keyed hashes, which tell nobody what they hash."""

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Without the key nobody can try out which address an alias is of (HMAC-SHA-256, RFC 2104)."""

    key: str = field(repr=False)

    def email(self, address: str) -> str:
        """`email:<32 hex digits>`; the same however the address is written."""
        return f"email:{self._hash(unicodedata.normalize('NFKC', address).strip().lower())}"

    def phone(self, number: str) -> str:
        """`phone:<32 hex digits>` of a number as E.164 writes it."""
        return f"phone:{self._hash(unicodedata.normalize('NFKC', number).strip())}"

    def of(self, email: str | None, phone: str | None) -> list[str]:
        """The aliases of what is known."""
        aliases = [] if email is None else [self.email(email)]
        return aliases if phone is None else [*aliases, self.phone(phone)]

    def digest(self, text: str) -> str:
        """32 hex digits of any other text that must not be kept as it is."""
        return self._hash(text)

    def _hash(self, text: str) -> str:
        return hmac.new(self.key.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]
