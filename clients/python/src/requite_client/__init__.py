"""A client of Requite: acts are on disk before a call returns, and at the server soon after."""

from requite_client.asynchronous import AsyncRequite
from requite_client.courier import Refusal
from requite_client.synchronous import Requite

__all__ = ["AsyncRequite", "Refusal", "Requite"]
