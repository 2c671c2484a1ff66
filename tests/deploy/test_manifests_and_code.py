"""The Kubernetes base against the code: settings, public paths, the programme."""

import re
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from shared.config import DEFAULT_PROGRAMME, Settings
from shared.programme.loader import load
from shared.runtime import open_infrastructure
from tests.deploy import PROJECT, SERVICES
from tests.deploy.dockerfile import read_dockerfile
from tests.deploy.manifests import Manifest, of_kind, pod
from tests.docs.kustomization import programme_files
from tests.docs.settings import variable

SECRETS = {
    "REQUITE_LINK_SECRET": "signs",
    "REQUITE_PSEUDONYM_KEY": "hashes",
    "REQUITE_MONGODB_URL": "mongodb://user:password@mongodb/?replicaSet=rs0",
    "REQUITE_SMTP_URL": "smtps://user:password@smtp.example.com",
}

OWN_SECRETS = {"events": "requite-webhook-secrets", "notifier": "requite-channel-secrets"}
"""Files of secrets that one service alone reads, where there are any."""


@pytest.fixture
async def apps(tmp_path: Path) -> AsyncIterator[dict[str, FastAPI]]:
    """The four web apps, not started."""
    async with open_infrastructure(Settings(data_dir=tmp_path)) as infrastructure:
        yield {
            name: import_module(f"services.{name}.app").create_app(infrastructure)
            for name in SERVICES
        }


def test_settings_are_known_and_together_start_a_service(monkeypatch: pytest.MonkeyPatch) -> None:
    image = read_dockerfile(PROJECT / "Dockerfile")[-1].environment
    for deployment in of_kind("Deployment").values():
        environment = image | _config_map(deployment, "requite-settings") | SECRETS
        environment |= {e["name"]: e["value"] for e in _container(deployment)["env"]}
        ours = {n: v for n, v in environment.items() if n.startswith("REQUITE_")}

        assert ours.keys() <= {variable(name) for name in Settings.model_fields}
        for name, value in ours.items():
            monkeypatch.setenv(name, value)
        settings = Settings()
        assert (settings.messaging, settings.storage, settings.mail) == ("kafka", "mongodb", "smtp")


def test_no_secret_setting_is_in_a_config_map() -> None:
    schemas = Settings.model_json_schema()["properties"]
    secret = {variable(name) for name, schema in schemas.items() if "password" in str(schema)}

    assert secret == SECRETS.keys()
    for config_map in of_kind("ConfigMap").values():
        assert not secret & config_map["data"].keys()
    assert of_kind("Secret") == {}


def test_secrets_are_those_that_the_readme_makes() -> None:
    readme = (PROJECT / "deploy" / "k8s" / "README.md").read_text()
    made = set(re.findall(r"create secret generic ([\w-]+)", readme))
    for name, deployment in of_kind("Deployment").items():
        sources = [s["secretRef"]["name"] for s in _container(deployment)["envFrom"][1:]]
        secrets = [v["secret"] for v in pod(deployment)["volumes"] if "secret" in v]
        used = {*sources, *(secret["secretName"] for secret in secrets)}
        optional = {secret["secretName"] for secret in secrets if secret.get("optional")}
        own = {OWN_SECRETS[name]} if name in OWN_SECRETS else set()
        assert (used, optional) == (made - {*OWN_SECRETS.values()} | own, own)
    assert all(f"--from-literal={name}=" in readme for name in SECRETS)


def test_keys_file_is_where_the_secret_is_mounted() -> None:
    for deployment in of_kind("Deployment").values():
        file = _config_map(deployment, "requite-settings")["REQUITE_API_KEYS_FILE"]
        mounts = {m["name"]: m["mountPath"] for m in _container(deployment)["volumeMounts"]}
        assert file == f"{mounts['api-keys']}/api-keys.json"


def test_mounted_programme_is_the_folder(tmp_path: Path) -> None:
    for name, deployment in of_kind("Deployment").items():
        mounted = _mount_programme(deployment, tmp_path / name)
        there = {e["name"]: e["value"] for e in _container(deployment)["env"]}
        mounts = {m["name"]: m["mountPath"] for m in _container(deployment)["volumeMounts"]}

        assert there["REQUITE_PROGRAMME_DIR"] == mounts["programme"]
        assert load(mounted).version == load(DEFAULT_PROGRAMME).version
        assert load(mounted).files == len(list(programme_files(DEFAULT_PROGRAMME)))


def test_ingress_has_the_paths_of_the_services() -> None:
    routed: dict[str, set[str]] = {name: set() for name in SERVICES}
    for path in _ingress_paths():
        if path["pathType"] == "Prefix":
            routed[path["backend"]["service"]["name"]].add(path["path"])

    assert routed == {name: set(import_module(f"services.{name}").PATHS) for name in SERVICES}


async def test_ingress_brings_every_operation_to_its_service(apps: dict[str, FastAPI]) -> None:
    for name, app in apps.items():
        paths = [
            path
            for path in app.openapi()["paths"]
            if path.startswith(("/v1/", "/s/", "/l/", "/r/", "/u/"))
        ]
        assert paths
        for path in paths:
            assert _routed_to(re.sub(r"\{[^}]*\}", "x1", path)) == name, path


def test_ingress_brings_nothing_else_in() -> None:
    for path in ("/", "/metrics", "/readyz", "/livez", "/v1", "/v1/scoresx", "/survey"):
        assert _routed_to(path) is None


def _ingress_paths() -> list[Manifest]:
    (ingress,) = of_kind("Ingress").values()
    (rule,) = ingress["spec"]["rules"]
    assert [rule["host"]] == ingress["spec"]["tls"][0]["hosts"]
    return list(rule["http"]["paths"])


def _routed_to(path: str) -> str | None:
    """The service that the ingress names for `path`: exact first, then the longest prefix."""

    def matches(rule: Manifest) -> bool:
        if rule["pathType"] == "Exact":
            return bool(path == rule["path"])
        return f"{path}/".startswith(f"{rule['path']}/")

    found = [rule for rule in _ingress_paths() if matches(rule)]
    best = max(found, key=lambda r: (r["pathType"] == "Exact", len(r["path"])), default=None)
    return None if best is None else str(best["backend"]["service"]["name"])


def _container(deployment: Manifest) -> Manifest:
    (container,) = pod(deployment)["containers"]
    assert isinstance(container, dict)
    return container


def _config_map(deployment: Manifest, name: str) -> dict[str, str]:
    """What the deployment takes into its environment from the ConfigMap made under `name`."""
    reference = _container(deployment)["envFrom"][0]["configMapRef"]["name"]
    assert reference.startswith(f"{name}-")
    data: dict[str, str] = of_kind("ConfigMap")[reference]["data"]
    return data


def _mount_programme(deployment: Manifest, target: Path) -> Path:
    """The volume as the kubelet lays it: links at the top into a hidden folder of this version."""
    volume: Any = next(v for v in pod(deployment)["volumes"] if v["name"] == "programme")
    data = of_kind("ConfigMap")[volume["configMap"]["name"]]["data"]
    version = target / "..2026_01_01_00_00_00.1"
    for item in volume["configMap"]["items"]:
        file = version / item["path"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(data[item["key"]])
    assert {item["key"] for item in volume["configMap"]["items"]} == data.keys()
    (target / "..data").symlink_to(version.name)
    for entry in version.iterdir():
        (target / entry.name).symlink_to(f"..data/{entry.name}")
    return target
