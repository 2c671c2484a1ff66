"""`requite programme`: look after the formula."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from shared.programme.problems import ProgrammeInvalid

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
    from services.commands.programme_check import load_checked
    from shared.programme.problems import ProgrammeInvalid

    try:
        loaded = load_checked(folder or _shipped())
    except ProgrammeInvalid as error:
        _report(error)
    versions = f"version {loaded.version}, formula {loaded.formula.version}"
    typer.echo(f"{_count(loaded.files, 'file')}, 0 problems, {versions}")


@app.command()
def preview(
    folder: Folder = None,
    language: Annotated[
        str | None, typer.Option(help="Only templates of this language, such as pt.")
    ] = None,
    template: Annotated[str | None, typer.Option(help="Only this template.")] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write one page with all of them to this file.")
    ] = None,
) -> None:
    """Show every template as sample customers read it: as text, or with --html as a page."""
    from rich.console import Console

    from services.commands.preview import collect, page, show
    from shared.programme.problems import ProgrammeInvalid

    try:
        shop, shown = collect(folder or _shipped(), language, template)
    except ProgrammeInvalid as error:
        _report(error)
    if not shown:
        typer.echo("There is no such template.", err=True)
        raise typer.Exit(1)
    if html is None:
        show(Console(highlight=False), shown)
    else:
        html.write_text(page(shop, shown), encoding="utf-8")
        typer.echo(f"{html}: {_count(len(shown), 'text')}")


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
    from services.commands.execution import Target, execute

    wishes = run.Wishes(folder or _shipped(), yes, announce, dry_run, replace)
    target = Target(url, key, key_file)
    raise typer.Exit(execute(target, lambda to, out: run.apply(to, out, wishes)))


@app.command()
def revert(url: Url = LOCAL, key: Key = None, key_file: KeyFile = None, yes: Yes = False) -> None:
    """Go back to the formula before; its scores have been kept up to date."""
    from services.commands import formula_run as run
    from services.commands.execution import Target, execute

    target = Target(url, key, key_file)
    raise typer.Exit(execute(target, lambda to, out: run.revert(to, out, yes=yes)))


@app.command()
def status(url: Url = LOCAL, key: Key = None, key_file: KeyFile = None) -> None:
    """Say by which formula scores are made, and which stands beside it."""
    from services.commands import formula_run as run
    from services.commands.execution import Target, execute

    raise typer.Exit(execute(Target(url, key, key_file), run.status))


@app.command()
def discard(url: Url = LOCAL, key: Key = None, key_file: KeyFile = None) -> None:
    """Drop the formula that was proposed, or the one before."""
    from services.commands import formula_run as run
    from services.commands.execution import Target, execute

    raise typer.Exit(execute(Target(url, key, key_file), run.discard))


def _report(error: "ProgrammeInvalid") -> NoReturn:
    for problem in error.problems:
        typer.echo(problem)
    typer.echo(f"{_count(error.files, 'file')}, {_count(len(error.problems), 'problem')}")
    raise typer.Exit(1) from None


def _shipped() -> Path:
    from shared.config import DEFAULT_PROGRAMME

    here = Path.cwd()
    if DEFAULT_PROGRAMME.is_relative_to(here):
        return DEFAULT_PROGRAMME.relative_to(here)
    return DEFAULT_PROGRAMME


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
