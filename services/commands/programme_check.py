"""A programme with everything that services make of its files at their start."""

from pathlib import Path

from services.events.connectors.sources import make_connectors
from services.notifier.channels.checking import make_channels
from services.notifier.channels.setup import Setup
from shared.clock import SystemClock
from shared.config import Settings
from shared.named_secrets import NamedSecrets
from shared.programme.loader import load
from shared.programme.model import Programme
from shared.programme.problems import Problem, ProgrammeInvalid


def load_checked(folder: Path) -> Programme:
    """Raises ProgrammeInvalid with the faults of all sources and channels together."""
    programme, settings = load(folder), Settings()
    secrets = NamedSecrets(settings.channel_secrets)
    problems: list[Problem] = []
    try:
        make_connectors(programme, str)
    except ProgrammeInvalid as error:
        problems += error.problems
    try:
        make_channels(programme, Setup(settings, SystemClock(), secrets.of))
    except ProgrammeInvalid as error:
        problems += error.problems
    if problems:
        raise ProgrammeInvalid(problems, programme.files)
    return programme
