"""Fixtures of the programme's tests."""

from pathlib import Path

import pytest

from tests.shared.programme.small import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """The small programme, sound until a test changes it."""
    return Bench(tmp_path / "programme")
