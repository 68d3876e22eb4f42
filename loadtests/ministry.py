"""The sandbox, as a stranger may use it: asked over HTTP, and a phone's messages read off."""

import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

import gevent

from loadtests.people import Person

Json = dict[str, Any]
_POLL = 0.15


class Silence(Exception):
    """What should have come did not."""


class Sandbox:
    """The simulated ministries and aggregator at `url`. Raises `OSError` where they are away."""

    def __init__(self, url: str) -> None:
        self._url = url

    def call(self, method: str, path: str, body: Json | None = None, headers: Mapping[str, str] | None = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        asked = urllib.request.Request(self._url + path, content, sent, method=method)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)

    def messages(self, msisdn: str) -> list[Json]:
        """What arrived on that phone, the newest first."""
        found = self.call("GET", f"/sandbox/sms/messages?msisdn={msisdn.replace('+', '%2B')}")
        return [one for one in found if one["way"] == "in" and one["state"] == "arrived"]

    def everything(self) -> list[Json]:
        """Every message that the aggregator remembers."""
        found: list[Json] = self.call("GET", "/sandbox/sms/messages")
        return found

    def glance(self, person: Person) -> None:
        """She has read what is there."""
        person.seen.update(one["id"] for one in self.messages(person.msisdn))

    def wait_for(self, person: Person, wanted: Callable[[str], bool], seconds: float = 30.0) -> Json:
        """The next new message whose text is `wanted`; raises `Silence`."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for one in self.messages(person.msisdn):
                if one["id"] not in person.seen and wanted(one["text"]):
                    person.seen.add(one["id"])
                    return one
            gevent.sleep(_POLL)
        raise Silence(f"no message within {seconds:.0f} s")
