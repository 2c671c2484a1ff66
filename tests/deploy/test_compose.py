"""`docker-compose.yml`: valid, and the same stack as `make stack`."""

import importlib.util
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema.validators import validator_for

from shared.config import Settings
from tests.deploy import PROJECT, SERVICES, VERSION, lacking
from tests.deploy.dockerfile import read_dockerfile
from tests.docs.settings import variable
from tests.servers import kafka_release
from tests.servers.kafka import Kafka
from tests.servers.stack import USUAL_PORTS, USUAL_SMTP_PORT, Stack

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
IMAGE = read_dockerfile(PROJECT / "Dockerfile")[-1]

_PLACES = {"HOST", "PORT", "DATA_DIR", "PROGRAMME_DIR", "API_KEYS_FILE"} | {
    "LINK_SECRET",
    "PSEUDONYM_KEY",
}
"""Settings that are rightly different in a container."""
_BROKER_PLACES = {
    "listeners",
    "advertised.listeners",
    "controller.quorum.voters",
    "log.dirs",
}


def test_file_fits_the_compose_specification() -> None:
    found = importlib.util.find_spec("check_jsonschema")
    if found is None or found.origin is None:
        lacking("docker-compose.yml: check-jsonschema, which has the schema, is not installed")
    vendor = Path(found.origin).parent / "builtin_schemas" / "vendor"
    schema = json.loads((vendor / "compose-spec.json").read_text())
    validator = validator_for(schema)(schema)

    errors = [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(COMPOSE)]

    assert errors == []
    assert not validator.is_valid({"services": {"kafka": {"imagge": "apache/kafka"}}})


def test_every_name_that_is_used_is_declared() -> None:
    for container in CONTAINERS.values():
        assert set(container.get("depends_on", {})) <= set(CONTAINERS)
        for volume in container.get("volumes", []):
            assert volume.partition(":")[0] in COMPOSE["volumes"]
    hosts = {
        host
        for name in SERVICES
        for value in _settings(name).values()
        for host in re.findall(r"(?:^|//)([a-z]+):\d+", value)
    }
    assert hosts == {"kafka", "mongodb", "mailpit"}


def test_services_have_the_settings_of_the_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("REQUITE_")]:
        monkeypatch.delenv(name)
    stack = Stack(tmp_path)
    for name in SERVICES:
        environment = stack.services[name].environment()
        mine = _settings(name)
        theirs = {n: v for n, v in environment.items() if n.startswith("REQUITE_")}

        assert mine.keys() == theirs.keys()
        for setting in mine.keys() - {f"REQUITE_{place}" for place in _PLACES}:
            assert _without_host(mine[setting]) == _without_host(theirs[setting]), setting


def test_services_start_with_these_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUITE_LINK_SECRET", "from .env")
    known = {variable(name) for name in Settings.model_fields}
    for name in SERVICES:
        settings = _settings(name)
        assert settings.keys() <= known
        for setting, value in settings.items():
            if setting != "REQUITE_LINK_SECRET":
                monkeypatch.setenv(setting, value)
        assert Settings().messaging == "kafka"


def test_secret_comes_from_the_file_that_the_example_shows() -> None:
    example = (PROJECT / ".env.example").read_text()
    asked = set(re.findall(r"\$\{(\w+)", (PROJECT / "docker-compose.yml").read_text()))

    assert asked == {line.partition("=")[0] for line in example.splitlines() if line[0] != "#"}
    assert ".env" in (PROJECT / ".gitignore").read_text().split()


def test_services_are_where_the_stack_has_them() -> None:
    port = IMAGE.environment["REQUITE_PORT"]
    for name in SERVICES:
        assert CONTAINERS[name]["ports"] == [f"127.0.0.1:{USUAL_PORTS[name]}:{port}"]
        assert CONTAINERS[name]["command"] == ["python", "-m", f"services.{name}"]
    assert f"127.0.0.1:{USUAL_SMTP_PORT}:1025" in CONTAINERS["mailpit"]["ports"]
    for name, pages in {"notifier": "feedback", "events": "events"}.items():
        url = f"http://127.0.0.1:{USUAL_PORTS[pages]}"
        assert _settings(name)["REQUITE_PUBLIC_URL"] == url


def test_broker_has_the_settings_of_the_stack(tmp_path: Path) -> None:
    kafka = Kafka(tmp_path / "kafka")
    kafka.folder.mkdir(parents=True, exist_ok=True)
    (kafka.folder / "data").mkdir()
    (kafka.folder / "data" / "meta.properties").touch()
    kafka.prepare()
    theirs = _properties((kafka.folder / "server.properties").read_text())
    mine = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): str(value)
        for name, value in CONTAINERS["kafka"]["environment"].items()
        if name.startswith("KAFKA_")
    }

    assert mine.keys() <= theirs.keys()
    for name in mine.keys() - _BROKER_PLACES:
        assert mine[name] == theirs[name], name
    about_topics = {name for name in theirs if "topic" in name or "state.log" in name}
    assert about_topics <= mine.keys()


def test_images_are_pinned_and_the_broker_is_the_one_tested() -> None:
    images = {container["image"] for container in CONTAINERS.values()}

    assert all(re.search(r":v?\d+\.\d+", image) for image in images)
    assert CONTAINERS["kafka"]["image"] == f"apache/kafka:{kafka_release.NEWEST}"
    assert {CONTAINERS[name]["image"] for name in (*SERVICES, "keys")} == {f"requite:{VERSION}"}


def test_everything_is_checked_and_comes_back() -> None:
    for name, container in CONTAINERS.items():
        if name == "keys":
            assert container["restart"] == "no"
            continue
        assert container["restart"] == "unless-stopped"
        assert container["healthcheck"]["test"][0] == "CMD"
    for name in SERVICES:
        waits = {n: d["condition"] for n, d in CONTAINERS[name]["depends_on"].items()}
        assert waits.pop("keys") == "service_completed_successfully"
        assert set(waits.values()) == {"service_healthy"}


def test_services_are_confined_and_have_time_to_drain() -> None:
    drain = 2 * Settings.model_fields["shutdown_seconds"].default
    for name in (*SERVICES, "keys"):
        container = CONTAINERS[name]
        assert container["read_only"] is True
        assert container["cap_drop"] == ["ALL"]
        assert container["security_opt"] == ["no-new-privileges:true"]
        assert int(container["stop_grace_period"].removesuffix("s")) > drain
    assert all(CONTAINERS[name]["volumes"] == ["keys:/var/lib/requite:ro"] for name in SERVICES)


def _settings(name: str) -> dict[str, str]:
    """What a service's process has: the image's environment, then the container's."""
    both = IMAGE.environment | CONTAINERS[name]["environment"]
    return {setting: str(v) for setting, v in both.items() if setting.startswith("REQUITE_")}


def _without_host(value: str) -> str:
    return re.sub(r"(?:127\.0\.0\.1|\b[a-z]+):\d+", "HOST", value)


def _properties(text: str) -> dict[str, str]:
    lines = (line.partition("=") for line in text.splitlines())
    return {name: value for name, sign, value in lines if sign and name[0] != "#"}
