"""docs/programme.md names the keys that the schemas have, and its commands do what it shows."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.config import DEFAULT_PROGRAMME
from shared.programme.expressions import Language
from shared.programme.templating.context import TEXT_VARIABLES
from shared.programme.validation import schema

PAGE = Path(__file__).parents[3] / "docs" / "programme.md"
SECTIONS = {
    "programme": "programme.yaml",
    "scoring": "scoring.yaml",
    "thanks": "thanks/&lt;name&gt;.yaml",
    "attention": "attention.yaml",
    "survey": "surveys/&lt;name&gt;.yaml",
    "referrals": "referrals.yaml",
    "discovery": "discovery.yaml",
    "moments": "moments.yaml",
    "segment": "segments/&lt;name&gt;.yaml",
    "circle": "circles/&lt;name&gt;.yaml",
}
PLACEHOLDERS = {
    "acts": "<act>",
    "conduct": "<act>",
    "dimensions": "<dimension>",
    "exchange": "<currency>",
    "nth": "<act>",
    "of": "<dimension>",
    "scores": "<score>",
}


def section(title: str) -> str:
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(f"\n## {title}\n")
    assert rest, f"no section {title}"
    return rest.partition("\n## ")[0]


def rows(title: str) -> dict[str, str]:
    """The first column of a section's table to its second."""
    return dict(re.findall(r"^\| `([^|]+)` \| ([^|]+) \|", section(title), re.MULTILINE))


def documented(root: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each key of a schema as the page writes it, and what it must say about being required."""

    def walk(rules: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
        rules = resolve(root, rules)
        if "items" in rules:
            yield from walk(rules["items"], f"{path}[]")
        for key, member in members(rules, path.rpartition(".")[2]):
            name = f"{path}.{key}" if path else key
            default = f", `{written(member['default'])}`" if "default" in member else ""
            yield name, "yes" if key in rules.get("required", ()) else f"no{default}"
            yield from walk(member, name)

    return walk(root, "")


def written(value: Any) -> str:
    """A value as YAML has it on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {written(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, str) and ":" in value:
        return f'"{value}"'
    return str(value).lower() if isinstance(value, bool) else str(value)


def resolve(root: dict[str, Any], rules: dict[str, Any]) -> dict[str, Any]:
    name = rules.get("$ref", "").removeprefix("#/$defs/")
    return root["$defs"][name] if name else rules


def members(rules: dict[str, Any], key: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A mapping's members; those that are all alike as one placeholder."""
    alike = rules.get("additionalProperties")
    if isinstance(alike, dict):
        yield PLACEHOLDERS.get(key, "<language>"), alike
    elif key in PLACEHOLDERS and "properties" in rules:
        yield PLACEHOLDERS[key], next(iter(rules["properties"].values()))
    else:
        yield from rules.get("properties", {}).items()


@pytest.mark.parametrize("kind", SECTIONS)
def test_the_page_names_every_key_and_no_other(kind: str) -> None:
    assert rows(SECTIONS[kind]) == dict(documented(schema(kind)))


def test_the_page_names_every_dimension() -> None:
    properties = schema("scoring")["properties"]["dimensions"]["properties"]
    row = next(line for line in section("scoring.yaml").splitlines() if "| `dimensions` |" in line)
    assert set(re.findall(r"`(\w+)`", row)) - {"dimensions"} == set(properties)


def test_the_page_names_every_variable() -> None:
    assert set(rows("templates/&lt;language&gt;/&lt;name&gt;.txt.j2")) == set(TEXT_VARIABLES)


def test_the_page_names_every_variable_of_rules() -> None:
    language = Language(["<act>"], ["<dimension>"], ["<score>"])
    assert set(rows("Rules")) == set(language.variables)


def test_the_commands_print_what_the_page_shows(tmp_path: Path) -> None:
    shutil.copytree(DEFAULT_PROGRAMME, tmp_path / "programme")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    blocks = re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        lines = block.splitlines()
        commands = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        shown = [line for line in lines if not line.startswith("$ ")]
        done = subprocess.run(
            ["bash", "-c", "\n".join(commands)],
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
        )
        assert done.stderr == ""
        assert without_version(done.stdout.splitlines()) == without_version(shown)


def without_version(lines: list[str]) -> list[str]:
    return [re.sub(r"(version|formula) [0-9a-f]{12}\b", r"\1", line) for line in lines]
