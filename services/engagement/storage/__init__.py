"""Where scores are kept: MongoDB or SQLite, under one behaviour suite."""
