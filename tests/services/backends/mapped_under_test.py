"""The example mappings over the simulated ministries that they describe."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from domain.deadline import Deadline
from domain.errors import InvalidValue
from domain.msisdn import Msisdn
from sandbox.ministries.berkane_data import REQUESTS
from sandbox.ministries.vnpost import s10
from services.backends.config import MinistryLimits
from services.backends.mapped import Mapped, mapped
from services.backends.wire import Wire
from services.values import Submission
from tests.services.backends.backends_under_test import DUE, LIMITS, transport

MAPPINGS = Path(__file__).parent / "mappings"


def entry(name: str) -> dict[str, Any]:
    """The one entry of a file, as a pack would hold it."""
    content = yaml.safe_load((MAPPINGS / f"{name}.yaml").read_text())
    (only,) = content.values()
    assert isinstance(only, dict)
    return only


def settings(name: str) -> dict[str, Any]:
    found = entry(name)["settings"]
    assert isinstance(found, dict)
    return found


def mapped_at(base_url: str, wire: Wire, raw: dict[str, Any], limits: MinistryLimits = LIMITS) -> Mapped:
    def due(service: str, start: date) -> date:
        return DUE

    return mapped(raw, transport("mapped", base_url, wire, limits), due)


def applications(name: str, base_url: str, wire: Wire) -> Any:
    found = mapped_at(base_url, wire, settings(name)).applications
    if found is None:
        raise InvalidValue("no applications")
    return found


def contract_runs(
    ministry: Callable[[str], str], wire: Wire, deadline: Deadline
) -> dict[str, tuple[str, str, Callable[[], Awaitable[object]]]]:
    """For the contract suite: each name's simulated ministry, its name of the request that matters, and the call."""
    berkane = applications("berkane", ministry("berkane"), wire)
    visa = applications("asan_visa", ministry("asan-visa"), wire)
    post = applications("vnpost", ministry("vnpost"), wire)
    ready, back = (REQUESTS.complete(body + "0") for body in ("510000", "510003"))
    moroccan, vietnamese = Msisdn("+212661234501"), Msisdn("+84912345601")
    answers = {"nom": "Demo", "motif": "ecole"}
    certificate = Submission("residence_certificate", "", "+212661234501", answers, moroccan, "key-1")
    parcel = Submission("document_delivery", "", "person-1", {"diaChi": "12 Phố Huế"}, vietnamese, "key-1")
    since = deadline.clock.now() - timedelta(days=60)
    return {
        "mapped_get": ("berkane", "demandes.lire", lambda: berkane.get(ready, deadline)),
        "mapped_account": (
            "berkane", "comptes.chercher", lambda: berkane.of_applicant(moroccan.e164, "passport", deadline),
        ),
        "mapped_list": (
            "berkane", "demandes.lister", lambda: berkane.of_applicant(moroccan.e164, "passport", deadline),
        ),
        "mapped_changed": ("asan-visa", "visas.changes", lambda: visa.changed("visa", since, deadline)),
        "mapped_info": ("asan-visa", "tariffs.get", lambda: visa.info("visa", deadline)),
        "mapped_tracked": ("vnpost", "tra-cuu", lambda: post.get(s10("10000001")[2:-2], deadline)),
        "mapped_submit": ("berkane", "demandes.deposer", lambda: berkane.submit(certificate, deadline)),
        "mapped_amend": ("berkane", "demandes.completer", lambda: berkane.amend(back, {"nom": "x"}, "k", deadline)),
        "mapped_form_encoded": ("vnpost", "van-don.tao", lambda: post.submit(parcel, deadline)),
    }  # fmt: skip
