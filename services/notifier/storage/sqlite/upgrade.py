"""From one mail a purchase to every purpose and channel: version 2 of the file to version 3.

What was agreed to before has no time and no source. What was sent before takes attention as well.
"""

import sqlite3

from services.notifier.domain.attention import LONGEST
from services.notifier.storage.fields import customer_key

_LONGEST_MS = round(LONGEST.total_seconds() * 1000)

_CUSTOMERS = """
    ALTER TABLE customers RENAME TO old_customers;
    CREATE TABLE customers (
        key TEXT PRIMARY KEY, record TEXT, standing TEXT, consents TEXT, preferences TEXT,
        marks TEXT, charges TEXT, seen TEXT, attention_revision INTEGER NOT NULL DEFAULT 0,
        customer TEXT, merged_into TEXT, was_merged_into TEXT, erased INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    INSERT INTO customers (key, record, consents, customer, merged_into, was_merged_into, erased)
        SELECT key,
            CASE WHEN revision IS NOT NULL THEN
                json_object('revision', revision, 'name', name, 'email', email, 'locale', locale)
            END,
            (SELECT json_group_array(json_object(
                'purpose', purpose, 'channel', 'email', 'state', state, 'time', 0))
                FROM (SELECT 'survey' AS purpose, surveys AS state
                    UNION ALL SELECT 'thanks', thanks)
                WHERE state IS NOT NULL
                HAVING count(*) > 0),
            customer, merged_into, was_merged_into, erased
        FROM old_customers;
    DROP TABLE old_customers;
    CREATE INDEX customers_merged ON customers (customer) WHERE merged_into IS NOT NULL;
    CREATE INDEX customers_merged_into ON customers (merged_into) WHERE merged_into IS NOT NULL;
    CREATE INDEX customers_were_merged ON customers (was_merged_into)
        WHERE was_merged_into IS NOT NULL;
    INSERT INTO customers (key, charges)
        SELECT customer_key(customer), json_group_array(json_array(id, at, 'thanks')) FROM (
            SELECT customer, id, ifnull(finished_at, created_at) AS at FROM messages
            WHERE customer <> '' AND status IN ('sending', 'sent', 'unknown')
                AND created_at > (SELECT max(created_at) FROM messages) - :longest
            ORDER BY at)
        GROUP BY customer
        ON CONFLICT (key) DO UPDATE SET charges = excluded.charges WHERE erased = 0;
    CREATE TABLE addresses (
        digest TEXT NOT NULL, customer TEXT NOT NULL, PRIMARY KEY (digest, customer)
    ) WITHOUT ROWID;
    CREATE INDEX addresses_of_customer ON addresses (customer);
"""
_DECISIONS = """
    ALTER TABLE decisions ADD COLUMN arrived_at INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE decisions ADD COLUMN purpose TEXT;
    ALTER TABLE decisions ADD COLUMN channel TEXT;
    ALTER TABLE decisions ADD COLUMN merged_into TEXT;
    ALTER TABLE decisions ADD COLUMN tried TEXT;
    ALTER TABLE decisions ADD COLUMN order_id TEXT;
    UPDATE decisions SET arrived_at = decided_at,
        purpose = CASE WHEN rule IS NOT NULL THEN 'thanks' END,
        channel = CASE WHEN message_id IS NOT NULL THEN 'email' END;
    DROP INDEX decisions_held;
    CREATE INDEX decisions_held ON decisions (customer, time, id) WHERE verdict = 'held';
    DROP INDEX decisions_due;
    CREATE INDEX decisions_due ON decisions (due, customer) WHERE due IS NOT NULL;
    CREATE INDEX decisions_of_message ON decisions (message_id) WHERE message_id IS NOT NULL;
    CREATE INDEX decisions_unthanked ON decisions (time, id)
        WHERE purpose = 'thanks' AND verdict IN ('held', 'suppressed') AND customer <> '';
    CREATE INDEX decisions_waiting ON decisions (time) WHERE purpose = 'thanks' AND verdict = 'held'
"""
_MESSAGES = """
    ALTER TABLE messages ADD COLUMN purpose TEXT NOT NULL DEFAULT 'thanks';
    ALTER TABLE messages ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE messages ADD COLUMN order_id TEXT;
    ALTER TABLE messages ADD COLUMN html TEXT;
    ALTER TABLE messages ADD COLUMN read_at INTEGER;
    UPDATE messages SET since = ifnull(
        (SELECT time FROM decisions WHERE decisions.id = messages.decision_id), created_at);
    DROP INDEX messages_due;
    CREATE INDEX messages_due ON messages (channel, due)
        WHERE due IS NOT NULL AND status <> 'erased';
    CREATE INDEX messages_erased ON messages (due) WHERE status = 'erased';
    CREATE INDEX messages_of_order ON messages (order_id, channel, created_at DESC, id DESC)
        WHERE order_id IS NOT NULL
"""
_OTHERS = """
    CREATE TABLE untold (
        customer TEXT NOT NULL, revision INTEGER NOT NULL, told TEXT NOT NULL,
        UNIQUE (customer, revision)
    );
    CREATE TABLE suppressions (
        digest TEXT PRIMARY KEY, cause TEXT NOT NULL, since INTEGER NOT NULL, message TEXT,
        code TEXT
    ) WITHOUT ROWID;
    CREATE INDEX suppressions_by_time ON suppressions (since DESC, digest DESC);
    CREATE TABLE channels (
        name TEXT PRIMARY KEY, failing_since INTEGER, disabled_since INTEGER, code TEXT
    ) WITHOUT ROWID
"""


def every_purpose(connection: sqlite3.Connection) -> None:
    """Keep all that there was, as the tables have it from now on."""
    connection.create_function("customer_key", 1, customer_key, deterministic=True)
    for script in (_CUSTOMERS, _DECISIONS, _MESSAGES, _OTHERS):
        for statement in script.split(";"):
            if statement.strip():
                given = {"longest": _LONGEST_MS} if ":longest" in statement else {}
                connection.execute(statement, given)
