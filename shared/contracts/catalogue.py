"""The catalogue of acts: which events are acts, and what their data says."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from shared.contracts.act_type import ActType
from shared.contracts.acts import PREFIX, short_name
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.payload import Payload
from shared.errors import Invalid

_JSON_TYPE = re.compile(r"[^/;\s]+/(?:[^;\s]+\+)?json(?:\s*;.*)?", re.IGNORECASE)
_LONGEST_HINTED = 100


class Catalogue:
    """Checks events against the types of act of a programme; each is compiled once."""

    def __init__(self, types: Iterable[ActType]) -> None:
        self._read = {one.type: Payload(one.name, one.schema).read for one in types}

    def check(self, event: CloudEvent) -> Any:
        """What the event says: a Struct with an attribute for every member that the type's schema
        names, UNSET where absent. Raises Invalid, whose reason repeats no value.

        An unknown type, no subject, no data, data that is no JSON or does not fit the schema, an
        amount that its currency can't have. Subject, time and size are the caller's to judge.
        """
        read = self._read.get(event.type)
        if read is None:
            raise Invalid(f"not a type of act in the catalogue.{self._hint(event.type)}", "/type")
        if event.subject is None:
            raise Invalid("missing: it says which customer did this", "/subject")
        if event.data is None:
            raise Invalid("missing", "/data")
        if event.datacontenttype is None:
            _check_text(event.data)  # The codec has looked at what is said to be JSON only.
        elif not _is_json(event.datacontenttype):
            raise Invalid("acts are JSON", "/datacontenttype")
        return read(event.data)

    def _hint(self, event_type: str) -> str:
        if len(event_type) > _LONGEST_HINTED:
            return ""
        known = {short_name(one): one for one in self._read}
        close = get_close_matches(short_name(event_type).removeprefix(PREFIX), known, n=1)
        return f" Did you mean '{known[close[0]]}'?" if close else ""


def _check_text(data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError:
        raise Invalid("not well-formed JSON", "/data") from None


@lru_cache(maxsize=1024)
def _is_json(media_type: str) -> bool:
    return _JSON_TYPE.fullmatch(media_type) is not None
