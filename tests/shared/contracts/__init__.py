"""Tests of what travels between the services."""
