"""Lifetimes, schema versions and failures of the two databases that services keep state in."""
