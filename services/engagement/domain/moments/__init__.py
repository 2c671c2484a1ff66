"""Moments: what is noticed of a customer when acts come, and when only time goes by."""

from services.engagement.domain.moments.noticing import Observed, Observer, due
from services.engagement.domain.moments.rules import Rules, compile_rules

__all__ = ["Observed", "Observer", "Rules", "compile_rules", "due"]
