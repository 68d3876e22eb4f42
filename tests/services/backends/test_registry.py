"""A pack's YAML becomes ministries that can be called, or one clear line says why not."""

from collections.abc import Mapping

import msgspec
import pytest
import yaml

from domain.clock import SystemClock
from domain.errors import InvalidValue
from services.backends.config import MinistryConfig
from services.backends.registry import STANDARDS, MinistryMap, build
from services.backends.settings_mistakes import Mistaken
from tests.services.backends.test_transport import ScriptedWire, answer

PACK = """
- standard: govstack-registration-0.1.1
  address:
    name: vemtas
    base_url: http://127.0.0.1:8001/ministries/vemtas
    limits: {total: 2.5, concurrency: 32, breaker: {failures: 5, open_seconds: 10}}
  settings:
    client: AZ/GOV/1001/guichet
    currency: AZN
    region: AZ
    zone: Asia/Baku
    services:
      social_aid:
        service_id: 4c1f9a52-6d0b-4e7a-9b35-2f8a1c7e4d01
        title: Targeted social aid
        picks: {amount: data.amount, until: data.termUntil}
- standard: govstack-scheduler-1.0
  address: {name: asan, base_url: "http://127.0.0.1:8001/ministries/asan"}
  settings:
    requestor_id: guichet
    request_token: demo
    zone: Asia/Baku
    services: {id_card: id_card}
"""


def built(ministries: object) -> MinistryMap:
    configs = msgspec.convert(ministries, list[MinistryConfig])
    return build(configs, ScriptedWire(answer()), SystemClock(), lambda service, start: None)


def test_each_service_has_its_ministry() -> None:
    ministries = built(yaml.safe_load(PACK))
    assert ministries.applications("social_aid") is not None
    assert ministries.appointments("id_card") is not None
    for wrong in (lambda: ministries.applications("id_card"), lambda: ministries.appointments("social_aid")):
        with pytest.raises(InvalidValue):
            wrong()


@pytest.mark.parametrize(
    ("place", "change", "says"),
    [
        (0, {"standard": "soap"}, "vemtas: standard is one of"),
        (0, {"settings": {"client": "x"}}, "vemtas: .*services"),
        (0, {"settings": {"client": "x", "services": {}, "colour": "red"}}, "vemtas: .*colour"),
        (1, {"settings": {"requestor_id": "x", "services": {}, "zone": "Nowhere"}}, "asan: not a time zone"),
        (1, {"address": {"name": "asan", "base_url": "http://u:p@x/"}}, "asan: .*base address"),
    ],
)
def test_a_wrong_entry_is_named(place: int, change: Mapping[str, object], says: str) -> None:
    pack = yaml.safe_load(PACK)
    pack[place].update(change)
    with pytest.raises(InvalidValue, match=says):
        built(pack)


def test_the_mistakes_of_all_ministries_are_told_at_once() -> None:
    pack = yaml.safe_load(PACK)
    pack[0]["settings"] = {"client": "x"}
    pack[1] = {**pack[1], "standard": "mapped-1", "settings": {"zone": "Nowhere", "colour": "red"}}
    with pytest.raises(Mistaken) as caught:
        built(pack)
    assert [mistake.path for mistake in caught.value.mistakes] == [
        ("vemtas",),
        ("asan", "settings", "colour"),
        ("asan", "settings", "zone"),
    ]


@pytest.mark.parametrize("address", [{"limits": {"total": 0}}, {"limits": {"retries": 9}}, {"colour": "red"}])
def test_limits_are_checked_when_they_are_read(address: Mapping[str, object]) -> None:
    pack = yaml.safe_load(PACK)
    pack[0]["address"].update(address)
    with pytest.raises(msgspec.ValidationError):
        built(pack)


def test_the_standards_are_in_plain_sight() -> None:
    assert set(STANDARDS) >= {
        "govstack-registration-0.1.1",
        "govstack-scheduler-1.0",
        "icalendar",
        "mapped-1",
        "openreferral-hsds-3.0",
        "spdci-1.0",
    }


REGISTRY = """
standard: spdci-1.0
address:
  name: registry
  base_url: https://ss1.example
  through: {kind: xroad, client: AZ/GOV/1001/guichet, service: AZ/GOV/2002/vemtas/registry}
  auth: {kind: oauth2_client_credentials, token_url: https://id.example/token, client_id: g, client_secret: s}
settings:
  sender_id: guichet
  currency: AZN
  services: {social_aid: {programme: TSA}}
"""


def test_a_register_pays_and_tells_how_an_application_stands_only_where_the_pack_says_so() -> None:
    entry = yaml.safe_load(REGISTRY)
    assert built([entry]).payments("social_aid") is not None
    assert built([entry]).payments("visa") is None
    with pytest.raises(InvalidValue):
        built([entry]).applications("social_aid")
    entry["settings"]["applications"] = True
    assert built([entry]).applications("social_aid") is not None


@pytest.mark.parametrize(
    ("place", "change", "says"),
    [
        ("through", {"kind": "xroad", "client": "AZ", "service": "A/B/C/D/e"}, "registry: through.client"),
        ("auth", {"kind": "bearer", "token": "a\nb"}, "registry: auth: a secret"),
        ("tls", {"cert": "/nowhere/at/all.pem"}, "registry: tls: "),
        ("headers", {"Authorization": "x"}, "registry: auth: signed in twice"),
    ],
)
def test_a_wrong_way_is_named_without_what_is_secret(place: str, change: object, says: str) -> None:
    entry = yaml.safe_load(REGISTRY)
    entry["address"][place] = change
    with pytest.raises(InvalidValue, match=says) as caught:
        built([entry])
    assert "nowhere" not in str(caught.value)


@pytest.mark.parametrize(
    ("place", "change"),
    [
        ("through", {"kind": "vpn", "client": "A/B/C", "service": "A/B/C/D/e"}),
        ("through", {"kind": "xroad", "client": "A/B/C", "service": "A/B/C/D/e", "error_header": "X Y:"}),
        ("auth", {"kind": "digest", "user": "u", "password": "p"}),
        ("auth", {"kind": "bearer"}),
    ],
)
def test_ways_are_checked_when_they_are_read(place: str, change: object) -> None:
    entry = yaml.safe_load(REGISTRY)
    entry["address"][place] = change
    with pytest.raises(msgspec.ValidationError):
        built([entry])
