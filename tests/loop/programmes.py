"""The shipped programme, changed so that tests can count messages."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.servers.service import PROJECT

Rule = Mapping[str, Any]

ORDERS: Rule = {"on": "purchase", "template": "order-thanks", "channels": ["email"]}
ROOMY = {"budget": [{"at_most": 1000, "per": "day"}], "quiet_hours": "never"}


def shipped_rules(*names: str) -> Mapping[str, Rule]:
    """Rules as they are shipped, each with its first template."""
    rules = {}
    for name in names:
        text = (PROJECT / "programme" / "thanks" / f"{name}.yaml").read_text("utf-8")
        rule = YAML(typ="safe").load(text)
        first = rule["template"] if isinstance(rule["template"], str) else rule["template"][0]
        rules[name] = {**rule, "template": first}
    return rules


def one_message_each(
    folder: Path, rules: Mapping[str, Rule], languages: Sequence[str] = ("en",)
) -> Path:
    """In `folder`: it thanks by `rules` only, for each thing by itself, at any hour and however
    late it is."""
    shutil.copytree(PROJECT / "programme", folder)
    shutil.rmtree(folder / "thanks")
    for language in (folder / "templates").iterdir():
        if language.name not in languages:
            shutil.rmtree(language)
    (folder / "thanks").mkdir()
    for name, rule in rules.items():
        alone = {"merge": "never", "stale_after": "never", **rule}
        _write(folder / "thanks" / f"{name}.yaml", alone)
    _write(folder / "attention.yaml", ROOMY)
    return folder


def add_webhook(folder: Path, name: str, url: str) -> None:
    """A channel to the shop's own system."""
    options = {"url": url, "needs_consent": False, "disturbs": False}
    _write(folder / "channels" / f"{name}.yaml", {"adapter": "webhook", "options": options})


def _write(file: Path, content: Mapping[str, Any]) -> None:
    # JSON is YAML.
    file.write_text(json.dumps(content), "utf-8")
