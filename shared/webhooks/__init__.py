"""Webhooks that come in: who sent these bytes."""
