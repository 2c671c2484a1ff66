"""The command `requite`: each group of commands is a module of `services.commands`.

Commands import what they need when they run, so that `--help` and completion stay quick.
"""

import typer

from services.commands import programme

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Requite, a gratitude engine: capture what customers do, score it, say thank you.",
)
app.add_typer(programme.app, name="programme")
