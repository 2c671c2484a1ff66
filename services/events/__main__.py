"""Run events as a process of its own: `python -m services.events`."""

from services.events.app import create_app
from shared.runtime import entrypoint

if __name__ == "__main__":
    entrypoint(create_app)
