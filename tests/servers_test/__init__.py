"""The server harness, on the real servers."""
