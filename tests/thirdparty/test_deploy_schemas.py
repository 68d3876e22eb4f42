"""Strangers read deploy/: Kubernetes' and compose's schemas, Prometheus's own tool, and Kustomize where it is."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.deploy.manifests import DEPLOY, KUBERNETES, objects
from tests.thirdparty.conftest import required

TOOLS = DEPLOY.parent / ".guichet" / "deploy-tools" / "bin"
# From the oldest that still has all that we use to the newest that the schemas know.
VERSIONS = ("1.29", "1.37")


def tool(name: str) -> str:
    found = str(TOOLS / name) if (TOOLS / name).exists() else shutil.which(name)
    if found is None:
        required("deploy-tools", "run `tests/thirdparty/get_deploy_tools.sh .guichet/deploy-tools`")
    assert found
    return found


def ran(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def assert_valid(manifests: list[dict[str, object]], version: str, folder: Path) -> None:
    """By the schemas, strictly: what they do not know is wrong too. CloudNativePG's own kind is not among them."""
    known = [one for one in manifests if not str(one["apiVersion"]).startswith("postgresql.cnpg.io")]
    file = folder / "manifests.yaml"
    file.write_text(yaml.safe_dump_all(known))
    said = ran(tool("kubernetes-validate"), "--strict", "-k", version, str(file))
    assert said.count(" passed ") == len(known)


@pytest.mark.parametrize("version", VERSIONS)
def test_manifests_are_as_kubernetes_wants_them(version: str, tmp_path: Path) -> None:
    assert_valid(list(objects()), version, tmp_path)


@pytest.mark.parametrize("name", ["migrate", "overlays/country"])
def test_what_kustomize_makes_is_too(name: str, tmp_path: Path) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("needs kubectl on PATH: apt-get install kubernetes-client, or from kubernetes.io")
    made = list(yaml.safe_load_all(ran("kubectl", "kustomize", str(KUBERNETES / name))))
    assert {one["metadata"].get("namespace", "guichet") for one in made} == {"guichet"}
    assert_valid(made, VERSIONS[-1], tmp_path)


def test_the_compose_file_is_as_its_specification_wants_it() -> None:
    ran(tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(DEPLOY / "compose.yaml"))


def test_alert_rules_ring_when_they_should() -> None:
    rules = DEPLOY / "observability"
    ran(tool("promtool"), "check", "rules", str(rules / "alerts.yaml"))
    assert "SUCCESS" in ran(tool("promtool"), "test", "rules", str(rules / "alerts_test.yaml"))


def test_every_question_of_the_dashboard_is_prometheus_s_language(tmp_path: Path) -> None:
    panels = json.loads((DEPLOY / "observability" / "dashboard.json").read_text("utf-8"))["panels"]
    asked = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    rules = [{"record": f"asked_{number}", "expr": expression} for number, expression in enumerate(asked)]
    file = tmp_path / "asked.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    assert f"{len(asked)} rules found" in ran(tool("promtool"), "check", "rules", str(file))
