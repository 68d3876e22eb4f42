"""Signing in and TLS in a pack: secrets come from the environment alone, and are shown nowhere."""

import shutil
from pathlib import Path

import pytest
import yaml

import countries
from domain.clock import SystemClock
from gateway.pack import Pack, PackErrors, load_pack
from gateway.settings import SettingsError
from services.backends.registry import build
from services.backends.way_config import OAuth2, Tls, XRoad
from services.backends.wire import HttpWire

AUTH = {
    "kind": "oauth2_client_credentials",
    "token_url": "/token",
    "client_id": {"env": "AID_CLIENT"},
    "client_secret": {"env": "AID_SECRET"},
    "scope": "payments",
}
TLS = {"cert": {"env": "AID_CERT"}, "key": {"env": "AID_KEY"}}
THROUGH = {"kind": "xroad", "client": "AZ/GOV/1001/guichet", "service": "AZ/GOV/2002/vemtas/registry"}
ENVIRONMENT = {
    "AID_URL": "https://ss1.example",
    "AID_CLIENT": "guichet",
    "AID_SECRET": "s3cret",
    "AID_CERT": "/run/keys/aid.crt",
    "AID_KEY": "/run/keys/aid.key",
}


def written(folder: Path, **address: object) -> Path:
    """The pack of Azerbaijan, whose registry has this address."""
    copy = folder / "pack"
    shutil.copytree(Path(countries.__file__).parent / "azerbaijan", copy)
    file = copy / "ministries.yaml"
    content = yaml.safe_load(file.read_text("utf-8"))
    given = {"name": "aid", "base_url": {"env": "AID_URL"}, **address}
    settings = {"sender_id": "g", "services": {"social_aid": {}}}
    kept = {name: entry for name, entry in content["ministries"].items() if entry["standard"] != "spdci-1.0"}
    content["ministries"] = {**kept, "aid": {"standard": "spdci-1.0", "address": given, "settings": settings}}
    file.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return copy


def environment(pack: Pack, **changed: str) -> dict[str, str]:
    return dict.fromkeys(pack.variables(), "http://127.0.0.1/") | ENVIRONMENT | changed


def test_the_way_with_its_secrets(tmp_path: Path) -> None:
    pack = load_pack(str(written(tmp_path, auth=AUTH, tls=TLS, through=THROUGH)))
    assert set(ENVIRONMENT) <= set(pack.variables())
    config = pack.ministries_for(environment(pack))["aid"]
    assert config.address.auth == OAuth2("/token", "guichet", "s3cret", scope="payments")
    assert config.address.tls == Tls("/run/keys/aid.crt", "/run/keys/aid.key")
    assert config.address.through == XRoad("AZ/GOV/1001/guichet", "AZ/GOV/2002/vemtas/registry")
    assert "s3cret" not in repr(config) + str(config)


def test_a_secret_that_is_not_set_is_named(tmp_path: Path) -> None:
    pack = load_pack(str(written(tmp_path, auth=AUTH)))
    with pytest.raises(SettingsError, match="AID_SECRET is not set"):
        pack.ministries_for(environment(pack, AID_SECRET=""))


def test_a_pack_is_checked_without_secrets_and_without_files(tmp_path: Path) -> None:
    pack = load_pack(str(written(tmp_path, auth=AUTH, tls=TLS, through=THROUGH)))
    configs = pack.ministries_anywhere()
    assert configs["aid"].address.tls is None
    ministries = build(tuple(configs.values()), HttpWire(), SystemClock(), pack.services.due)
    assert ministries.payments("social_aid") is not None


@pytest.mark.parametrize(
    "address",
    [
        {"auth": {**AUTH, "client_secret": "in-the-file"}},
        {"auth": {"kind": "bearer", "token": "in-the-file"}},
        {"auth": {"kind": "basic", "user": "u", "password": "in-the-file"}},
        {"auth": {"kind": "api_key", "key": "in-the-file"}},
        {"auth": {**AUTH, "seconds": 60}},
        {"tls": {"key": "in-the-file"}},
        {"through": {**THROUGH, "colour": "red"}},
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, address: dict[str, object]) -> None:
    with pytest.raises(PackErrors, match=r"ministries\.yaml") as caught:
        load_pack(str(written(tmp_path, **address)))
    assert "in-the-file" not in str(caught.value)
