"""The shipped programme, for tests that need acts of real types."""

from functools import cache
from typing import Any

from shared.config import DEFAULT_PROGRAMME
from shared.contracts.acts import short_name
from shared.contracts.catalogue import Catalogue
from shared.programme.loader import load
from shared.programme.model import Programme
from shared.programme.samples import samples_of


@cache
def programme() -> Programme:
    """Read once."""
    return load(DEFAULT_PROGRAMME)


@cache
def catalogue() -> Catalogue:
    """Compiled once."""
    return Catalogue(programme().acts.values())


def example(event_type: str) -> dict[str, Any]:
    """The least that an act of this type can say. Raises KeyError for an unknown type."""
    return dict(samples_of(programme().acts[short_name(event_type)])[1])
