"""Erasing a customer in SQLite."""

import sqlite3

from services.notifier.storage.fields import customer_key

_CUSTOMER = """
    DELETE FROM open_cases WHERE key = :key;
    DELETE FROM addresses WHERE customer = :customer;
    DELETE FROM untold WHERE customer = :customer;
    INSERT OR REPLACE INTO customers (key, erased) VALUES (:key, 1);
    UPDATE customers SET was_merged_into = NULL WHERE was_merged_into = :customer
"""
# One that is being sent stays with its sender until the lease ends.
_MESSAGES = """
    UPDATE messages SET customer = '', subject = NULL, body = NULL, html = NULL, trace = NULL,
        order_id = NULL, announced = 1, due = CASE status WHEN 'sending' THEN due ELSE 0 END,
        status = 'erased'
    WHERE customer = :customer
"""
_DECISIONS = """
    UPDATE decisions SET customer = '', data = NULL, trace = NULL, order_id = NULL, due = NULL,
        announced = 1, revision = revision + 1,
        reason = CASE verdict WHEN 'held' THEN 'erased' ELSE reason END,
        verdict = CASE verdict WHEN 'held' THEN 'suppressed' ELSE verdict END
    WHERE customer = :customer
"""


def erase(connection: sqlite3.Connection, customer: str) -> None:
    """No more is left than that somebody of this hash was erased, and what cannot be traced to
    anybody."""
    names = {"key": customer_key(customer), "customer": customer}
    for statement in (*_CUSTOMER.split(";"), _MESSAGES, _DECISIONS):
        connection.execute(statement, names)
