"""Documents that are made from the code, and tests that hold them against it."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
