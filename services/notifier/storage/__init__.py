"""Where decisions and messages are kept: MongoDB or SQLite, under one behaviour suite."""
