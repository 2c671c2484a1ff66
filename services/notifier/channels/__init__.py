"""One folder a way to customers: what carries a letter out, and the options of its file."""
