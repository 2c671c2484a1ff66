"""The stores of events in one SQLite file."""
