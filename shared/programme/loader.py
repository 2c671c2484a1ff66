"""Read a programme's folder, check all of it, and hand it over as one value."""

import hashlib
import json
from datetime import UTC, date, datetime
from pathlib import Path

from shared.programme.build import build
from shared.programme.checks import check
from shared.programme.folder import Folder, read_folder
from shared.programme.formula import formula_of
from shared.programme.model import Programme
from shared.programme.problems import Problem, ProgrammeInvalid


def load(folder: Path, today: date | None = None) -> Programme:
    """The programme in `folder`, as of `today` (in UTC). Raises ProgrammeInvalid with every problem
    there is."""
    if not folder.is_dir():
        raise ProgrammeInvalid([Problem(folder.as_posix(), 1, 1, "", "is no folder")], 0)
    parts, problems = read_folder(folder)
    problems.extend(check(parts, today or datetime.now(UTC).date()))
    if problems or parts.settings is None or parts.scoring is None:
        raise ProgrammeInvalid(problems, parts.files)
    return build(parts, version(parts), formula_of(parts))


def version(parts: Folder) -> str:
    """12 hex digits of the SHA-256 of what all files say, whatever the layout of their YAML."""
    content = {
        "settings": parts.settings and parts.settings.data,
        "scoring": parts.scoring and parts.scoring.data,
        "referrals": parts.referrals and parts.referrals.data,
        "discovery": parts.discovery and parts.discovery.data,
        "moments": parts.moments and parts.moments.data,
        "attention": parts.attention and parts.attention.data,
        "acts": {name: act.data for name, act in parts.acts.items()},
        "thanks": {name: rule.data for name, rule in parts.thanks.items()},
        "surveys": {name: survey.data for name, survey in parts.surveys.items()},
        "sources": {name: source.data for name, source in parts.sources.items()},
        "segments": {name: segment.data for name, segment in parts.segments.items()},
        "circles": {name: circle.data for name, circle in parts.circles.items()},
        "channels": {name: channel.data for name, channel in parts.channels.items()},
        "templates": {f"{lang}/{name}": t.text for (lang, name), t in parts.templates.items()},
    }
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]
