"""The tables; their columns are named as in fields.py.

`was_merged_into` is whom a customer stood for before a merge was undone.
"""

from services.notifier.storage.sqlite.upgrade import every_purpose
from shared.storage import redirects
from shared.storage.sqlite import Migration

MIGRATIONS: tuple[Migration, ...] = (
    """
    CREATE TABLE customers (
        key TEXT PRIMARY KEY, revision INTEGER, name TEXT, email TEXT, locale TEXT, thanks TEXT,
        surveys TEXT, erased INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE TABLE open_cases (
        key TEXT NOT NULL, case_id TEXT NOT NULL, PRIMARY KEY (key, case_id)
    ) WITHOUT ROWID;

    CREATE TABLE decisions (
        id TEXT PRIMARY KEY, customer TEXT NOT NULL, act_source TEXT NOT NULL,
        act_id TEXT NOT NULL, act_type TEXT NOT NULL, act_time TEXT NOT NULL, kind TEXT NOT NULL,
        time INTEGER NOT NULL, data BLOB, trace TEXT, verdict TEXT NOT NULL, reason TEXT NOT NULL,
        decided_at INTEGER NOT NULL, rule TEXT, message_id TEXT, survey TEXT, held_until INTEGER,
        due INTEGER, announced INTEGER NOT NULL, revision INTEGER NOT NULL
    );
    CREATE INDEX decisions_of_customer ON decisions (customer, decided_at DESC, id DESC);
    CREATE INDEX decisions_by_verdict ON decisions (verdict, decided_at DESC, id DESC);
    CREATE INDEX decisions_by_act ON decisions (act_id);
    CREATE INDEX decisions_by_time ON decisions (decided_at DESC, id DESC);
    CREATE INDEX decisions_due ON decisions (due) WHERE due IS NOT NULL;
    CREATE INDEX decisions_held ON decisions (customer) WHERE verdict = 'held';
    CREATE INDEX decisions_unannounced ON decisions (id) WHERE announced = 0;

    CREATE TABLE messages (
        id TEXT PRIMARY KEY, decision_id TEXT NOT NULL, customer TEXT NOT NULL,
        rule TEXT NOT NULL, channel TEXT NOT NULL, created_at INTEGER NOT NULL, due INTEGER,
        status TEXT NOT NULL, attempts INTEGER NOT NULL, code TEXT, finished_at INTEGER,
        subject TEXT, body TEXT, language TEXT, trace TEXT, announced INTEGER NOT NULL, token TEXT
    );
    CREATE INDEX messages_of_customer ON messages (customer, created_at DESC, id DESC);
    CREATE INDEX messages_due ON messages (due) WHERE due IS NOT NULL;
    CREATE INDEX messages_unannounced ON messages (id) WHERE announced = 0;
    CREATE INDEX messages_with_text ON messages (finished_at) WHERE body IS NOT NULL;
    """,
    f"""
    {redirects.SQLITE_MIGRATION}
    ALTER TABLE customers ADD COLUMN was_merged_into TEXT;
    CREATE INDEX customers_were_merged ON customers (was_merged_into)
        WHERE was_merged_into IS NOT NULL;
    """,
    every_purpose,
)
