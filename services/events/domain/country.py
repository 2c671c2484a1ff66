"""Countries by their codes."""

from functools import cache

from babel.core import get_global


def is_country(code: str) -> bool:
    """Whether `code` is one of ISO 3166-1 alpha-2, in capitals."""
    return code in _codes()


@cache
def _codes() -> frozenset[str]:
    # Beside them the table has 001, the world, and ZZ, which is nobody knows where.
    return frozenset(get_global("territory_zones")) - {"001", "ZZ"}
