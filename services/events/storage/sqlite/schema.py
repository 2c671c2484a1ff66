"""The tables of events, in the order in which they came to be."""

MIGRATIONS = (
    """
    CREATE TABLE customers (id TEXT PRIMARY KEY, revision INTEGER NOT NULL, body BLOB NOT NULL)
        WITHOUT ROWID;
    CREATE TABLE quarantine (
        id TEXT PRIMARY KEY, received_at INTEGER NOT NULL, body BLOB NOT NULL,
        pointer TEXT NOT NULL, reason TEXT NOT NULL, event_id TEXT, source TEXT, customer TEXT
    );
    CREATE INDEX quarantine_by_age ON quarantine (received_at, id);
    CREATE INDEX quarantine_by_customer ON quarantine (customer) WHERE customer IS NOT NULL;
    """,
)
