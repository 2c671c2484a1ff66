"""Loads the fixtures, one plugin module per concern."""

pytest_plugins = [
    "pytester",
    "tests.fixtures.servers",
]
