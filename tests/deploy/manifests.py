"""The Kubernetes manifests as kustomize builds them, without a cluster."""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.deploy import PROJECT, lacking

Manifest = dict[str, Any]

BASE = PROJECT / "deploy" / "k8s" / "base"


@cache
def build(folder: Path = BASE) -> tuple[Manifest, ...]:
    """Every object of the kustomization in `folder`, built by kubectl or by kustomize."""
    done = subprocess.run([*_builder(), str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return tuple(yaml.safe_load_all(done.stdout))


def of_kind(kind: str) -> dict[str, Manifest]:
    """The base's objects of this kind by name."""
    return {each["metadata"]["name"]: each for each in build() if each["kind"] == kind}


def pod(deployment: Manifest) -> Manifest:
    """The pod's specification."""
    specification: Manifest = deployment["spec"]["template"]["spec"]
    return specification


def _builder() -> list[str]:
    # First beside this Python: the version in the lock file.
    path = f"{Path(sys.executable).parent}"
    for where in (path, None):
        if kubectl := shutil.which("kubectl", path=where):
            return [kubectl, "kustomize"]
        if kustomize := shutil.which("kustomize", path=where):
            return [kustomize, "build"]
    lacking("deploy/k8s: neither kubectl nor kustomize is installed")
