"""A mail server for the demonstration and the tests: it takes every letter, keeps the last, and can misbehave.

SMTP (RFC 5321) as far as a client that hands in needs it: EHLO, AUTH PLAIN and LOGIN, MAIL, RCPT, DATA, RSET, QUIT.
"""

import asyncio
import base64
import email
import email.policy
import socket
from collections import deque
from dataclasses import dataclass, field
from email.message import EmailMessage

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_KEPT = 200
_LONGEST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Mail:
    """One letter as it was handed in."""

    sender: str
    to: tuple[str, ...]
    octets: bytes = field(repr=False)

    @property
    def read(self) -> EmailMessage:
        """Its headers and words."""
        return email.message_from_bytes(self.octets, policy=email.policy.default)

    @property
    def text(self) -> str:
        """Its words, with plain line ends."""
        return str(self.read.get_content()).replace("\r\n", "\n")


@dataclass
class Mailbox:
    """`faults`: what happens at a step instead of its answer, once each: an answer (`450 later`), `drop` the
    connection, or `silence`. Steps: connect, auth, mail, rcpt, data, and end, after the last dot. What is dropped or
    silent at the end has been taken: nobody can tell."""

    mails: deque[Mail] = field(default_factory=lambda: deque(maxlen=_KEPT))
    faults: list[tuple[str, str]] = field(default_factory=list)
    password: str = ""
    port: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None

    async def start(self, at: socket.socket | int = 0) -> None:
        """Listens at that socket, or on this machine at that port; 0 takes a free one."""
        listener = socket.create_server(("127.0.0.1", at)) if isinstance(at, int) else at
        self._server = await asyncio.start_server(self._serve, sock=listener, limit=_LONGEST)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listens no more."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            pass
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender: str = ""
        to: list[str] = []
        if await self._answer(writer, "connect", "220 sandbox"):
            return
        while line := (await reader.readline()).decode("ascii", "replace").strip():
            verb, _, rest = line.partition(" ")
            match verb.upper():
                case "EHLO" | "HELO":
                    answer, step = "250-sandbox\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME", "hello"
                case "AUTH":
                    answer, step = await self._login(reader, writer, rest), "auth"
                case "MAIL":
                    sender, to = _path(rest), []
                    answer, step = "250 fine", "mail"
                case "RCPT":
                    to.append(_path(rest))
                    answer, step = "250 fine", "rcpt"
                case "DATA":
                    if await self._answer(writer, "data", "354 go on"):
                        return
                    octets = await reader.readuntil(b"\r\n.\r\n")
                    self._keep(Mail(sender, tuple(to), octets[:-3].replace(b"\r\n..", b"\r\n.")))
                    answer, step = "250 taken", "end"
                case "QUIT":
                    answer, step = "221 good-bye", "quit"
                case _:
                    answer, step = "250 fine", "other"
            if await self._answer(writer, step, answer) or step == "quit":
                return

    async def _login(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rest: str) -> str:
        method, _, given = rest.partition(" ")
        if method.upper() == "LOGIN":
            for asked in ("VXNlcm5hbWU6", "UGFzc3dvcmQ6"):
                if not given or asked == "UGFzc3dvcmQ6":
                    writer.write(f"334 {asked}\r\n".encode())
                    await writer.drain()
                    given = (await reader.readline()).decode("ascii", "replace").strip()
        password = base64.b64decode(given).split(b"\0")[-1].decode()
        return "235 welcome" if password == self.password else "535 not you"

    async def _answer(self, writer: asyncio.StreamWriter, step: str, answer: str) -> bool:
        """Whether the conversation is over."""
        fault = next((fault for fault in self.faults if fault[0] == step), None)
        if fault is not None:
            self.faults.remove(fault)
            if fault[1] == "silence":
                await asyncio.sleep(3600)
            if fault[1] in ("drop", "silence"):
                return True
            answer = fault[1]
        writer.write(f"{answer}\r\n".encode())
        await writer.drain()
        return False

    def _keep(self, mail: Mail) -> None:
        self.mails.append(mail)
        self.arrived.set()


def _path(rest: str) -> str:
    return rest[rest.find("<") + 1 : rest.rfind(">")]


def routes(mailbox: Mailbox) -> list[Route]:
    """`GET /sandbox/mail`: the last letters, newest first."""

    async def listed(request: Request) -> Response:
        shown = [
            {
                "to": list(mail.to),
                "subject": str(mail.read["Subject"]),
                "language": str(mail.read["Content-Language"]),
                "text": mail.text,
            }
            for mail in reversed(mailbox.mails)
        ]
        return JSONResponse({"mails": shown}, headers={"Cache-Control": "no-store"})

    return [Route("/sandbox/mail", listed)]
