"""`/livez`, `/readyz` and `/metrics`: what an orchestrator asks, without a key."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import msgspec
import structlog
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from shared.web.metrics import Metrics
from shared.web.problems import problem_response
from shared.web.routes import PlainRoute

Check = Callable[[], Awaitable[None]]

log = structlog.get_logger()


class HealthChecks:
    """Named checks of a process. A check is healthy if it returns within `timeout` seconds."""

    def __init__(self, timeout: float = 2.0) -> None:
        self._timeout = timeout
        self._checks: dict[str, Check] = {}
        self._stand_ins: dict[str, str] = {}
        self._failing: dict[str, str] = {}

    @contextmanager
    def adding(self, name: str, check: Check) -> Iterator[None]:
        """Take `check` in, under a name that is free, while the context lasts.

        It raises to say that it is unwell.
        """
        if name in self._checks:
            raise ValueError(f"a check named {name} stands already")
        self._checks[name] = check
        try:
            yield
        finally:
            del self._checks[name]

    @contextmanager
    def standing_in(self, name: str, check: Check, instead_of: Sequence[str]) -> Iterator[None]:
        """As `adding`; while `check` is well the others of `instead_of` may be unwell."""
        with self.adding(name, check):
            self._stand_ins |= dict.fromkeys(instead_of, name)
            try:
                yield
            finally:
                for other in instead_of:
                    del self._stand_ins[other]

    def degraded(self, report: Mapping[str, Mapping[str, Any]]) -> list[str] | None:
        """Names of failed checks that another stands in for; None when one has no stand-in."""
        failed = [name for name, result in report.items() if not result["ok"]]
        for name in failed:
            stand_in = self._stand_ins.get(name)
            if stand_in is None or not report[stand_in]["ok"]:
                return None
        return failed

    async def run(self) -> dict[str, dict[str, Any]]:
        """Each check's `ok`, `seconds`, and where it fails the kind of `error`, all at once."""
        checks = dict(self._checks)
        results = await asyncio.gather(*(self._run_one(check) for check in checks.values()))
        report = dict(zip(checks, results, strict=True))
        self._log_changes({name: r["error"] for name, r in report.items() if not r["ok"]})
        return report

    async def _run_one(self, check: Check) -> dict[str, Any]:
        started = perf_counter()
        error = None
        try:
            async with asyncio.timeout(self._timeout):
                await check()
        except Exception as raised:
            # Only its kind: messages name hosts, and anybody may ask.
            error = type(raised).__name__
        result = {"ok": error is None, "seconds": round(perf_counter() - started, 6)}
        return result if error is None else result | {"error": error}

    def _log_changes(self, failing: dict[str, str]) -> None:
        for name in failing.keys() - self._failing.keys():
            log.warning("check_failed", check=name, error=failing[name])
        for name in self._failing.keys() - failing.keys():
            log.info("check_recovered", check=name)
        self._failing = failing


def health_routes(checks: HealthChecks, metrics: Metrics) -> list[PlainRoute]:
    """The three routes, the same for one service as for the embedded server."""

    async def livez(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def readyz(_: Request) -> Response:
        report = await checks.run()
        degraded = checks.degraded(report)
        if degraded is not None:
            ready: dict[str, Any] = {"ready": True, "checks": report}
            if degraded:
                ready["degraded"] = degraded
            return Response(msgspec.json.encode(ready), media_type="application/json")
        return problem_response(503, "A check failed", ready=False, checks=report)

    async def exposition(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(metrics.registry), headers={"Content-Type": content_type})

    return [
        PlainRoute("/livez", livez, methods=["GET"]),
        PlainRoute("/readyz", readyz, methods=["GET"]),
        PlainRoute("/metrics", exposition, methods=["GET"]),
    ]
