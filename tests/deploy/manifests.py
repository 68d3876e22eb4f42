"""What stands in deploy/, read as data: the compose file's services, and Kubernetes' objects with their pods."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
KUBERNETES = DEPLOY / "kubernetes"


@cache
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return loaded


@cache
def objects() -> tuple[dict[str, Any], ...]:
    """Every object of every manifest; Kustomize's own files are none."""
    files = sorted(path for path in KUBERNETES.rglob("*.yaml") if path.name != "kustomization.yaml")
    return tuple(one for path in files for one in yaml.safe_load_all(path.read_text("utf-8")) if one)


def of_kind(*kinds: str) -> list[dict[str, Any]]:
    return [one for one in objects() if one["kind"] in kinds]


@dataclass(frozen=True)
class Container:
    """One container, with the pod that it stands in."""

    pod: Mapping[str, Any]
    of: Mapping[str, Any]
    labels: Mapping[str, str]

    def __repr__(self) -> str:
        return str(self.of["name"])


def containers() -> Iterator[Container]:
    for one in of_kind("Deployment", "StatefulSet", "Job"):
        template = one["spec"]["template"]
        for container in template["spec"].get("initContainers", []) + template["spec"]["containers"]:
            yield Container(template["spec"], container, template["metadata"]["labels"])


def ours() -> list[tuple[str, list[str]]]:
    """What each of our containers calls, in both ways of deploying: where, and the arguments of `guichet`."""
    found = [(f"kubernetes: {one!r}", one.of["args"]) for one in containers() if one.of["image"] == "guichet"]
    services = compose()["services"].items()
    found += [(f"compose: {name}", one["command"]) for name, one in services if one["image"].startswith("guichet:")]
    return [(where, [str(word) for word in words]) for where, words in found]
