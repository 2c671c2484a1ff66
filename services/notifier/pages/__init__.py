"""The preference page: its template, its texts by language."""
