"""The Kubernetes base: valid for two versions, restricted, and able to stop without loss."""

from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest

from tests.deploy import PROJECT, SERVICES, VERSION
from tests.deploy.dockerfile import read_dockerfile
from tests.deploy.manifests import Manifest, build, of_kind, pod

IMAGE = read_dockerfile(PROJECT / "Dockerfile")[-1]
VERSIONS = ("1.34", "1.37")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_valid(version: str) -> None:
    objects = build()

    assert len(objects) == 4 * len(SERVICES) + 4
    for each in objects:
        assert kubernetes_validate.validate(each, version, strict=True) == version


@pytest.mark.parametrize("version", VERSIONS)
def test_an_unknown_field_is_an_error(version: str) -> None:
    wrong = {**of_kind("Deployment")["events"], "spek": {}}

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, version, strict=True)


def test_every_service_has_all_of_its_objects() -> None:
    for kind in ("Deployment", "Service", "ServiceAccount", "PodDisruptionBudget"):
        assert of_kind(kind).keys() == set(SERVICES)
    for name, deployment in of_kind("Deployment").items():
        assert pod(deployment)["containers"][0]["command"] == ["python", "-m", f"services.{name}"]
        assert pod(deployment)["serviceAccountName"] == name


def test_selectors_find_the_pods_of_their_service_only() -> None:
    labels = {n: d["spec"]["template"]["metadata"]["labels"] for n, d in _deployments()}
    for name in SERVICES:
        for selector in (
            of_kind("Deployment")[name]["spec"]["selector"]["matchLabels"],
            of_kind("Service")[name]["spec"]["selector"],
            of_kind("PodDisruptionBudget")[name]["spec"]["selector"]["matchLabels"],
        ):
            found = {n for n, have in labels.items() if selector.items() <= have.items()}
            assert found == {name}
    for _, deployment in _deployments():
        for spread in pod(deployment)["topologySpreadConstraints"]:
            wanted = spread["labelSelector"]["matchLabels"].items()
            assert all(wanted <= have.items() for have in labels.values())
            assert spread["matchLabelKeys"] == ["app.kubernetes.io/component", "pod-template-hash"]


def test_pods_meet_the_restricted_standard() -> None:
    (namespace,) = of_kind("Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for _, deployment in _deployments():
        assert list(_violations(pod(deployment))) == []


@pytest.mark.parametrize(
    ("change", "violation"),
    [
        ({"hostNetwork": True}, "hostNetwork"),
        ({"volumes": [{"name": "host", "hostPath": {"path": "/"}}]}, "volume host"),
        ({"securityContext": {"runAsUser": 0}}, "runAsNonRoot"),
        ({"containers": [{"securityContext": {"privileged": True}}]}, "privileged"),
    ],
)
def test_a_pod_that_is_not_restricted_is_found(change: Manifest, violation: str) -> None:
    assert violation in list(_violations(pod(of_kind("Deployment")["events"]) | change))


def test_pods_have_no_token_and_a_root_that_is_read_only() -> None:
    accounts = of_kind("ServiceAccount").values()
    assert all(account["automountServiceAccountToken"] is False for account in accounts)
    for _, deployment in _deployments():
        container = pod(deployment)["containers"][0]
        assert pod(deployment)["automountServiceAccountToken"] is False
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        writable = [m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")]
        assert writable == ["/tmp"]


def test_user_is_the_one_of_the_image() -> None:
    (user,) = IMAGE.all("USER")
    for _, deployment in _deployments():
        context = pod(deployment)["securityContext"]
        assert f"{context['runAsUser']}:{context['runAsGroup']}" == user.text


def test_image_is_pinned_and_resources_are_bounded() -> None:
    for _, deployment in _deployments():
        container = pod(deployment)["containers"][0]
        assert container["image"] == f"requite:{VERSION}"
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]


def test_probes_ask_the_port_of_the_image() -> None:
    for name, deployment in _deployments():
        container = pod(deployment)["containers"][0]
        (port,) = container["ports"]
        assert str(port["containerPort"]) == IMAGE.environment["REQUITE_PORT"]
        asked = {
            kind: (probe["httpGet"]["path"], probe["httpGet"]["port"])
            for kind, probe in container.items()
            if kind.endswith("Probe")
        }
        assert asked == {
            "startupProbe": ("/livez", port["name"]),
            "livenessProbe": ("/livez", port["name"]),
            "readinessProbe": ("/readyz", port["name"]),
        }
        assert of_kind("Service")[name]["spec"]["ports"][0]["targetPort"] == port["name"]


def test_pod_outlives_its_drain() -> None:
    (settings,) = [m for n, m in of_kind("ConfigMap").items() if n.startswith("requite-settings-")]
    drain = 2 * float(settings["data"]["REQUITE_SHUTDOWN_SECONDS"])
    for _, deployment in _deployments():
        before = pod(deployment)["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert pod(deployment)["terminationGracePeriodSeconds"] > before + drain


def test_a_rollout_or_a_drained_node_leaves_every_service_running() -> None:
    for name, deployment in _deployments():
        assert deployment["spec"]["replicas"] >= 2
        assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        budget = of_kind("PodDisruptionBudget")[name]["spec"]
        assert budget["maxUnavailable"] == 1
        assert budget["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def _deployments() -> list[tuple[str, Manifest]]:
    return list(of_kind("Deployment").items())


def _violations(pod_spec: Manifest) -> Iterator[str]:
    """What the Pod Security Standard "restricted" forbids, as far as these pods could do it."""
    context: dict[str, Any] = pod_spec.get("securityContext", {})
    yield from (name for name in ("hostNetwork", "hostPID", "hostIPC") if pod_spec.get(name))
    if not context.get("runAsNonRoot") or context.get("runAsUser") == 0:
        yield "runAsNonRoot"
    if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "seccompProfile"
    for volume in pod_spec.get("volumes", []):
        if not volume.keys() & {"configMap", "secret", "projected", "emptyDir"}:
            yield f"volume {volume['name']}"
    for container in [*pod_spec["containers"], *pod_spec.get("initContainers", [])]:
        yield from _container_violations(container)


def _container_violations(container: Manifest) -> Iterator[str]:
    context: dict[str, Any] = container.get("securityContext", {})
    if context.get("privileged"):
        yield "privileged"
    if context.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation"
    if context.get("capabilities") != {"drop": ["ALL"]}:
        yield "capabilities"
    if context.get("runAsUser") == 0 or context.get("runAsNonRoot") is False:
        yield "runAsNonRoot"
    if any("hostPort" in port for port in container.get("ports", [])):
        yield "hostPort"
    for name, probe in container.items():
        if name.endswith("Probe") and "host" in probe.get("httpGet", {}):
            yield f"host of {name}"
