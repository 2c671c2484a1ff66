"""Where responses and cases are kept: MongoDB or SQLite, under one behaviour suite."""
