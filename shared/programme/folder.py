"""The files of a programme: which there are, what each holds, what does not belong."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from shared.programme.documents import Document, parse
from shared.programme.problems import Problem, did_you_mean
from shared.programme.validation import check_schema

SETTINGS = "programme.yaml"
SCORING = "scoring.yaml"
REFERRALS = "referrals.yaml"
DISCOVERY = "discovery.yaml"
MOMENTS = "moments.yaml"
ATTENTION = "attention.yaml"
SINGLE = (SETTINGS, SCORING, REFERRALS, DISCOVERY, MOMENTS, ATTENTION)
TEMPLATE_ENDING = ".txt.j2"

_NAME = r"[a-z][a-z0-9-]{0,49}"
_ACT = r"[a-z][a-z0-9_]{0,49}"
_LANGUAGE = r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?"
_RULE = re.compile(
    rf"((thanks|surveys|sources|segments|circles|channels)/{_NAME}|acts/{_ACT})\.yaml"
)
_TEMPLATE = re.compile(rf"templates/(?P<language>{_LANGUAGE})/(?P<name>{_NAME})\.txt\.j2")
_KINDS = {"acts": "act", "thanks": "thanks", "surveys": "survey", "sources": "source"}
_KINDS |= {"segments": "segment", "circles": "circle", "channels": "channel"}
_SUSPECTS = {".yaml", ".yml", ".json", ".j2", ".txt"}
_PLACES = (
    f"A programme has {SETTINGS}, {SCORING}, perhaps {REFERRALS}, {DISCOVERY}, {MOMENTS} and "
    f"{ATTENTION}, "
    f"acts/<name>.yaml, thanks/<name>.yaml, surveys/<name>.yaml, sources/<name>.yaml, "
    f"segments/<name>.yaml, circles/<name>.yaml, channels/<name>.yaml and "
    f"templates/<language>/<name>{TEMPLATE_ENDING}; names are in lower case, with underscores for "
    "acts and hyphens for others."
)


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """A template's source, with \\n at line ends."""

    file: str
    text: str


@dataclass(slots=True)
class Folder:
    """What was read; `files` counts all. A document that its schema refuses is left out, and
    `broken_surveys` and `broken_acts` remember the names, so that nobody is blamed for them."""

    path: str
    files: int = 0
    settings: Document | None = None
    scoring: Document | None = None
    referrals: Document | None = None
    discovery: Document | None = None
    moments: Document | None = None
    attention: Document | None = None
    acts: dict[str, Document] = field(default_factory=dict)
    thanks: dict[str, Document] = field(default_factory=dict)
    surveys: dict[str, Document] = field(default_factory=dict)
    templates: dict[tuple[str, str], TemplateFile] = field(default_factory=dict)
    sources: dict[str, Document] = field(default_factory=dict)
    segments: dict[str, Document] = field(default_factory=dict)
    circles: dict[str, Document] = field(default_factory=dict)
    channels: dict[str, Document] = field(default_factory=dict)
    broken_surveys: set[str] = field(default_factory=set)
    broken_acts: set[str] = field(default_factory=set)
    broken_segments: set[str] = field(default_factory=set)
    broken_circles: set[str] = field(default_factory=set)
    broken_channels: set[str] = field(default_factory=set)

    def file(self, relative: str) -> str:
        """The path to print for a file of this folder."""
        return f"{self.path}/{relative}"


def read_folder(path: Path) -> tuple[Folder, list[Problem]]:
    """Every file of the programme in `path`, and what is wrong with each by itself."""
    folder = Folder(path.as_posix())
    problems: list[Problem] = []
    relatives = sorted(_relatives(path))
    for relative in relatives:
        problems.extend(_read_file(folder, path, relative))
    problems.extend(
        Problem(folder.file(name), 1, 1, "", "is missing")
        for name in (SETTINGS, SCORING)
        if name not in relatives
    )
    return folder, problems


def _relatives(path: Path) -> Iterator[str]:
    # No rglob: it skips the linked folders that a mounted ConfigMap consists of.
    for pattern in ("*", "*/*", "*/*/*"):
        for file in path.glob(pattern):
            relative = file.relative_to(path)
            hidden = any(part.startswith(".") for part in relative.parts)
            if not hidden and file.suffix in _SUSPECTS and file.is_file():
                yield relative.as_posix()


def _read_file(folder: Folder, path: Path, relative: str) -> Iterator[Problem]:
    template = _TEMPLATE.fullmatch(relative)
    rule = _RULE.fullmatch(relative)
    file = folder.file(relative)
    if not template and not rule and relative not in SINGLE:
        hint = _hint(relative) or f" {_PLACES}"
        yield Problem(file, 1, 1, "", f"is no part of a programme.{hint}")
        return
    folder.files += 1
    try:
        text = (path / relative).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        yield Problem(file, line, 1, "", "is not UTF-8")
        text = (path / relative).read_text(encoding="utf-8-sig", errors="replace")
    if template:
        folder.templates[template["language"], template["name"]] = TemplateFile(file, text)
    else:
        yield from _read_document(folder, relative, text)


def _hint(relative: str) -> str:
    room, slash, name = relative.partition("/")
    if not slash:
        return did_you_mean(relative, SINGLE)
    near = [f"{one}/{name}" for one in (*_KINDS, "templates")]
    return did_you_mean(relative, near) if room not in (*_KINDS, "templates") else ""


def _read_document(folder: Folder, relative: str, text: str) -> Iterator[Problem]:
    room, _, name = relative.removesuffix(".yaml").rpartition("/")
    document, problems = parse(text, folder.file(relative))
    if document:
        kind = _KINDS.get(room, name)
        problems.extend(check_schema(document, kind))
    yield from problems
    sound = document if not problems else None
    if room == "surveys" and not sound:
        folder.broken_surveys.add(name)
    elif room == "acts" and not sound:
        folder.broken_acts.add(name)
    elif room == "segments" and not sound:
        folder.broken_segments.add(name)
    elif room == "circles" and not sound:
        folder.broken_circles.add(name)
    elif room == "channels" and not sound:
        folder.broken_channels.add(name)
    elif room and sound:
        rooms = {"acts": folder.acts, "thanks": folder.thanks}
        rooms |= {"surveys": folder.surveys, "sources": folder.sources}
        rooms |= {"segments": folder.segments, "circles": folder.circles}
        rooms |= {"channels": folder.channels}
        rooms[room][name] = sound
    elif not room:
        _put(folder, relative, sound)


def _put(folder: Folder, name: str, sound: Document | None) -> None:
    if name == SETTINGS:
        folder.settings = sound
    elif name == SCORING:
        folder.scoring = sound
    elif name == REFERRALS:
        folder.referrals = sound
    elif name == DISCOVERY:
        folder.discovery = sound
    elif name == MOMENTS:
        folder.moments = sound
    elif name == ATTENTION:
        folder.attention = sound
