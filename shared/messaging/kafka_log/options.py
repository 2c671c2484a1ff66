"""What the Kafka adapter needs to know."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KafkaOptions:
    """Where Kafka is and how long to wait for it. Times are in seconds."""

    bootstrap: str
    """host:port, several with commas."""
    replication: int = 1
    """Replicas of topics that are created."""
    delivery_timeout: float = 10.0
    """After it a publish is Unavailable; so is a request that isn't answered."""
    session_timeout: float = 45.0
    """A member that is silent for so long loses its partitions."""
    drain_timeout: float = 10.0
    """How long a rebalance waits for the batches in hand."""

    @property
    def rebalance_timeout(self) -> float:
        """Longer than the drain, or the member is thrown out while it drains."""
        return self.drain_timeout + 10.0

    @property
    def consumer_request_timeout(self) -> float:
        """The broker holds the answer to a join back for as long as the rebalance takes."""
        return max(self.delivery_timeout, self.rebalance_timeout + 5.0)
