"""Consumers' own progress as Prometheus metrics, read when they are asked for."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from shared.messaging.consumer import Consumer


class ConsumerCollector(Collector):
    """Lag in records by partition, and ages in seconds, of all consumers of a process."""

    def __init__(self) -> None:
        self._consumers: list[Consumer] = []

    @contextmanager
    def adding(self, consumer: Consumer) -> Iterator[None]:
        """Show `consumer` while the context lasts."""
        self._consumers.append(consumer)
        try:
            yield
        finally:
            self._consumers.remove(consumer)

    def collect(self) -> Iterable[Metric]:
        lag = GaugeMetricFamily(
            "requite_consumer_lag_records",
            "Records that the consumer has not read yet.",
            labels=("group", "topic", "partition"),
        )
        ages = GaugeMetricFamily(
            "requite_consumer_age_seconds",
            "Since the last poll; of the batch in hand; since it was last up to date.",
            labels=("group", "of"),
        )
        for consumer in self._consumers:
            health = consumer.health()
            for (topic, partition), records in sorted(health.lag.items()):
                lag.add_metric((health.group, topic, str(partition)), records)
            ages.add_metric((health.group, "poll"), health.poll_age)
            ages.add_metric((health.group, "in_hand"), health.in_hand_age)
            ages.add_metric((health.group, "behind"), health.behind_age)
        return lag, ages
