"""The only place where events chooses its adapters, and puts its use cases together over them."""

from services.events.wiring.opening import Events, open_events
from services.events.wiring.webhooks import connect

__all__ = ["Events", "connect", "open_events"]
