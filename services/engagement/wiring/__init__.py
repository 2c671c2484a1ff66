"""The only place where engagement chooses its adapters, and puts its use cases together."""

from services.engagement.wiring.opening import open_engagement
from services.engagement.wiring.use_cases import Engagement

__all__ = ["Engagement", "open_engagement"]
