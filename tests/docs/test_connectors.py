"""docs/connectors.md: every source that it shows is one, and its commands print what it shows."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from services.events.connectors.registry import CONNECTORS
from services.events.connectors.sources import make_connectors
from services.events.domain.pseudonyms import Pseudonyms
from shared.config import DEFAULT_PROGRAMME
from shared.programme.loader import load
from tests.docs import PROJECT, markdown

PAGE = PROJECT / "docs" / "connectors.md"


@pytest.fixture
def programme(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEFAULT_PROGRAMME, tmp_path / "programme"))


def test_every_source_of_the_page_makes_a_connector(programme: Path) -> None:
    (programme / "sources").mkdir(exist_ok=True)
    shown = [text for kind, text in markdown.blocks(PAGE) if kind == "yaml"]
    for text in shown:
        name = re.match(r"# (sources/[a-z-]+\.yaml)\n", text)
        assert name is not None, text
        (programme / name[1]).write_text(text, encoding="utf-8")
    loaded = load(programme)

    assert len(make_connectors(loaded, Pseudonyms("key").email)) == len(shown)
    assert {source.connector for source in loaded.sources.values()} == set(CONNECTORS)


def test_the_commands_print_what_the_page_shows(programme: Path) -> None:
    (block,) = [text for kind, text in markdown.blocks(PAGE) if kind == "console"]
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", "\n".join(commands)],
        cwd=programme.parent,
        env={"PATH": path, "REQUITE_PROGRAMME_DIR": str(programme)},
        capture_output=True,
        text=True,
        check=True,
    )

    shown = [line for line in block.splitlines() if not line.startswith("$ ")]
    assert (done.stderr + done.stdout).splitlines() == shown
