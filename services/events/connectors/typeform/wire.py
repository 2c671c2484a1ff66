"""What Typeform sends, as far as it is read (webhook event form_response)."""

from typing import Any

from msgspec import Struct


class Field(Struct):
    """The question that an answer is to."""

    id: str
    type: str


class Answer(Struct, kw_only=True):
    """An answer: `type` names the one member that has it."""

    type: str
    field: Field
    number: Any = None
    text: str | None = None
    email: str | None = None


class Properties(Struct):
    """The scale of a question: how many steps, and whether the first is 1."""

    steps: int | None = None
    start_at_one: bool = False


class Question(Struct):
    """A question of the form."""

    id: str
    properties: Properties | None = None


class Definition(Struct):
    """The form as it was when it was answered."""

    fields: list[Question] = []


class Response(Struct, kw_only=True):
    """A response; `token` is its id."""

    form_id: str
    token: str
    submitted_at: str
    hidden: dict[str, Any] | None = None
    definition: Definition | None = None
    answers: list[Answer] | None = None


class Envelope(Struct):
    """What every delivery says."""

    event_type: str


class ResponseEvent(Struct):
    """Event `form_response`."""

    form_response: Response
