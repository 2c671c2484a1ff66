"""The only place where the notifier chooses its adapters, and puts its use cases together."""

from services.notifier.wiring.opening import open_notifier
from services.notifier.wiring.use_cases import Notifier

__all__ = ["Notifier", "open_notifier"]
