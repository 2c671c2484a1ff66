"""`requite programme`: look after the formula."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)


@app.callback()
def programme() -> None:
    """Look after the programme: acts, levels, thanks."""


@app.command()
def check(
    folder: Annotated[
        Path | None,
        typer.Argument(
            envvar="REQUITE_PROGRAMME_DIR", help="Folder of the programme; the shipped one if none."
        ),
    ] = None,
) -> None:
    """Report every fault of a programme with its file and line; exit code 1 if there are any."""
    from services.events.connectors.sources import make_connectors
    from shared.programme.loader import load
    from shared.programme.problems import ProgrammeInvalid

    try:
        loaded = load(folder or _shipped())
        make_connectors(loaded, str)
    except ProgrammeInvalid as error:
        for problem in error.problems:
            typer.echo(problem)
        typer.echo(f"{_count(error.files, 'file')}, {_count(len(error.problems), 'problem')}")
        raise typer.Exit(1) from None
    typer.echo(f"{_count(loaded.files, 'file')}, 0 problems, version {loaded.version}")


def _shipped() -> Path:
    from shared.config import DEFAULT_PROGRAMME

    here = Path.cwd()
    if DEFAULT_PROGRAMME.is_relative_to(here):
        return DEFAULT_PROGRAMME.relative_to(here)
    return DEFAULT_PROGRAMME


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
