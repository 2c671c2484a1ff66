"""The HTTP edge that all services share: app factory, problems, keys, limits, health."""
