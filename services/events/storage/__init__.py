"""Where customers and the quarantine are kept: MongoDB or SQLite, under one behaviour suite."""
