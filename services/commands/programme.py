"""`requite programme`: look after the formula."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)

LOCAL = "http://127.0.0.1:8080"
Folder = Annotated[
    Path | None,
    typer.Argument(
        envvar="REQUITE_PROGRAMME_DIR", help="Folder of the programme; the shipped one if none."
    ),
]
Url = Annotated[str, typer.Option(help="Running instance.")]
Key = Annotated[
    str | None, typer.Option(envvar="REQUITE_API_KEY", help="API key of that instance.")
]
KeyFile = Annotated[
    Path | None, typer.Option(help="File with the key; data/api-key if it is there.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.callback()
def programme() -> None:
    """Look after the programme: acts, levels, thanks."""


@app.command()
def check(folder: Folder = None) -> None:
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
    versions = f"version {loaded.version}, formula {loaded.formula.version}"
    typer.echo(f"{_count(loaded.files, 'file')}, 0 problems, {versions}")


@app.command()
def apply(
    folder: Folder = None,
    url: Url = LOCAL,
    key: Key = None,
    key_file: KeyFile = None,
    yes: Yes = False,
    announce: Annotated[
        bool, typer.Option("--announce", help="Tell customers of levels that they reach by it.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Also where another formula was proposed.")
    ] = False,
) -> None:
    """Let scores be made by the formula of a programme, after showing what that changes.

    Everybody's acts are scored anew beside the live scores, which stay as they are until you agree.
    Exit code 0: done; 1: not done; 2: wrong use or key; 3: the instance is away; 130: interrupted.
    """
    from services.commands import formula_run as run

    wishes = run.Wishes(folder or _shipped(), yes, announce, dry_run, replace)
    target = run.Target(url, key, key_file)
    raise typer.Exit(run.execute(target, lambda to, out: run.apply(to, out, wishes)))


@app.command()
def revert(url: Url = LOCAL, key: Key = None, key_file: KeyFile = None, yes: Yes = False) -> None:
    """Go back to the formula before; its scores have been kept up to date."""
    from services.commands import formula_run as run

    target = run.Target(url, key, key_file)
    raise typer.Exit(run.execute(target, lambda to, out: run.revert(to, out, yes=yes)))


@app.command()
def status(url: Url = LOCAL, key: Key = None, key_file: KeyFile = None) -> None:
    """Say by which formula scores are made, and which stands beside it."""
    from services.commands import formula_run as run

    raise typer.Exit(run.execute(run.Target(url, key, key_file), run.status))


@app.command()
def discard(url: Url = LOCAL, key: Key = None, key_file: KeyFile = None) -> None:
    """Drop the formula that was proposed, or the one before."""
    from services.commands import formula_run as run

    raise typer.Exit(run.execute(run.Target(url, key, key_file), run.discard))


def _shipped() -> Path:
    from shared.config import DEFAULT_PROGRAMME

    here = Path.cwd()
    if DEFAULT_PROGRAMME.is_relative_to(here):
        return DEFAULT_PROGRAMME.relative_to(here)
    return DEFAULT_PROGRAMME


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
