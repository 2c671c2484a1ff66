"""Tests of the whole project, mirroring its tree."""
