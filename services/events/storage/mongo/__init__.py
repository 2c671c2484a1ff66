"""The stores of events in one MongoDB database."""
