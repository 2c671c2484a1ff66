"""Runs a test embedded and distributed."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.loop.deployment import Deployment, distributed, embedded

Deploy = Callable[..., AbstractContextManager[Deployment]]
"""`deploy(settings)` runs Requite until the end of the context."""


@pytest.fixture
def deploy_embedded(tmp_path: Path) -> Deploy:
    """In one process."""
    return partial(embedded, tmp_path)


@pytest.fixture
def deploy_distributed(kafka_bootstrap: str, mongodb_url: str, tmp_path: Path) -> Deploy:
    """On servers of its own; skips where the run's shared ones cannot be had."""
    return partial(distributed, tmp_path)


@pytest.fixture(params=["embedded", pytest.param("distributed", marks=pytest.mark.live)])
def deploy(request: pytest.FixtureRequest) -> Deploy:
    """Either way, one after the other."""
    chosen: Deploy = request.getfixturevalue(f"deploy_{request.param}")
    return chosen
