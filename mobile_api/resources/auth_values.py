"""What goes in and out of the operations of signing in."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from mobile_api.operations import Input, Output

HEX_ID = r"[0-9a-f]{32}"

RequestId = Annotated[str, Meta(pattern=f"^{HEX_ID}$")]
DeviceKey = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_-]{16,64}$",
        description="Random, made by the app and kept on the device: a code is good only where it was asked for.",
    ),
]


class CodeWanted(Input, frozen=True):
    """To whom a code is to be sent. `number`: as people write it; without a country it is one of the pack's."""

    number: Annotated[str, Meta(min_length=3, max_length=32)]
    device: DeviceKey


class CodeSent(Output, frozen=True):
    """The same for every number. Seconds."""

    request_id: RequestId
    expires_in: int
    resend_after: int


class CodeTyped(Input, frozen=True):
    """The code as it was typed: digits of any script. `device_name`: what the list of devices calls it."""

    request_id: RequestId
    code: Annotated[str, Meta(min_length=1, max_length=32)]
    device: DeviceKey
    device_name: Annotated[str, Meta(max_length=200)] = ""


class SessionTokens(Output, frozen=True):
    """`access_token` goes into the header Authorization, as `Bearer`. Seconds. A refresh token is good once."""

    access_token: str
    expires_in: int
    refresh_token: str
    refresh_expires_in: int
    device_id: RequestId
    token_type: str = "Bearer"  # noqa: S105 - a kind, not a token


class RefreshWanted(Input, frozen=True):
    """The latest refresh token."""

    refresh_token: Annotated[str, Meta(min_length=1, max_length=256)]


class DeviceListed(Output, frozen=True):
    """A signed-in device. `current`: the one that asks."""

    id: RequestId
    name: str
    signed_in_at: datetime
    last_used_at: datetime
    current: bool


class DeviceList(Output, frozen=True):
    """All signed-in devices, the last used first."""

    items: tuple[DeviceListed, ...]
    next: None = None


class PinTyped(Input, frozen=True):
    """The PIN of the account."""

    pin: Annotated[str, Meta(min_length=1, max_length=32)]
