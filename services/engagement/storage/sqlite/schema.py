"""Tables, version by version."""

from services.engagement.storage.sqlite import (
    books,
    leases,
    memberships,
    moments,
    people,
    round_memory,
    timeline,
    told_standings,
    watches,
)
from shared.storage import redirects

_SCORES = """
    CREATE TABLE positions (
        topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL,
        PRIMARY KEY (topic, partition)
    ) WITHOUT ROWID;
    CREATE TABLE ledger (
        key TEXT PRIMARY KEY, customer TEXT NOT NULL, kind TEXT NOT NULL, time INTEGER NOT NULL,
        dimension TEXT NOT NULL, points REAL NOT NULL, counts_from INTEGER NOT NULL,
        formula TEXT NOT NULL, order_key TEXT, units INTEGER, currency TEXT, note TEXT,
        heft REAL NOT NULL
    );
    CREATE INDEX ledger_by_weight ON ledger (customer, dimension, heft DESC);
    CREATE INDEX ledger_by_order ON ledger (order_key) WHERE order_key IS NOT NULL;
    CREATE TABLE profiles (
        customer TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE sums (
        customer TEXT NOT NULL, dimension TEXT NOT NULL, total REAL NOT NULL,
        PRIMARY KEY (customer, dimension)
    ) WITHOUT ROWID;
    CREATE TABLE acts (
        customer TEXT NOT NULL, kind TEXT NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (customer, kind)
    ) WITHOUT ROWID;
    CREATE TABLE money (
        customer TEXT NOT NULL, currency TEXT NOT NULL, gross INTEGER NOT NULL,
        refunded INTEGER NOT NULL, PRIMARY KEY (customer, currency)
    ) WITHOUT ROWID;
    CREATE TABLE erased (
        customer_hash TEXT PRIMARY KEY, request TEXT NOT NULL,
        back INTEGER NOT NULL DEFAULT FALSE
    ) WITHOUT ROWID;
    CREATE TABLE basis (dimension TEXT PRIMARY KEY, made_with TEXT NOT NULL) WITHOUT ROWID;
"""

_TELLINGS_AND_MERGES = """
    ALTER TABLE ledger ADD COLUMN origin TEXT;
    ALTER TABLE ledger ADD COLUMN revision INTEGER;
    ALTER TABLE ledger ADD COLUMN cumulative INTEGER NOT NULL DEFAULT FALSE;
    ALTER TABLE ledger ADD COLUMN withdraws TEXT;
    CREATE INDEX ledger_by_withdrawal ON ledger (withdraws) WHERE withdraws IS NOT NULL;
    CREATE TABLE customers (
        hash TEXT PRIMARY KEY, request TEXT, erased INTEGER NOT NULL DEFAULT FALSE,
        revision INTEGER, has_withdrawals INTEGER NOT NULL DEFAULT FALSE
    ) WITHOUT ROWID;
    INSERT INTO customers (hash, request, erased)
        SELECT customer_hash, request, NOT back FROM erased;
    DROP TABLE erased;
"""

_LIMITS_AND_EXCLUSION = """
    ALTER TABLE ledger_1 ADD COLUMN context TEXT;
    ALTER TABLE ledger_1 ADD COLUMN track TEXT;
    CREATE INDEX ledger_1_by_track ON ledger_1 (track, time) WHERE track IS NOT NULL;
    ALTER TABLE customers ADD COLUMN excluded TEXT;
"""

# An act that was taken back says so itself. One that stands alone and what took it back earn
# nothing each; of an order both keep their shares in it.
_WITHDRAWN_ACTS = """
    UPDATE ledger_1 AS act SET note = 'withdrawn', points = iif(order_key IS NULL, 0, points),
        heft = iif(order_key IS NULL, 0, heft)
        WHERE withdraws IS NULL AND customer <> '' AND EXISTS (
            SELECT 1 FROM ledger_1 AS taking WHERE taking.withdraws = act.key
                AND taking.note IS NULL AND taking.customer = act.customer
        );
    UPDATE ledger_1 SET points = 0, heft = 0, counts_from = time
        WHERE withdraws IS NOT NULL AND note IS NULL AND order_key IS NULL AND customer <> '';
"""

MIGRATIONS = (
    _SCORES,
    _TELLINGS_AND_MERGES + redirects.SQLITE_MIGRATION,
    memberships.SCHEMA + leases.SCHEMA,
    people.SCHEMA,
    books.SCHEMA,
    timeline.SCHEMA,
    _LIMITS_AND_EXCLUSION,
    watches.SCHEMA + moments.SCHEMA,
    round_memory.SCHEMA,
    _WITHDRAWN_ACTS,
    told_standings.SCHEMA,
)
