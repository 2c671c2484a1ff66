"""Run feedback as a process of its own: `python -m services.feedback`."""

from services.feedback.app import create_app
from shared.runtime import entrypoint

if __name__ == "__main__":
    entrypoint(create_app)
