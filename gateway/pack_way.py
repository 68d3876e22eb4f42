"""The way to a ministry in a pack's `ministries.yaml`: signing in and TLS, with secrets from the environment alone."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from services.backends.way_config import FieldName, HeaderName, Lifetime, SignIn, Tls, TokenSeconds


class FromEnvironment(Struct, frozen=True, forbid_unknown_fields=True):
    """A value that the environment gives, so that the file is the same in test and in service."""

    env: str


class BearerFile(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="bearer"):
    """`services.backends.way_config.Bearer`, as all here: the same fields."""

    token: FromEnvironment


class ApiKeyFile(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="api_key"):
    """`ApiKey`."""

    key: FromEnvironment
    header: HeaderName = "X-API-Key"
    field: FieldName = ""


class BasicFile(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="basic"):
    """`Basic`."""

    user: FromEnvironment | str
    password: FromEnvironment


class OAuth2File(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="oauth2_client_credentials"):
    """`OAuth2`."""

    token_url: FromEnvironment | str
    client_id: FromEnvironment | str
    client_secret: FromEnvironment
    scope: str = ""
    audience: str = ""
    send_as: Literal["basic", "body"] = "basic"
    seconds: TokenSeconds = 1.0
    lifetime: Lifetime = 300


class TlsFile(Struct, frozen=True, forbid_unknown_fields=True):
    """`Tls`: paths, which differ from machine to machine."""

    cert: FromEnvironment | None = None
    key: FromEnvironment | None = None
    ca: FromEnvironment | None = None


AuthFile = BearerFile | ApiKeyFile | BasicFile | OAuth2File
Value = Callable[[FromEnvironment | str], str]


def sign_in(file: AuthFile | None, value: Value) -> SignIn | None:
    """With its secrets. `value` looks a variable up, and raises where it is not set."""
    return None if file is None else msgspec.convert(_filled(msgspec.to_builtins(file), value), SignIn)


def tls(file: TlsFile | None, value: Value) -> Tls | None:
    """With its paths."""
    if file is None:
        return None
    given = {name: path for name, path in msgspec.to_builtins(file).items() if path is not None}
    return msgspec.convert(_filled(given, value), Tls)


def variables(file: AuthFile | TlsFile | None) -> list[str]:
    """The environment variables that it names."""
    given = msgspec.to_builtins(file) if file is not None else {}
    return [item["env"] for item in given.values() if isinstance(item, dict)]


def _filled(given: Mapping[str, Any], value: Value) -> dict[str, Any]:
    return {
        name: value(FromEnvironment(item["env"])) if isinstance(item, dict) else item for name, item in given.items()
    }
