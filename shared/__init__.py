"""Contracts and plumbing of the four services: no business rule, no import of a service."""
