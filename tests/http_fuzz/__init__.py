"""Garbage against a running server: it answers with a problem, and never breaks."""
