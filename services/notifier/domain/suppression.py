"""What stands for an address that must not be used, so that the list itself holds none."""

import hmac


def address_digest(key: str, kind: str, address: str) -> str:
    """64 hex digits: HMAC-SHA256 of the address, however it is written, and of its kind (email,
    phone, or a name under which a customer has further addresses)."""
    written = address.strip()
    normalised = written.lower() if kind == "email" else written
    return hmac.digest(key.encode(), f"{kind}:{normalised}".encode(), "sha256").hex()
