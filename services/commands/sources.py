"""`requite sources`: where webhooks come from, and with which secrets they are signed."""

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="List the sources of webhooks; keep their secrets.")


@app.callback()
def sources() -> None:
    """List the sources of webhooks; keep their secrets."""


@app.command("list")
def list_sources() -> None:
    """Show every source: its connector, how many secrets it has, and the URL to enter there."""
    from shared.config import Settings
    from shared.named_secrets import NamedSecrets
    from shared.programme.loader import load

    settings = Settings()
    known = load(settings.programme_dir).sources
    secrets = NamedSecrets(settings.webhook_secrets).all()
    for name, source in sorted(known.items()):
        number = len(secrets.get(name, ()))
        count = "1 secret" if number == 1 else f"{number or 'no'} secrets"
        typer.echo(f"{name}  {source.connector}  {count}  {_url(settings.links_url, name)}")
    if not known:
        typer.echo("There is no source: write sources/<name>.yaml in the programme's folder.")


@app.command()
def secret(
    source: Annotated[str, typer.Argument(help="As shown by `requite sources list`.")],
    generate: Annotated[
        bool, typer.Option("--generate", help="Make one and print it, to be entered there.")
    ] = False,
    retire_old: Annotated[
        bool, typer.Option("--retire-old", help="Let only the newest count, and add none.")
    ] = False,
) -> None:
    """Add a secret, which counts at once beside those before it; asked for, or read from a pipe."""
    from shared.config import Settings
    from shared.named_secrets import NamedSecrets
    from shared.programme.loader import load

    settings = Settings()
    if source not in load(settings.programme_dir).sources:
        typer.echo("There is no source with this name in the programme.")
        raise typer.Exit(1)
    file = NamedSecrets(settings.webhook_secrets)
    if retire_old:
        number = file.retire_old(source)
        typer.echo(f"{number} {'secret counts' if number == 1 else 'secrets count'} no longer.")
        return
    made = _generate() if generate else _ask()
    if not made:
        typer.echo("A secret is not empty.")
        raise typer.Exit(2)
    file.add(source, made)
    if generate:
        typer.echo(made)
    typer.echo(f"Added. The platform sends to {_url(settings.links_url, source)}", err=True)


def _url(base: str, source: str) -> str:
    return f"{base.rstrip('/')}/v1/webhooks/{source}"


def _generate() -> str:
    """Of the form that Standard Webhooks asks for, and good for every other scheme."""
    import base64
    import secrets

    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def _ask() -> str:
    import sys

    if sys.stdin.isatty():
        return str(typer.prompt("Secret", hide_input=True)).strip()
    return sys.stdin.readline().strip()
