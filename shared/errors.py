"""Failures that cross a boundary between services' own code and the shared plumbing.

RequiteError
├── Unavailable   a server (broker, database, mail) is away: wait and try the same work again
├── Invalid       the input's own fault: say where and why, keep it where it can be mended
└── Conflict      the state has moved on: read again
"""


class RequiteError(Exception):
    """Root of all errors that this project raises on purpose."""


class Unavailable(RequiteError):
    """A server that the work needs is away; nothing is known to be wrong with the work itself."""


class Invalid(RequiteError):
    """Input that breaks a rule.

    `pointer` is a JSON Pointer (RFC 6901) to the place, "" for the whole; `reason` is a sentence
    that never repeats a value, since values may be personal.
    """

    def __init__(self, reason: str, pointer: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.pointer = pointer


class Conflict(RequiteError):
    """Somebody else changed the state in between, or holds what is asked for.

    `pointer` is a JSON Pointer to the place in the input that it is about, if it is about one.
    """

    def __init__(self, reason: str = "", pointer: str | None = None) -> None:
        super().__init__(reason)
        self.pointer = pointer
