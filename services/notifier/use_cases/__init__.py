"""Load, decide, save, publish: what the notifier does, over ports only."""
