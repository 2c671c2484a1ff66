"""`requite bounces`: hand a mail that came back to a running instance, from a pipe."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()

MOST_BYTES = 1_000_000
TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: the mail server keeps the mail and tries again later."""


@app.command()
def bounces(
    url: Annotated[
        str, typer.Option(help="Running instance to send to.")
    ] = "http://127.0.0.1:8080",
    key: Annotated[
        str | None, typer.Option(envvar="REQUITE_API_KEY", help="API key of that instance.")
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="File with the key; data/api-key if it is there.")
    ] = None,
    recipient: Annotated[
        str,
        typer.Option(
            envvar=["ORIGINAL_RECIPIENT", "RECIPIENT"],
            help="Where the mail was sent to, which its head may hide.",
        ),
    ] = "",
) -> None:
    """Read one mail and say what came of it, as in a .forward file: "|requite bounces".

    Exit code 0: the instance has taken it; 75: it has not, and the mail server is to try again.
    """
    import sys
    from urllib.parse import urlencode

    from services.commands.instance import Away, Refused, WrongUse, open_instance

    # What is too long is cut: a report stands before the message that it is about.
    mail = sys.stdin.buffer.read(MOST_BYTES)
    query = f"?{urlencode({'recipient': recipient[:1000]})}" if recipient else ""
    try:
        with open_instance(url, key, key_file) as instance:
            taken = instance.post(f"/v1/bounces{query}", mail, "message/rfc822")
    except (Away, Refused, WrongUse, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(TRY_AGAIN) from None
    for one in taken["data"]:
        typer.echo(f"{one['outcome']}: {one['reason']}" if one["reason"] else one["outcome"])
