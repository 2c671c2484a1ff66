"""The tables of SQLite, in the order in which they came to be."""

from shared.storage import redirects

MIGRATIONS = (
    """
    CREATE TABLE customers (
        hash TEXT PRIMARY KEY, revision INTEGER, locale TEXT, time_zone TEXT,
        erased INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE TABLE invitations (
        id TEXT PRIMARY KEY, customer TEXT NOT NULL, survey TEXT NOT NULL, time INTEGER NOT NULL,
        message_id TEXT, act TEXT
    );
    CREATE INDEX invitations_by_customer ON invitations (customer);
    CREATE INDEX invitations_by_survey ON invitations (survey);
    CREATE TABLE responses (
        id TEXT PRIMARY KEY, customer TEXT NOT NULL, survey TEXT NOT NULL, time INTEGER NOT NULL,
        value INTEGER NOT NULL, lowest INTEGER NOT NULL, highest INTEGER NOT NULL,
        comment TEXT NOT NULL, language TEXT NOT NULL, message_id TEXT, act TEXT
    );
    CREATE INDEX responses_by_time ON responses (time, id);
    CREATE INDEX responses_by_customer ON responses (customer, time, id);
    CREATE INDEX responses_by_survey ON responses (survey, value);
    CREATE TABLE cases (
        id TEXT PRIMARY KEY, customer TEXT NOT NULL, cause TEXT NOT NULL, opened INTEGER NOT NULL,
        said TEXT NOT NULL, response_id TEXT, act TEXT, closed INTEGER, fix TEXT, note TEXT NOT NULL
    );
    CREATE INDEX cases_by_time ON cases (opened, id);
    CREATE INDEX cases_by_customer ON cases (customer, opened, id);
    CREATE TABLE outbox (
        place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
        customer TEXT NOT NULL, time INTEGER NOT NULL, data BLOB NOT NULL
    );
    CREATE INDEX outbox_by_customer ON outbox (customer);
    """,
    redirects.SQLITE_MIGRATION,
)
