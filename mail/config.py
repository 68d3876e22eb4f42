"""What a country's pack says about mail, and the server that takes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from domain.email_address import EmailAddress
from services.alerts import AlertKind


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in (RFC 6409). Port 465 is TLS from the first octet, `starttls` before the login."""

    host: str
    port: int = 587
    username: str = ""
    password: str = field(default="", repr=False)
    starttls: bool = True


@dataclass(frozen=True, slots=True)
class Waits:
    """`unanswered`: before an alert whose answer was lost goes once more. `account`: how long the account rests after
    it was refused. `call`: what one mail may take; `lease`: how long a claim holds, by the database's clock, longer
    than all calls of a claim."""

    unanswered: timedelta = timedelta(minutes=10)
    account: timedelta = timedelta(minutes=5)
    call: timedelta = timedelta(seconds=45)
    lease: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class MailConfig:
    """`sender`: the From. `returns_to`: where servers send back what does not arrive, the sender where there is none.
    `names`: what it is called, by language. `unsubscribe`: the mailbox for "no more", which
    people read; None where there is none. `kinds`: alerts that go by mail. `per_minute`: by all workers together."""

    sender: EmailAddress
    names: Mapping[str, str]
    kinds: frozenset[AlertKind]
    service_code: str
    unsubscribe: EmailAddress | None = None
    per_minute: int = 60
    waits: Waits = Waits()
    returns_to: EmailAddress | None = None

    @property
    def return_path(self) -> EmailAddress:
        return self.returns_to or self.sender
