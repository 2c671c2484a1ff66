"""Message templates: the sandbox, the form of a file, and the two texts that come of it."""
