"""The connectors of a programme's sources."""

from collections.abc import Callable, Mapping

from services.events.connectors.port import Connector
from services.events.connectors.registry import CONNECTORS
from services.events.connectors.setup import Setup
from shared.errors import Invalid
from shared.programme.model import Programme
from shared.programme.problems import Problem, ProgrammeInvalid, did_you_mean, problem_at


def make_connectors(
    programme: Programme, email_alias: Callable[[str], str]
) -> Mapping[str, Connector]:
    """A connector for each source, by the source's name. Raises ProgrammeInvalid."""
    made: dict[str, Connector] = {}
    problems: list[Problem] = []
    for name, source in programme.sources.items():
        make = CONNECTORS.get(source.connector)
        if make is None:
            hint = did_you_mean(source.connector, CONNECTORS)
            message = f"no such connector.{hint} One of {', '.join(sorted(CONNECTORS))}"
            problems.append(problem_at(source.file, source.lines, "/connector", message))
            continue
        try:
            made[name] = make(Setup(name, source.options, email_alias))
        except Invalid as error:
            problems.append(
                problem_at(source.file, source.lines, f"/options{error.pointer}", error.reason)
            )
        except ProgrammeInvalid as error:
            problems += error.problems
    if problems:
        raise ProgrammeInvalid(problems, programme.files)
    return made
