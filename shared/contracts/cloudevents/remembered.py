"""A bounded memory for rules about texts that repeat from event to event."""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

Answer = TypeVar("Answer")

_TEXTS = 4096
_LONGEST = 256


def remembered(rule: Callable[[str], Answer]) -> Callable[[str], Answer]:
    """Keep the answers of a pure rule, 4096 at most; long texts are not kept, to bound the size."""
    kept = lru_cache(_TEXTS)(rule)

    def ask(text: str) -> Answer:
        return kept(text) if len(text) <= _LONGEST else rule(text)

    return ask
