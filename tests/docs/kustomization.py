"""`programme/Kustomization`: the folder as a ConfigMap, mounted as the folder that it was.

A key of a ConfigMap has no slash, so a file's key has dots where its path has slashes, and the
volume's items put each key back into its place.
"""

from collections.abc import Iterator
from pathlib import Path

from tests.docs import PROJECT, yaml_text

MOUNTED = "/etc/requite/programme"

_HEAD = """\
# Made from this folder's files by `python -m tests.docs.generated`; do not edit.
# The programme as a component for Kubernetes: a ConfigMap of its files, mounted by every
# Deployment. The name has no ending, so that the file counts as no part of the programme.
"""


def text() -> str:
    """The component as YAML."""
    files = list(programme_files(PROJECT / "programme"))
    component = {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "configMapGenerator": [
            {"name": "requite-programme", "files": [f"{key(file)}={file}" for file in files]}
        ],
        "patches": [{"target": {"kind": "Deployment"}, "patch": _patch(files)}],
    }
    return _HEAD + yaml_text.dump(component)


def programme_files(folder: Path) -> Iterator[str]:
    """The programme's files, relative to `folder`, in order."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix in {".yaml", ".j2"}:
            yield file.relative_to(folder).as_posix()


def key(file: str) -> str:
    """The key of a ConfigMap that stands for `file`."""
    return file.replace("/", ".")


def _patch(files: list[str]) -> str:
    container = {
        "name": "service",
        "env": [{"name": "REQUITE_PROGRAMME_DIR", "value": MOUNTED}],
        "volumeMounts": [{"name": "programme", "mountPath": MOUNTED, "readOnly": True}],
    }
    volume = {
        "name": "programme",
        "configMap": {
            "name": "requite-programme",
            "items": [{"key": key(file), "path": file} for file in files],
        },
    }
    return yaml_text.dump(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "any"},
            "spec": {"template": {"spec": {"containers": [container], "volumes": [volume]}}},
        }
    )
