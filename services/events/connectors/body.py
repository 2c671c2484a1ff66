"""A delivery's JSON body as a struct, exact: integers of any length, decimals from their digits."""

from typing import Generic, TypeVar

import msgspec

from shared.contracts.payload import misfit_of
from shared.errors import Invalid

T = TypeVar("T")


class JsonBody(Generic[T]):
    """Reads bodies of one shape; members that the shape does not name are passed over."""

    def __init__(self, shape: type[T]) -> None:
        self._decoder = msgspec.json.Decoder(shape)

    def read(self, body: bytes) -> T:
        """Raises Invalid with a pointer into the body, and without any of its values."""
        try:
            body.decode()  # msgspec does not look inside strings that it passes over
            return self._decoder.decode(body)
        except msgspec.ValidationError as error:
            raise misfit_of(error) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Invalid("not well-formed JSON") from None
