"""What the notifier measures of itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from prometheus_client import Gauge, Histogram

from shared.programme.attention_rules import Objective
from shared.runtime import Infrastructure

_BUCKETS = (1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 12 * 3600, 86_400, 3 * 86_400, 7 * 86_400)


@dataclass(frozen=True, slots=True)
class Metrics:
    """`observe` takes a purpose and seconds, `unthanked` a count."""

    observe: Callable[[str, float], None]
    unthanked: Callable[[float], None]


@contextmanager
def measuring(infrastructure: Infrastructure) -> Iterator[Metrics]:
    """Shown while the context lasts."""
    objective = infrastructure.programme.attention.objective
    registry = infrastructure.edge.metrics.registry
    times = _time_to_thanks(infrastructure, objective)
    late = Gauge(
        "requite_unthanked",
        "What a rule thanks for, that waits for longer than the objective allows (10000: or more).",
        registry=registry,
    )
    within = Gauge(
        "requite_time_to_thanks_objective_seconds",
        "Within this time after the act thanks are to be on their way.",
        registry=registry,
    )
    share = Gauge(
        "requite_time_to_thanks_objective_ratio",
        "This share of thanks is to be in time.",
        registry=registry,
    )
    within.set(objective.within.total_seconds())
    share.set(objective.share)
    try:
        yield Metrics(lambda purpose, s: times.labels(purpose).observe(max(s, 0.0)), late.set)
    finally:
        for one in (times, late, within, share):
            registry.unregister(one)


def _time_to_thanks(infrastructure: Infrastructure, objective: Objective) -> Histogram:
    """One bucket ends where the objective does, so that it can be told exactly."""
    buckets = sorted({*map(float, _BUCKETS), objective.within.total_seconds()})
    return Histogram(
        "requite_time_to_thanks_seconds",
        "From what a message answers to the channel that took it.",
        ("purpose",),
        buckets=buckets,
        registry=infrastructure.edge.metrics.registry,
    )
