"""`mail.yaml`: from whom mail comes, and which alerts go by it for those who choose so."""

from typing import Annotated

from msgspec import Meta, Struct

from domain.email_address import EmailAddress
from domain.errors import InvalidValue
from mail.config import MailConfig
from mail.letters import KINDS
from services.alerts import AlertKind


class MailFile(Struct, frozen=True, forbid_unknown_fields=True, rename={"sender": "from"}):
    """`mail.yaml`. Without it nobody is asked for an address. `unsubscribe`: a mailbox that people read; `bounces`: one
    that `guichet mail bounced` reads."""

    sender: str
    names: dict[str, Annotated[str, Meta(min_length=1, max_length=60)]]
    kinds: frozenset[AlertKind]
    unsubscribe: str = ""
    bounces: str = ""
    per_minute: Annotated[int, Meta(ge=1, le=6000)] = 60


def mail_of(file: MailFile, languages: frozenset[str], service_code: str) -> MailConfig:
    """The file as a rule. Raises `InvalidValue`."""
    if unwritten := sorted(kind.value for kind in file.kinds - KINDS):
        raise InvalidValue(f"mail.yaml: kinds: no letter is written for {', '.join(unwritten)}")
    if missing := sorted(languages - set(file.names)):
        raise InvalidValue(f"mail.yaml: names: no name in {', '.join(missing)}")
    return MailConfig(
        sender=_address("from", file.sender),
        names=file.names,
        kinds=file.kinds,
        service_code=service_code,
        unsubscribe=_address("unsubscribe", file.unsubscribe) if file.unsubscribe else None,
        per_minute=file.per_minute,
        returns_to=_address("bounces", file.bounces) if file.bounces else None,
    )


def _address(name: str, text: str) -> EmailAddress:
    try:
        return EmailAddress.parse(text)
    except InvalidValue:
        raise InvalidValue(f"mail.yaml: {name}: {text!r} is no e-mail address") from None
