"""`requite thanks`: what would customers be thanked for?"""

from pathlib import Path
from typing import Annotated

import typer

from services.commands.programme import LOCAL, Key, KeyFile, Url

app = typer.Typer(no_args_is_help=True)


@app.callback()
def thanks() -> None:
    """Look into thanks before they are sent."""


@app.command("dry-run")
def dry_run(
    on: Annotated[
        str | None,
        typer.Argument(help="As rules call it: purchase, level_reached.friend, request.<rule> …"),
    ] = None,
    customer: Annotated[str | None, typer.Option(help="The shop's own id of the customer.")] = None,
    data: Annotated[str, typer.Option(help="The act's payload as JSON.")] = "{}",
    file: Annotated[
        Path | None,
        typer.Option(help="Acts instead, one CloudEvent a line, as POST /v1/events takes them."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Answers as JSON, one a line, instead of a table.")
    ] = False,
    url: Url = LOCAL,
    key: Key = None,
    key_file: KeyFile = None,
) -> None:
    """Say what would be decided about an act now, and why, without deciding or sending anything.

    Exit code 0: answered; 1: refused; 2: wrong use or key; 3: the instance is away.
    """
    from services.commands import thanks_run as run
    from services.commands.execution import Target, execute

    target = Target(url, key, key_file)
    wish = run.Wish(on, customer, data, file, as_json)
    raise typer.Exit(execute(target, lambda to, out: run.dry_run(to, out, wish)))
