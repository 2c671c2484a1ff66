"""Where it stands with which secrets platforms sign."""

from collections.abc import Sequence
from typing import Protocol


class WebhookSecrets(Protocol):
    """The secrets of all sources."""

    def of(self, source: str) -> Sequence[str]:
        """Every secret that counts, none for an unknown source. Raises Unavailable."""
