"""The command `requite`: each group of commands is a module of `services.commands`.

Commands import what they need when they run, so that `--help` and completion stay quick.
"""

from typing import Annotated

import typer

from services.commands import bounces, history_import, keys, programme, sources, thanks

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Requite, a gratitude engine: capture what customers do, score it, say thank you.",
)
app.add_typer(programme.app, name="programme")
app.add_typer(keys.app, name="keys")
app.add_typer(sources.app, name="sources")
app.add_typer(thanks.app, name="thanks")
app.add_typer(history_import.app)
app.add_typer(bounces.app)


@app.command()
def run(
    sample: Annotated[
        bool, typer.Option(help="Play a sample week when the data folder is empty.")
    ] = True,
) -> None:
    """Start all four services in one process, on the embedded log and stores."""
    from services.commands.run import run as run_embedded

    raise typer.Exit(run_embedded(sample=sample))
