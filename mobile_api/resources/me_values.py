"""What goes in and out of the operations on herself: language, consents, numbers."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from mobile_api.operations import Input, Output
from mobile_api.resources.auth_values import HEX_ID, RequestId
from services.email_ports import AlertsBy

PURPOSE = r"[a-z0-9_:-]{1,80}"


class NumberShown(Output, frozen=True):
    """One of her numbers. `number`: all but its beginning and last digits masked. `preferred`: she is reached here."""

    id: Annotated[str, Meta(pattern=f"^{HEX_ID}$")]
    number: str
    preferred: bool
    sure: bool
    added_at: datetime


class ConsentShown(Output, frozen=True):
    """An entry of the ledger. `words`: which text and version she agreed to; `withdrawn_at`: empty while it stands."""

    purpose: str
    words: str
    language: str
    channel: str
    given_at: datetime
    withdrawn_at: datetime | None = None


class EmailShown(Output, frozen=True):
    """Her e-mail address, masked, and how alerts come. `failing`: letters came back from there, and all comes by SMS
    until the address is proven anew."""

    address: str
    alerts_by: AlertsBy
    failing: bool = False


class MeShown(Output, frozen=True):
    """Who she is to us. `sure` is false where her number was silent for long: prove the PIN to see more."""

    language: str
    has_account: bool
    sure: bool
    numbers: tuple[NumberShown, ...]
    consents: tuple[ConsentShown, ...]
    email: EmailShown | None = None


class MeWanted(Input, frozen=True):
    """`language`: in which of the country's she is spoken to, on every channel. `alerts_by`: how she is told; by
    e-mail only with an address of hers. What is left out stays as it is."""

    language: Annotated[str, Meta(pattern="^[a-z]{2,3}$")] | None = None
    alerts_by: AlertsBy | None = None


class EmailWanted(Input, frozen=True):
    """An address to be hers: a code is sent to it."""

    address: Annotated[str, Meta(min_length=3, max_length=254)]


class EmailCodeSent(Output, frozen=True):
    """Where to type the code: with this id, within so many seconds."""

    request_id: RequestId
    expires_in: int


class ConsentList(Output, frozen=True):
    """The ledger of one purpose, the newest first."""

    items: tuple[ConsentShown, ...]
    next: None = None


class NumberList(Output, frozen=True):
    """Her numbers, the one at which she is reached first."""

    items: tuple[NumberShown, ...]
    next: None = None


class NumberWanted(Input, frozen=True):
    """A number to be added: a code is sent to it."""

    number: Annotated[str, Meta(min_length=3, max_length=32)]


class NumberCode(Input, frozen=True):
    """The code that the new number got."""

    request_id: RequestId
    code: Annotated[str, Meta(min_length=1, max_length=32)]


class NumberBound(Output, frozen=True):
    """The number that was added."""

    id: RequestId
