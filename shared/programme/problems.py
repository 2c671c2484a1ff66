"""What is wrong with a programme, and where."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from shared.errors import RequiteError


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault. `line` and `column` count from 1; `pointer` is a JSON Pointer (RFC 6901)."""

    file: str
    line: int
    column: int
    pointer: str
    message: str

    def __str__(self) -> str:
        pointer = f"{self.pointer}: " if self.pointer else ""
        return f"{self.file}:{self.line}:{self.column}: {pointer}{self.message}"


class ProgrammeInvalid(RequiteError):
    """A programme that can't be used: all its problems by file and line; `files` were read."""

    def __init__(self, problems: Iterable[Problem], files: int) -> None:
        self.problems = tuple(sorted(set(problems)))
        self.files = files
        super().__init__("\n".join(str(problem) for problem in self.problems))


def problem_at(file: str, lines: Mapping[str, int], pointer: str, message: str) -> Problem:
    """One at `pointer`, or in what holds it; `lines` are of the members that the file has."""
    place = pointer
    while place and place not in lines:
        place = place.rpartition("/")[0]
    return Problem(file, lines.get(place, 1), 1, pointer, message)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean 'purchase'?` where something known is close, else nothing."""
    close = get_close_matches(word, list(known), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""
