"""What a pack says about the way to a ministry: through a mediator, signed in how, over which TLS (data)."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

HeaderName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,64}$")]
FieldName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{0,64}$")]
TokenSeconds = Annotated[float, Meta(gt=0, le=10)]
Lifetime = Annotated[int, Meta(ge=1, le=86_400)]


class _Secret(Struct, frozen=True, forbid_unknown_fields=True):
    """What holds a secret is never written out, whoever prints or logs it."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


class Bearer(_Secret, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="bearer"):
    """One token that does not change: `Authorization: Bearer`."""

    token: str


class ApiKey(_Secret, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="api_key"):
    """One key in a header of its own; or, with `field`, in that field of what is handed in as a form (Open311)."""

    key: str
    header: HeaderName = "X-API-Key"
    field: FieldName = ""


class Basic(_Secret, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="basic"):
    """Name and password (RFC 7617)."""

    user: str
    password: str


class OAuth2(_Secret, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="oauth2_client_credentials"):
    """Tokens from a token endpoint (RFC 6749 §4.4). `seconds`: how long that one may take within the call's time.

    `token_url`: with a slash at its beginning it stands at the ministry's own base address.
    `send_as`: the client's id and secret as `basic` (the header that every server must know) or in the `body`.
    `lifetime`: seconds, where the endpoint does not say how long a token lives.
    """

    token_url: str
    client_id: str
    client_secret: str
    scope: str = ""
    audience: str = ""
    send_as: Literal["basic", "body"] = "basic"
    seconds: TokenSeconds = 1.0
    lifetime: Lifetime = 300


SignIn = Bearer | ApiKey | Basic | OAuth2


class Tls(Struct, frozen=True, forbid_unknown_fields=True):
    """Paths of PEM files. `cert` and `key`: ours, where the ministry asks who calls; `ca`: whom alone we believe."""

    cert: str = ""
    key: str = ""
    ca: str = ""


class XRoad(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="xroad"):
    """X-Road's message protocol for REST, as GovStack's Information Mediator speaks it too.

    `client`: INSTANCE/CLASS/MEMBER[/SUBSYSTEM], who asks; `service`: the same of who is asked, and its service code.
    `user_id`: who at the client answers for the calls; nothing of a citizen.
    """

    client: str
    service: str
    user_id: str = ""
    client_header: HeaderName = "X-Road-Client"
    id_header: HeaderName = "X-Road-Id"
    user_header: HeaderName = "X-Road-UserId"
    error_header: HeaderName = "X-Road-Error"
