"""Telephones for tests: each speaks one aggregator's dialect to the real application, over ASGI."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

_numbers = itertools.count(1)


@dataclass
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def _by_name(sent: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """A header that was sent several times, as cookies are, has a line for each."""
    found: dict[str, str] = {}
    for name, value in ((name.decode().lower(), value.decode()) for name, value in sent):
        found[name] = f"{found[name]}\n{value}" if name in found else value
    return found


async def request(
    app: Any,
    method: str,
    path: str,
    query: str = "",
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    client: tuple[str, int] = ("127.0.0.1", 50000),
    chunks: list[bytes] | None = None,
) -> Answer:
    """One request to an ASGI application, as a server would make it."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
        "client": client,
        "server": ("127.0.0.1", 8000),
    }
    pieces = chunks if chunks is not None else [body]
    messages = [
        {"type": "http.request", "body": piece, "more_body": place < len(pieces) - 1}
        for place, piece in enumerate(pieces)
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = sent[0]
    return Answer(
        start["status"],
        _by_name(start["headers"]),
        b"".join(message.get("body", b"") for message in sent[1:]),
    )


@dataclass
class Screen:
    """What a telephone shows."""

    text: str
    goes_on: bool
    name: str = ""


@dataclass
class AfricasTalkingPhone:
    """Sends the whole history at every hop."""

    app: Any
    msisdn: str
    network: str = "40001"
    secret: str = "demo"
    session: str = field(default_factory=lambda: f"ATUid_{next(_numbers):032x}")
    history: str = ""

    async def dial(self, code: str = "*123#") -> Screen:
        parts = code.strip("*#").split("*")
        self.session = f"ATUid_{next(_numbers):032x}"
        self.history = "*".join(parts[1:])
        self.service_code = f"*{parts[0]}#"
        return await self.hop()

    async def answer(self, typed: str) -> Screen:
        self.history = f"{self.history}*{typed}" if self.history else typed
        return await self.hop()

    async def hop(self, **changed: str) -> Screen:
        answer = await self.post(changed)
        assert answer.status == 200, (answer.status, answer.body)
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.text[:4] in ("CON ", "END "), answer.text
        return Screen(answer.text[4:], answer.text.startswith("CON "), answer.headers["at-ussd-hop-metadata"])

    async def post(self, changed: dict[str, str] | None = None) -> Answer:
        form = {
            "sessionId": self.session,
            "serviceCode": getattr(self, "service_code", "*123#"),
            "phoneNumber": self.msisdn,
            "networkCode": self.network,
            "text": self.history,
            **(changed or {}),
        }
        path = f"/africastalking/{self.secret}/ussd"
        return await request(self.app, "POST", path, body=urlencode(form).encode())


@dataclass
class FlaresPhone:
    """Sends the newest input alone; the session is steered by a header."""

    app: Any
    msisdn: str
    network: str = "40001"
    secret: str = "demo"
    session: str = ""

    async def dial(self, code: str = "*123#") -> Screen:
        self.session = f"F{next(_numbers)}"
        return await self._hop(code.strip("*#"))

    async def answer(self, typed: str) -> Screen:
        return await self._hop(typed)

    async def _hop(self, text: str) -> Screen:
        query = urlencode({"SessionID": self.session, "MSISDN": self.msisdn[1:], "MSC": self.network, "input": text})
        answer = await request(self.app, "GET", f"/flares/{self.secret}/ussd", query)
        assert answer.status == 200, (answer.status, answer.body)
        return Screen(answer.text, answer.headers["freeflow"] == "FC")


PHONES = {"africastalking": AfricasTalkingPhone, "flares": FlaresPhone}
