"""The server that takes our mail, over aiosmtplib: one mail at a time, and exactly what is known of it afterwards."""

from dataclasses import dataclass, field

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPSenderRefused,
)

from domain.email_address import EmailAddress
from mail.config import MailServer
from mail.retry import Accepted, NotSent, Receipt, Refused, Unanswered

NOT_REACHED = "not_reached"
_TLS_PORT = 465
_FINAL = 500


@dataclass(slots=True)
class SmtpLink:
    """A connection that is kept for a row of mails. `seconds`: for each step of the dialogue."""

    server: MailServer
    seconds: float = 5.0
    _client: SMTP | None = field(default=None, repr=False)

    async def send(self, sender: EmailAddress, to: EmailAddress, octets: bytes) -> Receipt:
        """Hands one mail in; raises nothing that a server can cause."""
        client = self._client if self._client and self._client.is_connected else await self._connected()
        if isinstance(client, NotSent):
            return client
        # Kept for the next one only after an answer that was heard to its end.
        self._client = None
        try:
            receipt = await self._hand_in(client, sender, to, octets)
        except BaseException:
            client.close()
            raise
        if isinstance(receipt, Accepted):
            self._client = client
        else:
            client.close()
        return receipt

    async def close(self) -> None:
        """Say good-bye, if anybody listens."""
        client, self._client = self._client, None
        if client is None or not client.is_connected:
            return
        try:
            await client.quit(timeout=1.0)
        except (SMTPException, OSError):
            client.close()

    async def _connected(self) -> SMTP | NotSent:
        """Step by step: who is not reached is somebody else's trouble, who does not let us in is ours."""
        server, at_once = self.server, self.server.port == _TLS_PORT
        client = SMTP(hostname=server.host, port=server.port, use_tls=at_once, start_tls=False, timeout=self.seconds)
        step = NotSent(NOT_REACHED)
        try:
            await client.connect()
            if server.starttls and not at_once:
                step = NotSent("tls", account=True)
                await client.starttls()
            if server.username:
                step = NotSent("login", account=True)
                await client.login(server.username, server.password)
        except (SMTPException, OSError):
            client.close()
            return step
        return client

    async def _hand_in(self, client: SMTP, sender: EmailAddress, to: EmailAddress, octets: bytes) -> Receipt:
        try:
            await client.mail(sender.text)
            await client.rcpt(to.text)
        except SMTPSenderRefused as answer:
            return NotSent("sender", account=answer.code >= _FINAL)
        except SMTPRecipientRefused as answer:
            return Refused("recipient") if answer.code >= _FINAL else NotSent("later")
        except (SMTPException, OSError):
            return NotSent("lost")
        try:
            await client.data(octets)
        except SMTPDataError as answer:
            if answer.code < 400:
                return Accepted()
            return Refused("content") if answer.code >= _FINAL else NotSent("later")
        except (SMTPException, OSError):
            # Perhaps it was lost before the last dot; nobody can tell.
            return Unanswered()
        return Accepted()
