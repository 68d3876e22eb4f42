"""A scripted wire for adapters that speak JSON both ways."""

import contextlib
from typing import Any

import msgspec

from services.backends.wire import RawAnswer
from tests.services.backends.test_transport import ScriptedWire, answer


class BodyWire(ScriptedWire):
    """What is neither an answer nor a failure becomes a JSON answer; what was asked in JSON is kept."""

    def __init__(self, *script: object) -> None:
        steps = [
            step if isinstance(step, RawAnswer | Exception) else answer(200, msgspec.json.encode(step))
            for step in script
        ]
        super().__init__(*steps)
        self.bodies: list[Any] = []

    async def send(self, method: str, url: str, headers: Any, body: bytes | None, **limits: Any) -> Any:
        with contextlib.suppress(msgspec.DecodeError):
            self.bodies.append(msgspec.json.decode(body or b"null"))
        return await super().send(method, url, headers, body, **limits)


def _step(given: object) -> RawAnswer | Exception:
    return given if isinstance(given, RawAnswer | Exception) else answer(200, msgspec.json.encode(given))
