"""The files that are made from the code are in step with it."""

from pathlib import Path

import pytest

from shared.config import Settings
from tests.docs import PROJECT, generated, settings


def test_files_are_what_the_code_makes() -> None:
    assert generated.differences() == []


def test_a_file_that_differs_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = PROJECT / "docs" / "settings.md"
    monkeypatch.setattr(generated, "GENERATED", {file: lambda: settings.text() + "more\n"})

    assert generated.differences()[-1] == "+more"


def test_settings_has_a_row_for_every_setting_and_no_local_path() -> None:
    text = (PROJECT / "docs" / "settings.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("| `REQUITE_")]

    assert [row.split("`")[1] for row in rows] == [
        settings.variable(name) for name in Settings.model_fields
    ]
    assert all(row.count(" | ") >= 3 and not row.endswith("|  |") for row in rows)
    assert str(PROJECT) not in text
