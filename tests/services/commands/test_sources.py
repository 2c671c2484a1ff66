"""`requite sources`: what is listed, and secrets that come and go."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.command_line import app
from shared.config import DEFAULT_PROGRAMME
from shared.named_secrets import NamedSecrets

runner = CliRunner()


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NamedSecrets:
    """The file of a deployment with one source, `shop`."""
    folder = shutil.copytree(DEFAULT_PROGRAMME, tmp_path / "programme")
    (folder / "sources").mkdir()
    (folder / "sources" / "shop.yaml").write_text("connector: shopify\n", encoding="utf-8")
    monkeypatch.setenv("REQUITE_PROGRAMME_DIR", str(folder))
    monkeypatch.setenv("REQUITE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("REQUITE_PUBLIC_URL", "https://thanks.example/")
    return NamedSecrets(tmp_path / "webhook-secrets.json")


def test_sources_are_listed_with_the_address_to_enter(secrets: NamedSecrets) -> None:
    url = "https://thanks.example/v1/webhooks/shop"
    for number in ("no secrets", "1 secret", "2 secrets"):
        result = runner.invoke(app, ["sources", "list"])
        assert result.exit_code == 0
        assert result.output == f"shop  shopify  {number}  {url}\n"
        secrets.add("shop", number)


def test_a_secret_is_read_from_a_pipe_and_not_shown(secrets: NamedSecrets) -> None:
    result = runner.invoke(app, ["sources", "secret", "shop"], input=" shpss_1\n")
    assert result.exit_code == 0
    assert "shpss_1" not in result.output
    assert secrets.of("shop") == ("shpss_1",)


def test_a_rotation(secrets: NamedSecrets) -> None:
    secrets.add("shop", "old")
    made = runner.invoke(app, ["sources", "secret", "shop", "--generate"])
    new = made.stdout.splitlines()[0]
    assert new.startswith("whsec_")
    assert secrets.of("shop") == (new, "old")
    retired = runner.invoke(app, ["sources", "secret", "shop", "--retire-old"])
    assert retired.output == "1 secret counts no longer.\n"
    assert secrets.of("shop") == (new,)


def test_what_is_no_source_or_no_secret_changes_nothing(secrets: NamedSecrets) -> None:
    assert runner.invoke(app, ["sources", "secret", "pop"], input="x\n").exit_code == 1
    assert runner.invoke(app, ["sources", "secret", "shop"], input="\n").exit_code == 2
    assert secrets.all() == {}
