"""`requite keys`: who may call the services."""

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Create, list and revoke API keys.")


@app.callback()
def keys() -> None:
    """Create, list and revoke API keys."""


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Whom or what the key is for.")],
    scope: Annotated[list[str], typer.Option(help="What it may do; repeat for more.")],
    first: Annotated[
        bool, typer.Option("--first", help="Do nothing if there is a key already.")
    ] = False,
    rate: Annotated[
        float | None,
        typer.Option(min=0, help="Most requests a second to one process; 0 for any number."),
    ] = None,
) -> None:
    """Print a new key once; only its hash is stored."""
    from typing import cast

    from shared.config import Settings
    from shared.web.keys import SCOPES, KeyRing, Scope

    unknown = sorted(set(scope) - SCOPES)
    if unknown:
        typer.echo(f"unknown scope: {', '.join(unknown)}; one of {', '.join(sorted(SCOPES))}")
        raise typer.Exit(2)
    scopes = cast("list[Scope]", scope)
    ring = KeyRing(Settings().keys_file)
    plain = ring.create_first(name, scopes) if first else ring.create(name, scopes, rate)
    typer.echo(plain if plain is not None else "There is a key already; nothing was created.")


@app.command("list")
def list_keys() -> None:
    """Show every key's id, name and scopes."""
    from shared.config import Settings
    from shared.web.keys import KeyRing

    for key in KeyRing(Settings().keys_file).list():
        rate = "" if key.rate is None else f"  {key.rate:g}/s"
        typer.echo(f"{key.id}  {key.name}  {' '.join(key.scopes)}{rate}")


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="As shown by `requite keys list`.")]) -> None:
    """Refuse the key from now on, in every running service."""
    from shared.config import Settings
    from shared.web.keys import KeyRing

    if not KeyRing(Settings().keys_file).revoke(key_id):
        typer.echo("There is no key with this id.")
        raise typer.Exit(1)
    typer.echo("Revoked.")
