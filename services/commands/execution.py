"""A command that talks to a running instance, from its options to its exit code."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from services.commands.instance import Away, Instance, Refused, WrongUse, open_instance
from shared.programme.problems import ProgrammeInvalid

DONE, NOT_DONE, WRONG, AWAY, INTERRUPTED = 0, 1, 2, 3, 130


@dataclass(frozen=True, slots=True)
class Target:
    """The instance meant by the command line."""

    url: str
    key: str | None
    key_file: Path | None


Work = Callable[[Instance, Console], int]


def execute(target: Target, work: Work) -> int:
    """The exit code of `work`; everything that there is to say has been said."""
    out = Console(highlight=False, soft_wrap=True)
    notes = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        with open_instance(target.url, target.key, target.key_file) as instance:
            return work(instance, out)
    except ProgrammeInvalid as error:
        for problem in error.problems:
            notes.print(str(problem), markup=False)
        return NOT_DONE
    except Refused as error:
        notes.print(str(error), markup=False)
        return WRONG if error.status in (401, 403, 404) else NOT_DONE
    except (WrongUse, OSError) as error:
        notes.print(str(error), markup=False)
        return WRONG
    except Away as error:
        notes.print(f"Gave up: {error}. The same command goes on from here.", markup=False)
        return AWAY
    except KeyboardInterrupt:
        notes.print("Interrupted. The instance goes on; so does the same command.")
        return INTERRUPTED
