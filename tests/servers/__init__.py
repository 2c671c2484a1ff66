"""Real servers for tests, the local stack and the benchmark."""
