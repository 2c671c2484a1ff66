"""Run engagement as a process of its own: `python -m services.engagement`."""

from services.engagement.app import create_app
from shared.runtime import entrypoint

if __name__ == "__main__":
    entrypoint(create_app)
