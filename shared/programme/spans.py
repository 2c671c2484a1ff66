"""Where a character of a YAML scalar stands in the file."""

from dataclasses import dataclass

from ruamel.yaml.nodes import ScalarNode


@dataclass(frozen=True, slots=True)
class Span:
    """A scalar as it is written, from line and column, which count from 1."""

    written: str
    line: int
    column: int
    value: str

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of the character of the value at `offset`.

        Folding and indentation change only blanks, so it is found by counting the others.
        """
        place = _start(self.written)
        for char in self.value[:offset].split():
            place = self._after(place, char)
        while place < len(self.written) and self.written[place].isspace():
            place += 1
        before = self.written[:place]
        last_break = before.rfind("\n")
        column = place - last_break if last_break >= 0 else self.column + place
        return self.line + before.count("\n"), column

    def _after(self, place: int, word: str) -> int:
        for char in word:
            found = self.written.find(char, place)
            place = place if found < 0 else found + 1
        return place


def span_of(node: ScalarNode, text: str) -> Span:
    """The span of a node that was read from `text`."""
    start, end = node.start_mark, node.end_mark
    written = text[start.index : end.index]
    return Span(written, start.line + 1, start.column + 1, node.value)


def _start(written: str) -> int:
    """Where the value begins behind a quote or the header of a block (YAML 1.2, section 8.1.1)."""
    if written[:1] in ("|", ">"):
        return written.find("\n") + 1
    return 1 if written[:1] in ("'", '"') else 0
