"""The tables of events, in the order in which they came to be."""

from services.events.storage.sqlite import (
    answers,
    buyers,
    customers,
    data_requests,
    erased,
    identities,
    inbox,
    invitations,
    merges,
    referrals,
    spool,
    suggestions,
    threads,
    unclaimed,
)

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
    spool.SCHEMA + answers.SCHEMA,
    identities.SCHEMA + unclaimed.SCHEMA + customers.INTRODUCED,
    threads.SCHEMA + suggestions.SCHEMA,
    merges.SCHEMA,
    invitations.SCHEMA + referrals.SCHEMA + buyers.SCHEMA,
    data_requests.SCHEMA,
    inbox.SCHEMA,
    erased.SCHEMA,
)
