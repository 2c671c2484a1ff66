"""Run notifier as a process of its own: `python -m services.notifier`."""

from services.notifier.app import create_app
from shared.runtime import entrypoint

if __name__ == "__main__":
    entrypoint(create_app)
