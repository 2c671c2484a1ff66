"""Regular expressions that end soon, whatever text they are put to."""

import importlib
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from shared.errors import Invalid

MAX_MATCHED = 200  # characters that a regular expression ever sees
MAX_PATHS = (MAX_MATCHED + 1) ** 3  # ways to match: three repeats without a limit beside each other

_PARSER: Any = importlib.import_module("re._parser")  # what `re` compiles from; it has no types


@lru_cache(maxsize=256)
def expression(value: str) -> re.Pattern[str]:
    """The compiled expression. Raises Invalid: not valid, or one that may try far too much.

    The bound is on the number of ways in which a backtracking matcher can go through the
    expression: a repeat within a repeat, such as `(a+)+`, has exponentially many.
    """
    try:
        compiled = re.compile(value)
        parsed = _PARSER.parse(value)
    except (re.error, RecursionError, OverflowError):
        raise Invalid("no valid regular expression") from None
    if _paths(parsed) > MAX_PATHS:
        raise Invalid("a regular expression that may try too much: fewer repeats, none in another")
    return compiled


def _paths(items: Iterable[Any]) -> int:
    """An upper bound on the ways through a sequence, and no number much above MAX_PATHS."""
    ways = 1
    for operation, argument in items:
        ways = min(ways * _paths_of(str(operation), argument), MAX_PATHS + 1)
    return ways


def _paths_of(operation: str, argument: Any) -> int:
    match operation:
        case "MAX_REPEAT" | "MIN_REPEAT":
            least, most, body = argument
            most = min(int(most), MAX_MATCHED)
            least = min(int(least), most)
            inside = _paths(body)
            if inside == 1:
                return most - least + 1
            bounded = most < MAX_MATCHED  # whose power is still a number to compute
            return min(int(inside**most), MAX_PATHS + 1) if bounded else MAX_PATHS + 1
        case "BRANCH":
            return sum(_paths(branch) for branch in argument[1])
        case "SUBPATTERN":
            return _paths(argument[-1])
        case "ASSERT" | "ASSERT_NOT":
            return _paths(argument[1])
        case "ATOMIC_GROUP":
            return _paths(argument)
        case "GROUPREF_EXISTS":
            return _paths(argument[1]) + _paths(argument[2] or ())
        case "POSSESSIVE_REPEAT":
            return _paths(argument[2])
        case _:
            return 1
