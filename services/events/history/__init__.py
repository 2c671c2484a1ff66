"""A shop's history: read from a file, mapped to acts, sent in batches, once."""
