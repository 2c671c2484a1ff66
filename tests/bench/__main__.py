"""`make bench`: every figure beside a reference, measured in turn in the same call."""

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.bench import (
    deciding,
    growth,
    history,
    ingest,
    latency,
    mails,
    reading,
    rescoring,
    scaling,
    scoring,
    sending,
    webhooks,
)
from tests.bench.measure import Comparison
from tests.servers.kafka import FULL_SPEED, Kafka
from tests.servers.mongod import Mongod


def _ingest(folder: Path) -> list[Comparison]:
    with Kafka(folder / "kafka", java_options=FULL_SPEED) as kafka:
        return ingest.measure(folder / "ingest", kafka)


def _webhooks(folder: Path) -> list[Comparison]:
    with (
        Kafka(folder / "kafka", java_options=FULL_SPEED) as kafka,
        Mongod(folder / "mongod") as mongod,
    ):
        return webhooks.measure(folder / "webhooks", kafka, mongod)


PATHS: Mapping[str, Callable[[Path], list[Comparison]]] = {
    "ingest": _ingest,
    "scoring": scoring.measure,
    "scaling": scaling.measure,
    "latency": latency.measure,
    "reading": reading.measure,
    "growth": growth.measure,
    "rescoring": rescoring.measure,
    "history": history.measure,
    "webhooks": _webhooks,
    "deciding": deciding.measure,
    "sending": sending.measure,
    "mails": mails.measure,
}
"""Each measures in a folder of its own, and leaves nothing running."""

LARGE: Mapping[str, Callable[[Path, bool], list[Comparison]]] = {
    "growth": growth.measure,
    "rescoring": rescoring.measure,
}
"""Those that can be had in full."""


def main(
    paths: Annotated[list[str] | None, typer.Argument(help=f"{', '.join(PATHS)}; all.")] = None,
    out: Annotated[Path, typer.Option(help="Where the figures go, as JSON.")] = Path("bench.json"),
    full: Annotated[
        bool, typer.Option(help="Growth up to 5 million ledger entries, rescoring of 1 million.")
    ] = False,
) -> None:
    """Print a table and write JSON."""
    if unknown := set(paths or ()) - PATHS.keys():
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: choose from {', '.join(PATHS)}")
    results: list[Comparison] = []
    with tempfile.TemporaryDirectory(prefix="requite-bench-") as name:
        for path in paths or PATHS:
            folder = Path(name) / path
            folder.mkdir()
            results += LARGE[path](folder, full) if path in LARGE else PATHS[path](folder)
    Console(width=150).print(_table(results))
    out.write_text(
        json.dumps({"cores": os.cpu_count(), "results": [r.as_json() for r in results]}, indent=2)
        + "\n",
        encoding="utf-8",
    )


def _table(results: list[Comparison]) -> Table:
    table = Table(title=f"Medians, on {os.cpu_count()} cores with everything on one machine")
    for heading in ("path", "ours", "reference", "ratio", "range", "reach", "CPU ratio"):
        table.add_column(heading, justify="left" if heading == "path" else "right")
    for one in results:
        path = f"{one.path}\n  [dim]{one.note}[/dim]" if one.note else one.path
        table.add_row(
            path,
            f"{one.ours:,.{one.digits}f} {one.unit}",
            f"{one.reference:,.{one.digits}f}",
            f"{one.ratio:.2f}",
            f"{one.lowest:.2f}-{one.highest:.2f}",
            "" if one.reach is None else f"{one.reach:.1f}",
            "" if one.cpu_ratio is None else f"{one.cpu_ratio:.2f}",
        )
    return table


if __name__ == "__main__":
    typer.run(main)
