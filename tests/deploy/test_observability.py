"""Alert rules, dashboard and autoscalers: every metric is one that a process exports, every alert has its runbook."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from gateway.metrics import Metrics
from gateway.sign_in_metrics import SignInMetrics
from tests.deploy.manifests import DEPLOY, of_kind

SHOWN = DEPLOY / "observability"
# Labels that Prometheus itself puts on.
THEIRS = {"job", "instance", "le", "namespace", "pod", "alertstate", "alertname"}


@pytest.fixture(scope="module")
def exported() -> dict[str, set[str]]:
    """The labels of each series, by its name on the page."""
    metrics = Metrics()
    metrics.hops("africastalking")
    SignInMetrics(metrics.registry)
    named = metrics.registry._names_to_collectors
    found = {name: set(getattr(collector, "_labelnames", ())) for name, collector in named.items()}
    for family in metrics.registry.collect():
        found |= {sample.name: set(sample.labels) for sample in family.samples}
    return found


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((SHOWN / "alerts.yaml").read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def asked() -> Iterator[tuple[str, str]]:
    """Where something is asked of Prometheus, and what."""
    for rule in alerts():
        yield rule["alert"], rule["expr"]
    dashboard = json.loads((SHOWN / "dashboard.json").read_text("utf-8"))
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]


@pytest.mark.parametrize(("where", "expression"), list(asked()))
def test_only_what_is_exported_is_asked_for(where: str, expression: str, exported: dict[str, set[str]]) -> None:
    names = set(re.findall(r"\b(?:guichet|process)_\w+", expression))
    assert (names and names <= set(exported)) or "up{" in expression, names - set(exported)
    for name, selector in re.findall(r"\b(guichet_\w+)\{([^}]*)\}", expression):
        assert set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector)) <= exported[name] | THEIRS, (name, selector)
    labels = set().union(*(exported.get(name, set()) for name in names)) | THEIRS
    for group in re.findall(r"\bby \(([^)]*)\)", expression):
        assert {label.strip() for label in group.split(",")} <= labels, group
    assert expression.count("(") == expression.count(")") and expression.count("{") == expression.count("}")


def test_a_legend_names_labels_that_its_panel_keeps() -> None:
    dashboard = json.loads((SHOWN / "dashboard.json").read_text("utf-8"))
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            kept = {
                label.strip() for group in re.findall(r"\bby \(([^)]*)\)", target["expr"]) for label in group.split(",")
            }
            assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= kept | {"job", "instance"}, panel[
                "title"
            ]


def test_every_alert_has_a_section_of_the_runbooks_and_no_section_is_left_over() -> None:
    runbooks = (DEPLOY.parent / "docs" / "runbooks.md").read_text("utf-8")
    sections = re.findall(r"^### (Guichet\w+)$", runbooks, re.MULTILINE)
    assert sections == [rule["alert"] for rule in alerts()]
    for rule in alerts():
        assert rule["annotations"]["runbook"] == f"docs/runbooks.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in ("page", "ticket")


def test_an_autoscaler_asks_for_what_the_adapter_makes(exported: dict[str, set[str]]) -> None:
    rules = yaml.safe_load((SHOWN / "prometheus-adapter.yaml").read_text("utf-8"))["rules"]
    made = set()
    for rule in rules["custom"] + rules["external"]:
        [series] = re.findall(r"guichet_\w+", rule["seriesQuery"])
        assert series in exported
        pattern, name = rule["name"].get("matches", "(.*)"), rule["name"]["as"].replace("${1}", r"\1")
        made.add(re.sub(f"^{pattern.strip('^$')}$", name, series, count=1))
    wanted = set()
    for scaler in of_kind("HorizontalPodAutoscaler"):
        for metric in scaler["spec"]["metrics"]:
            wanted |= {metric[kind]["metric"]["name"] for kind in ("pods", "external") if kind in metric}
    assert wanted == made
