"""What detectors want to know about what somebody wrote."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Reading:
    """`gratitude` is how likely the writer thanks for help, or says that it worked: 0 to 1.

    `thankful` and `doubtful` are the words that spoke for and against it, as they were found.
    """

    gratitude: float
    thankful: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()


class TextAnalysis(Protocol):
    """Reads language. Pure and bounded in time for texts of any length."""

    def read(self, text: str, language: str | None = None) -> Reading:
        """`language` is a BCP 47 tag; None where it is not known."""
