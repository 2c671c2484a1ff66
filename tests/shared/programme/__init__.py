"""Tests of the programme's format, checks and templates."""
