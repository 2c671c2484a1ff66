"""What a process measures of itself: one registry a process, whichever services it runs."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Gauge, GCCollector, Histogram, ProcessCollector

# Advised for http.server.request.duration by the OpenTelemetry semantic conventions.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class Metrics:
    """The registry, and the one metric that the web edge itself writes."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._requests = Histogram(
            "http_server_request_duration_seconds",
            "Time from the request's head to the end of its response.",
            ("method", "route", "status"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        # Saves the lookup by stringified labels, the dear part of an observation.
        self._children: dict[tuple[str, str, int], Histogram] = {}

    @contextmanager
    def gauge(self, name: str, documentation: str) -> Iterator[Gauge]:
        """Show a number of the caller's while the context lasts."""
        gauge = Gauge(name, documentation, registry=self.registry)
        try:
            yield gauge
        finally:
            self.registry.unregister(gauge)

    def observe_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request. `route` is a template, never a path, so that series stay few."""
        key = (method if method in _METHODS else "_OTHER", route, status)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._requests.labels(*key)
        child.observe(seconds)
