"""deploy/ against the code: what it calls, sets, asks and shows is there; nobody runs as root or writes to its disk."""

import configparser
import re
import shutil
import subprocess
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.cli import build_parser
from gateway.pack import load_pack
from gateway.settings import PREFIX, Settings
from tests.deploy.manifests import DEPLOY, KUBERNETES, Container, compose, containers, objects, of_kind, ours

ROOT = DEPLOY.parent
SECRETS = {PREFIX + item.name.upper() for item in fields(Settings) if item.metadata.get("secret")}
SETTINGS = {PREFIX + item.name.upper() for item in fields(Settings)}


# --- our own containers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("where", "arguments"), ours(), ids=[where for where, _ in ours()])
def test_what_is_called_is_understood(where: str, arguments: list[str]) -> None:
    build_parser().parse_args(arguments)


def test_probes_ask_for_doors_that_are_there() -> None:
    doors = (ROOT / "docs" / "doors.md").read_text("utf-8")
    for one in containers():
        for kind in ("livenessProbe", "readinessProbe", "startupProbe"):
            if asked := one.of.get(kind, {}).get("httpGet"):
                assert f"| GET | `{asked['path']}` |" in doors
                assert asked["port"] in {port["name"] for port in one.of["ports"]}
    # A store that is away must restart nobody, nor leave citizens without anybody who answers.
    for name in ("livenessProbe", "readinessProbe"):
        [gateway] = [one.of for one in containers() if repr(one) == "gateway"]
        assert gateway[name]["httpGet"]["path"] == "/livez"
    for name in ("gateway", "worker"):
        assert "http://127.0.0.1:8000/livez" in compose()["services"][name]["healthcheck"]["test"][-1]


def test_whoever_stops_them_waits_long_enough() -> None:
    from gateway.assembly import DRAIN_SECONDS
    from gateway.commands.serve import GRACE_SECONDS

    needed = Settings().stop_delay + GRACE_SECONDS + DRAIN_SECONDS
    for one in containers():
        if one.of["name"] in ("gateway", "worker"):
            assert one.pod["terminationGracePeriodSeconds"] >= needed
    for name in ("gateway", "worker"):
        assert int(compose()["services"][name]["stop_grace_period"].removesuffix("s")) >= needed


def test_every_setting_is_one_and_no_secret_stands_in_the_open() -> None:
    packs = {
        name for pack in (ROOT / "countries").glob("*/pack.yaml") for name in load_pack(str(pack.parent)).variables()
    }
    for path in (path for path in DEPLOY.rglob("*") if path.is_file() and path.suffix != ".json"):
        text = path.read_text("utf-8")
        named = set(re.findall(r"GUICHET_[A-Z0-9_]*[A-Z0-9]", text)) - {
            "GUICHET_HOST",
            "GUICHET_PASSWORD",
            "GUICHET_MINISTRY",
        }
        assert named <= SETTINGS | packs, path
        if path.name in ("kustomization.yaml", "guichet.env"):
            assert not named & SECRETS, path


