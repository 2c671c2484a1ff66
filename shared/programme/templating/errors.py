"""How templates fail."""

from shared.errors import Invalid


class TemplateFailed(Invalid):
    """A template that can't be compiled or rendered; `line` counts from 1."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line
