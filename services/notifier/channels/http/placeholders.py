"""Texts of a channel's options with `{placeholders}`, which a letter fills."""

from collections.abc import Callable, Collection, Mapping
from string import Formatter

from services.notifier.ports.channels import Letter
from shared.errors import Invalid
from shared.programme.problems import did_you_mean

NAMES = (
    "to",
    "name",
    "text",
    "html",
    "subject",
    "language",
    "message_id",
    "customer",
    "purpose",
    "order",
    "preferences_url",
)


class Pattern:
    """`{name}` stands for a value, `{{` and `}}` for a brace. Raises Invalid at `pointer`."""

    def __init__(self, text: str, pointer: str, names: Collection[str] = NAMES) -> None:
        try:
            parsed = list(Formatter().parse(text))
        except ValueError as error:
            raise Invalid(f"{error}; write {{{{ and }}}} for braces", pointer) from None
        for _, name, spec, conversion in parsed:
            if name is not None and (name not in names or spec or conversion):
                known = ", ".join(f"{{{one}}}" for one in names) or "none"
                hint = did_you_mean(name, names)
                raise Invalid(f"no such placeholder here.{hint} Known: {known}", pointer)
        self._parts = tuple((literal, name) for literal, name, _, _ in parsed)

    def fill(self, values: Mapping[str, str], quote: Callable[[str], str] = str) -> str:
        """The text with `quote(value)` in the place of each placeholder."""
        return "".join(
            literal if name is None else literal + quote(values[name])
            for literal, name in self._parts
        )


def values_of(letter: Letter, text: str) -> Mapping[str, str]:
    """What a letter fills placeholders with; empty where it has nothing. `text` is its body as the
    channel can take it."""
    return {
        "to": letter.to,
        "name": letter.name or "",
        "text": text,
        "html": letter.text.html or "",
        "subject": letter.text.subject,
        "language": letter.text.language,
        "message_id": letter.id,
        "customer": letter.customer,
        "purpose": letter.purpose,
        "order": letter.order or "",
        "preferences_url": letter.preferences_url,
    }
