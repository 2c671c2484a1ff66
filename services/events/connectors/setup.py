"""What a connector is made from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from services.events.connectors.port import Connector
from shared.contracts.payload import misfit_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setup:
    """One source: its name, the options of its file, and what turns an e-mail address into an
    alias that hides it."""

    source: str
    options: Mapping[str, Any]
    email_alias: Callable[[str], str]

    def options_as(self, shape: type[T]) -> T:
        """The options as the struct `shape`. Raises Invalid with a pointer into them."""
        try:
            return msgspec.convert(dict(self.options), shape)
        except msgspec.ValidationError as error:
            raise misfit_of(error) from None


MakeConnector = Callable[[Setup], Connector]
