"""GitHub: discussions of repositories and the answers chosen in them."""

from services.events.connectors.github.connector import GitHub

__all__ = ["GitHub"]
