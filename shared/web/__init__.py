"""The edge that every service's web app has; importing it registers its path parameter."""

from shared.web import hex_id

__all__ = ["hex_id"]