# --- all containers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", list(containers()), ids=repr)
def test_a_pod_is_nobody_and_writes_nothing(one: Container) -> None:
    assert one.pod["securityContext"]["runAsNonRoot"] and one.pod["securityContext"]["runAsUser"] >= 10000
    assert one.pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert one.of["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert one.pod["automountServiceAccountToken"] is False
    assert one.of["resources"]["limits"]["memory"] and one.of["resources"]["requests"]


@pytest.mark.parametrize("name", list(compose()["services"]))
def test_a_service_is_nobody_and_writes_nothing(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    # The proxy listens at 443, and needs root's word for that alone.
    assert service.get("user") or service["cap_add"] == ["NET_BIND_SERVICE"]
    published = [port for port in service.get("ports", []) if not port.startswith("127.0.0.1:")]
    assert not published or name == "proxy"
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        assert not source.startswith("./") or (DEPLOY / source).exists(), source


# --- Kubernetes' objects among each other -------------------------------------------------------------------


def test_whatever_selects_pods_finds_some() -> None:
    pods = [one.labels for one in containers()]
    chosen = [one["spec"]["selector"] for one in of_kind("Service")]
    chosen += [
        one["spec"]["selector"]["matchLabels"] for one in of_kind("PodDisruptionBudget", "Deployment", "StatefulSet")
    ]
    assert len(chosen) > 8
    for labels in chosen:
        assert any(labels.items() <= pod.items() for pod in pods), labels
    targets = [one["spec"]["scaleTargetRef"] for one in of_kind("HorizontalPodAutoscaler")]
    there = {(one["kind"], one["metadata"]["name"]) for one in objects()}
    assert {(one["kind"], one["name"]) for one in targets} <= there


def test_everybody_who_runs_for_long_has_a_budget_and_a_policy() -> None:
    lasting = {one["metadata"]["name"] for one in of_kind("Deployment", "StatefulSet")}
    assert {one["metadata"]["name"] for one in of_kind("PodDisruptionBudget")} == lasting
    policies = {one["metadata"]["name"] for one in of_kind("NetworkPolicy")}
    assert lasting <= policies
    [nobody] = [one for one in of_kind("NetworkPolicy") if one["metadata"]["name"] == "nobody"]
    assert nobody["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_the_world_reaches_every_door_but_the_operators() -> None:
    page = (ROOT / "docs" / "doors.md").read_text("utf-8")
    first = {f"/{path}" for path in re.findall(r"^\| (?:[A-Z]+|any) \| `/([\w]+)", page, re.MULTILINE)}
    [ingress] = of_kind("Ingress")
    [rule] = ingress["spec"]["rules"]
    assert {path["path"] for path in rule["http"]["paths"]} == first - {"/livez", "/readyz", "/metrics", "/ops"}
    world = (DEPLOY / "Caddyfile").read_text("utf-8").partition("{$GUICHET_HOST} {")[2].partition("\n}")[0]
    assert "@operators path /metrics /readyz /livez /ops /ops/*\n\trespond @operators 404" in world


def test_the_proxy_tries_another_gateway_and_lets_go_of_idle_connections_first() -> None:
    from gateway.commands.serve import UVICORN

    proxy = (DEPLOY / "Caddyfile").read_text("utf-8")
    # Whoever refuses has the fewest connections: `least_conn` would ask it again.
    assert "lb_policy random" in proxy and "lb_try_duration" in proxy
    [idle] = re.findall(r"keepalive (\d+)s", proxy)
    assert int(idle) < UVICORN["timeout_keep_alive"]


def test_nobody_looks_over_staffs_shoulders_with_a_password_that_everybody_knows() -> None:
    assert "secrets/grafana.env" in compose()["services"]["grafana"]["env_file"]
    made = (DEPLOY / "secrets" / "make.sh").read_text("utf-8")
    assert "GF_SECURITY_ADMIN_PASSWORD=$(word)" in made
    # What Caddy has for staff is published on the machine's own loopback.
    assert "127.0.0.1:8081:8081" in compose()["services"]["proxy"]["ports"]


def test_every_file_that_kustomize_is_told_of_is_there() -> None:
    for path in KUBERNETES.rglob("kustomization.yaml"):
        told: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
        files = [name.split("=")[-1] for made in told.get("configMapGenerator", []) for name in made.get("files", [])]
        for name in told["resources"] + files:
            assert (path.parent / name).exists(), name


# --- image, PgBouncer, scripts ------------------------------------------------------------------------------


def test_the_image_gets_every_package_and_no_more() -> None:
    let_in = {
        line[1:] for line in (DEPLOY / "Containerfile.dockerignore").read_text("utf-8").splitlines() if line[:1] == "!"
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = {name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert packages | {"requirements/serve.txt", "pyproject.toml", "README.md", "LICENSE", "NOTICE"} == let_in


def test_pgbouncer_keeps_prepared_statements_apart_and_ends_after_each_transaction() -> None:
    ini = configparser.ConfigParser()
    ini.read(KUBERNETES / "base" / "pgbouncer.ini", "utf-8")
    settings = ini["pgbouncer"]
    assert settings["pool_mode"] == "transaction"
    assert int(settings["max_prepared_statements"]) > 0
    # These would let connections through whose time-outs nobody keeps (docs/operations.md).
    assert "statement_timeout" not in settings["ignore_startup_parameters"]
    most = int(settings["default_pool_size"]) + int(settings["reserve_pool_size"])
    assert most * 2 < int(re.findall(r"max_connections=(\d+)", str(compose()["services"]["postgresql"]["command"]))[0])


def test_secrets_are_made_once_and_nobody_else_of_the_machine_reads_them(tmp_path: Path) -> None:
    made = tmp_path / "secrets"
    made.mkdir(mode=0o755)
    script = shutil.copy(DEPLOY / "secrets/make.sh", made)
    assert subprocess.run(["sh", script], capture_output=True, check=False).returncode == 0
    assert made.stat().st_mode & 0o077 == 0
    open_to_others = {one.name for one in made.iterdir() if one.stat().st_mode & 0o077} - {"make.sh"}
    assert open_to_others == {"pgbouncer-users"}, "a container's own user reads it; the folder keeps others out"
    assert subprocess.run(["sh", script], capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize("script", sorted(DEPLOY.rglob("*.sh")), ids=lambda path: path.name)
def test_scripts_are_what_a_shell_reads(script: Any) -> None:
    subprocess.run(["/bin/sh", "-n", str(script)], check=True)
