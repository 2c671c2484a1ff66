"""A Dockerfile as stages of instructions."""

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction; `text` is all that follows its name, on one line."""

    name: str
    text: str

    @property
    def words(self) -> list[str]:
        """The exec form's members, or else the words of the shell form, options included."""
        return json.loads(self.text) if self.text.startswith("[") else shlex.split(self.text)


@dataclass(frozen=True, slots=True)
class Stage:
    """What follows one FROM."""

    image: str
    name: str | None
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, name: str) -> Sequence[Instruction]:
        """Every instruction of this name, in order."""
        return [each for each in self.instructions if each.name == name]

    @property
    def environment(self) -> dict[str, str]:
        """What its ENV instructions set."""
        words = [word for each in self.all("ENV") for word in each.words]
        return dict(word.split("=", 1) for word in words)


def read_dockerfile(file: Path) -> list[Stage]:
    """The stages of `file`, first to last. Raises ValueError for what precedes the first FROM."""
    text = re.sub(r"^\s*#.*\n", "", file.read_text(), flags=re.MULTILINE)
    stages: list[Stage] = []
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if not line.strip():
            continue
        name, _, rest = line.partition(" ")
        if name == "FROM":
            image, _, stage = rest.partition(" AS ")
            stages.append(Stage(image, stage or None))
        elif stages:
            stages[-1].instructions.append(Instruction(name, rest))
        else:
            raise ValueError(f"{name} precedes the first FROM")
    return stages
