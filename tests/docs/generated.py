"""Files made from the code: `python -m tests.docs.generated` writes, `--check` compares."""

from collections.abc import Callable, Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Annotated

import typer

from tests.docs import PROJECT, acts, asyncapi, kustomization, settings

GENERATED: Mapping[Path, Callable[[], str]] = {
    PROJECT / "docs" / "acts.md": acts.text,
    PROJECT / "docs" / "asyncapi.yaml": asyncapi.text,
    PROJECT / "docs" / "settings.md": settings.text,
    PROJECT / "programme" / "Kustomization": kustomization.text,
}


def differences() -> list[str]:
    """What the files would have to change to be in step with the code; empty if they are."""
    lines: list[str] = []
    for file, make in GENERATED.items():
        have = file.read_text(encoding="utf-8") if file.exists() else ""
        name = str(file.relative_to(PROJECT))
        lines.extend(
            unified_diff(have.splitlines(), make().splitlines(), name, f"{name} from the code")
        )
    return lines


def _main(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; 1 if they differ.")
    ] = False,
) -> None:
    """Write docs/acts.md, docs/asyncapi.yaml, docs/settings.md and programme/Kustomization."""
    if not check:
        for file, make in GENERATED.items():
            file.write_text(make(), encoding="utf-8")
        return
    if lines := differences():
        typer.echo("\n".join(lines))
        typer.echo("Run `python -m tests.docs.generated` and look at what it changes.")
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(_main)
