"""What an orchestrator is told."""

import asyncio
from pathlib import Path

from structlog.testing import capture_logs

from shared.errors import Unavailable
from shared.web.health import HealthChecks
from tests.asgi import open_client
from tests.shared.web.demo import create_demo
from tests.shared.web.test_problems import problem_of


async def well() -> None:
    pass


async def away() -> None:
    raise Unavailable("mongodb://secret-host")


async def hangs() -> None:
    await asyncio.Event().wait()


async def test_ready_while_every_check_is(tmp_path: Path) -> None:
    app = create_demo(tmp_path)
    health: HealthChecks = app.state.edge.health
    async with open_client(app) as client:
        with health.adding("log", well):
            ready = await client.get("/readyz")
            with health.adding("store", away):
                unready = await client.get("/readyz")
                alive = await client.get("/livez")
            again = await client.get("/readyz")
    assert (ready.status_code, again.status_code, alive.status_code) == (200, 200, 200)
    assert ready.json()["checks"]["log"]["ok"] is True
    assert unready.status_code == 503
    checks = problem_of(unready)["checks"]
    assert checks["log"]["ok"] is True
    assert checks["store"]["error"] == "Unavailable"
    assert "secret-host" not in unready.text


async def test_each_check_is_bounded_in_time() -> None:
    health = HealthChecks(timeout=0.01)
    with health.adding("a", hangs), health.adding("b", well):
        report = await health.run()
    assert (report["a"]["ok"], report["a"]["error"]) == (False, "TimeoutError")
    assert report["b"]["ok"] is True


async def test_changes_alone_are_logged() -> None:
    health = HealthChecks()
    with capture_logs() as logs:
        with health.adding("store", away):
            await health.run()
            await health.run()
        with health.adding("store", well):
            await health.run()
    assert [line["event"] for line in logs] == ["check_failed", "check_recovered"]


async def test_metrics_in_the_format_asked_for(tmp_path: Path) -> None:
    async with open_client(create_demo(tmp_path)) as client:
        plain = await client.get("/metrics")
        accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
        open_metrics = await client.get("/metrics", headers=accept)
    assert plain.headers["content-type"].startswith("text/plain")
    assert "process_start_time_seconds" in plain.text
    assert open_metrics.headers["content-type"].startswith("application/openmetrics-text")
    assert open_metrics.text.endswith("# EOF\n")


async def test_a_stand_in_keeps_the_process_ready(tmp_path: Path) -> None:
    app = create_demo(tmp_path)
    health: HealthChecks = app.state.edge.health
    async with open_client(app) as client:
        with health.adding("log", away), health.adding("store", well):
            with health.standing_in("spool", well, ("log", "absent")):
                degraded = await client.get("/readyz")
            with health.standing_in("spool", away, ("log",)):
                full = await client.get("/readyz")
            alone = await client.get("/readyz")
    assert (degraded.status_code, degraded.json()["degraded"]) == (200, ["log"])
    assert (full.status_code, alone.status_code) == (503, 503)
