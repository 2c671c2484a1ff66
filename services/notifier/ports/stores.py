"""One database, by what it keeps."""

from dataclasses import dataclass

from services.notifier.ports.channel_states import ChannelStates
from services.notifier.ports.customers import CustomerStore
from services.notifier.ports.decisions import DecisionStore
from services.notifier.ports.messages import MessageStore
from services.notifier.ports.suppressions import SuppressionStore


@dataclass(frozen=True, slots=True)
class Stores:
    """All of them on one connection."""

    customers: CustomerStore
    decisions: DecisionStore
    messages: MessageStore
    suppressions: SuppressionStore
    channels: ChannelStates
