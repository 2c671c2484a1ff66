"""Load, decide, save, publish: what engagement does, over ports only."""
