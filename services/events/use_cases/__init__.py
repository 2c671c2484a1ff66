"""Load, decide, save, publish: what events does, over ports only."""
