"""`make bench`: every figure beside a reference, measured in turn in the same call."""

import json
import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.bench import history, ingest, scoring, webhooks
from tests.bench.measure import Comparison
from tests.servers.kafka import FULL_SPEED, Kafka
from tests.servers.mongod import Mongod

PATHS = ("ingest", "scoring", "history", "webhooks")


def main(
    paths: Annotated[
        list[str] | None, typer.Argument(help="ingest, scoring, history, webhooks; all.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the figures go, as JSON.")] = Path("bench.json"),
) -> None:
    """Print a table and write JSON."""
    wanted = paths or list(PATHS)
    results: list[Comparison] = []
    with tempfile.TemporaryDirectory(prefix="requite-bench-") as name:
        folder = Path(name)
        if "ingest" in wanted:
            with Kafka(folder / "kafka-ingest", java_options=FULL_SPEED) as kafka:
                results += ingest.measure(folder / "ingest", kafka)
        if "scoring" in wanted:
            with Mongod(folder / "mongod") as mongod:
                results += scoring.measure(folder / "scoring", mongod)
        if "history" in wanted:
            results += history.measure(folder / "history")
        if "webhooks" in wanted:
            with (
                Kafka(folder / "kafka-webhooks", java_options=FULL_SPEED) as kafka,
                Mongod(folder / "mongod-webhooks") as mongod,
            ):
                results += webhooks.measure(folder / "webhooks", kafka, mongod)
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
            f"{one.ours:,.0f} {one.unit}",
            f"{one.reference:,.0f}",
            f"{one.ratio:.2f}",
            f"{one.lowest:.2f}-{one.highest:.2f}",
            "" if one.reach is None else f"{one.reach:.1f}",
            "" if one.cpu_ratio is None else f"{one.cpu_ratio:.2f}",
        )
    return table


if __name__ == "__main__":
    typer.run(main)
