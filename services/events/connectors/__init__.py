"""One folder a platform: what its webhooks say, as acts. Pure, no I/O."""
