"""A letter as octets for the wire: plain text, our own headers, and no header that a value could add.

`EmailMessage` refuses a line end in a header (`ValueError`), and what is typed never becomes one but for the address,
whose form `domain.email_address` holds to a narrow grammar.
"""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import UUID

from domain.email_address import EmailAddress
from mail.config import MailConfig
from mail.letters import Letter


def envelope(config: MailConfig, id: UUID, to: EmailAddress, letter: Letter, now: datetime) -> bytes:
    """The same Message-ID for the same mail however often it goes, so that mailboxes may know it again."""
    message = EmailMessage(policy=SMTP)
    # Seven bits in all: no server on the way has anything to convert.
    message.set_content(letter.body, subtype="plain", charset="utf-8", cte="quoted-printable")
    name = config.names.get(letter.language) or next(iter(config.names.values()))
    message["From"] = _address(config.sender, name)
    message["To"] = _address(to)
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{id.hex}@{config.sender.domain}>"
    message["Content-Language"] = letter.language
    # RFC 3834: whoever answers by himself (holidays, robots) does not answer this.
    message["Auto-Submitted"] = "auto-generated"
    if config.unsubscribe is not None:
        message["List-Unsubscribe"] = f"<mailto:{config.unsubscribe.text}>"
    return message.as_bytes()


def _address(address: EmailAddress, name: str = "") -> Address:
    local, _, domain = address.text.rpartition("@")
    return Address(name, local, domain)
