"""`requite import`: take a shop's history in."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command("import")
def import_history(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="CSV or JSON Lines, also gzipped.")
    ],
    mapping: Annotated[
        str,
        typer.Option(
            "--map", help="Mapping file, the name of a shipped one, or stackexchange for Posts.xml."
        ),
    ],
    dry_run: Annotated[bool, typer.Option(help="Only say what would come in.")] = False,
    url: Annotated[
        str, typer.Option(help="Running instance to send to.")
    ] = "http://127.0.0.1:8080",
    key: Annotated[
        str | None, typer.Option(envvar="REQUITE_API_KEY", help="API key of that instance.")
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="File with the key; data/api-key if it is there.")
    ] = None,
    kafka: Annotated[
        str | None, typer.Option(help="Kafka brokers, host:port,…, to write to instead.")
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Reject file; <file>.rejects.csv here by default.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, max=1000, help="Acts a request.")] = 500,
    state: Annotated[
        Path | None,
        typer.Option(help="Folder of checkpoints; $XDG_STATE_HOME/requite/imports by default."),
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Send everything again; counts nothing twice.")
    ] = False,
    site: Annotated[
        str | None,
        typer.Option(help="Site of a Stack Exchange dump, such as coffee; else by its folder."),
    ] = None,
) -> None:
    """Take a shop's history into a running instance, or straight into Kafka.

    Exit code 0: all came in; 1: some was rejected; 2: wrong use, mapping, file or key;
    3: the target was away for too long; 130: interrupted. After 3 and 130 the same command
    goes on after the last acknowledged batch.
    """
    from services.commands.import_run import Options, execute

    options = Options(
        file=file,
        mapping=mapping,
        dry_run=dry_run,
        url=url,
        key=key,
        key_file=key_file,
        kafka=kafka,
        rejects=rejects,
        batch=batch,
        state=state,
        restart=restart,
        site=site,
    )
    raise typer.Exit(execute(options))
