"""A consumer's own progress, which `/readyz` and `/metrics` tell of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.clock import Clock
from shared.messaging.ports import Batch

Place = tuple[str, int]
"""(topic, partition)."""


@dataclass(frozen=True, slots=True)
class ConsumerHealth:
    """How a consumer stood at one moment. Ages are in seconds."""

    group: str
    poll_age: float
    """Since a fetch last came back."""
    contact_age: float
    """Since the log last answered."""
    in_hand_age: float
    """Of the batch that has been worked on for longest; 0 without one."""
    behind_age: float
    """Since a batch was last done, or there was nothing to do."""
    assigned: frozenset[Place]
    lag: Mapping[Place, int]
    last_error: str | None
    """Name of the last error's type: its text may name hosts."""

    def healthy(self, within: float) -> bool:
        """Whether everything that should happen has happened within so many seconds."""
        ages = (self.poll_age, self.contact_age, self.in_hand_age, self.behind_age)
        return max(ages) <= within


@dataclass(slots=True)
class Progress:
    """What the consumer writes down on its way."""

    group: str
    clock: Clock
    polled: datetime = field(init=False)
    contacted: datetime = field(init=False)
    up_to_date: datetime = field(init=False)
    in_hand: dict[Place, datetime] = field(init=False, default_factory=dict)
    assigned: frozenset[Place] = field(init=False, default=frozenset())
    lag: Mapping[Place, int] = field(init=False, default_factory=dict)
    last_error: str | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.polled = self.contacted = self.up_to_date = self.clock.now()

    def fetched(self, batches: int) -> None:
        """A fetch came back with so many batches."""
        self.polled = self.clock.now()
        if batches:
            self.contacted = self.polled

    def began(self, batch: Batch) -> None:
        """A batch is taken in hand."""
        self.in_hand[batch.topic, batch.partition] = self.clock.now()

    def ended(self, batch: Batch) -> None:
        """A batch is out of hand, done or not."""
        self.in_hand.pop((batch.topic, batch.partition), None)

    def done(self) -> None:
        """A batch has been handled."""
        self.up_to_date = self.clock.now()

    def measured(self, assigned: frozenset[Place], lag: Mapping[Place, int]) -> None:
        """The log has said how far behind this member is."""
        self.contacted = self.clock.now()
        self.assigned, self.lag = assigned, lag
        if not any(lag.values()) and not self.in_hand:
            self.up_to_date = self.contacted

    def failed(self, error: Exception) -> None:
        """Something did not work, for now."""
        self.last_error = type(error).__name__

    def snapshot(self) -> ConsumerHealth:
        """The state as a value."""
        now = self.clock.now()
        oldest = min(self.in_hand.values(), default=now)
        return ConsumerHealth(
            group=self.group,
            poll_age=(now - self.polled).total_seconds(),
            contact_age=(now - self.contacted).total_seconds(),
            in_hand_age=(now - oldest).total_seconds(),
            behind_age=(now - self.up_to_date).total_seconds(),
            assigned=self.assigned,
            lag=self.lag,
            last_error=self.last_error,
        )
