"""Ids that follow from what a thing is, so that the same thing can't be made twice."""

import hashlib
import json


def identify(*parts: str) -> str:
    """32 hex digits of SHA-256 over `parts`; a JSON array keeps them apart."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
