"""A webhook request as it came in, and what becomes of one that is not proved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.errors import RequiteError


class SignatureRefused(RequiteError):
    """No secret of the sender has made this signature, or it is too old."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook request: header names in lower case, the body byte for byte; `query` are the
    parameters of its address."""

    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
