"""The channels of a programme."""

from collections.abc import Mapping

from services.notifier.channels.registry import ADAPTERS
from services.notifier.channels.setup import Setup
from services.notifier.ports.channels import Channel
from shared.errors import Invalid
from shared.programme.model import Programme
from shared.programme.problems import Problem, ProgrammeInvalid, did_you_mean, problem_at


def make_channels(programme: Programme, setup: Setup) -> Mapping[str, Channel]:
    """A channel for each file of channels/, by its name. Connects to nothing yet. Raises
    ProgrammeInvalid."""
    made: dict[str, Channel] = {}
    problems: list[Problem] = []
    for name, rules in programme.channels.items():
        make = ADAPTERS.get(rules.adapter)
        if make is None:
            hint = did_you_mean(rules.adapter, ADAPTERS)
            message = f"no such adapter.{hint} One of {', '.join(sorted(ADAPTERS))}"
            problems.append(problem_at(rules.file, rules.lines, "/adapter", message))
            continue
        try:
            made[name] = make(rules, setup)
        except Invalid as error:
            place = f"/options{error.pointer}"
            problems.append(problem_at(rules.file, rules.lines, place, error.reason))
    if problems:
        raise ProgrammeInvalid(problems, programme.files)
    return made
