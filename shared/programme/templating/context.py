"""What templates may refer to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a message says of a customer. `act` is the act's payload as JSON has it, of a moment
    its kind, name and number; `friend` the first name of the other person, only if they agreed;
    `also` are phrases for what else the message answers. URLs are our own, and become links.
    """

    shop: str
    act: Mapping[str, Any]
    name: str | None = None
    friend: str | None = None
    survey_url: str | None = None
    preferences_url: str | None = None
    also: tuple[str, ...] = ()


TEXT_VARIABLES = ("shop", "act", "name", "friend", "survey_url")
LAYOUT_VARIABLES = ("shop", "name", "body", "also", "preferences_url")
