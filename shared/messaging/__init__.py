"""The message log: one port, two adapters (Kafka, SQLite), one consumer loop."""
