"""Fields and tests of a mapping, with line numbers in errors."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from services.events.domain.identity import make_alias
from services.events.mapping.columns import Column, Condition, Field, Test
from services.events.mapping.document import Document, MappingError, Path
from services.events.mapping.expressions import expression
from shared.errors import Invalid

T = TypeVar("T")

HashEmail = Callable[[str], str]

NO_KEY = (
    "hash_of needs the key that hides addresses, the one of the running instance: set "
    "REQUITE_PSEUDONYM_KEY, or REQUITE_DATA_DIR to the folder that has it"
)


class FieldParser:
    """Reads what stands in a document that fits the schema. `hash_email` is None without a key."""

    def __init__(self, document: Document, hash_email: HashEmail | None) -> None:
        self.document = document
        self._hash_email = hash_email

    def field(self, path: Path, value: Any) -> Field:
        """A column, or a list of columns of which the first that is filled counts."""
        if not isinstance(value, list):
            return Field((self._column(path, value),))
        return Field(tuple(self._column([*path, i], one) for i, one in enumerate(value)))

    def _column(self, path: Path, value: Any) -> Column:
        line = self.document.line(path)
        if isinstance(value, str):
            return Column(str(value), line=line)
        named = value.get("alias", value)
        return Column(
            str(named.get("column") or named["hash_of"]),
            alias=self._alias(path, value),
            empty=frozenset(map(str, named.get("empty", ()))),
            optional=named.get("optional", False),
            line=line,
        )

    def _alias(self, path: Path, value: dict[str, Any]) -> Callable[[str], str] | None:
        if "hash_of" in value:
            if self._hash_email is None:
                raise self.error(path, NO_KEY)
            return self._hash_email
        if "alias" not in value:
            return None
        scheme = str(value["alias"]["scheme"])
        if scheme.partition(":")[0] in ("email", "phone"):
            raise self.error([*path, "alias", "scheme"], "addresses come through hash_of")
        return partial(make_alias, scheme)

    def condition(self, path: Path, value: Any) -> Condition:
        """A test, a list of tests, or nothing."""
        if isinstance(value, list):
            return tuple(self._test([*path, i], one) for i, one in enumerate(value))
        return (self._test(path, value),) if value else ()

    def _test(self, path: Path, value: dict[str, Any]) -> Test:
        field = self.field(path, str(value["column"]))
        if "matches" in value:
            pattern = self.checked([*path, "matches"], expression, value["matches"])
            return Test(field, matches=pattern)
        if "one_of" in value:
            return Test(field, one_of=frozenset(text.casefold() for text in value["one_of"]))
        return Test(field, filled=value["filled"])

    def checked(self, path: Path, check: Callable[[str], T], value: Any) -> T:
        """What `check` makes of a text. Raises MappingError."""
        try:
            return check(str(value))
        except Invalid as error:
            raise self.error(path, error.reason) from None

    def error(self, path: Path, reason: str) -> MappingError:
        """What is wrong at `path`."""
        return MappingError([self.document.problem(path, reason)])
