"""A telephone as the aggregator speaks for it: a session, hop by hop, each screen held against what must be there."""

import time
import unicodedata
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

METADATA = "at-ussd-hop-metadata"
# Screens that say so when time has run out: honest, and all the same a failure of whoever is under load.
LATE = frozenset({"try_later", "status_unanswered"})
_PLAIN = str.maketrans({"ə": "e", "Ə": "E", "ı": "i", "đ": "d", "Đ": "D"})


class Bad(Exception):
    """`counted`: with the request in which it was seen."""

    counted = False


class Wrong(Bad):
    """What came is not what must come; the message names the screen and what was missed, never what stood there."""


class Failed(Bad):
    """No answer, or one that says that something broke."""


class Answer(Protocol):
    """What an HTTP client gives back."""

    status_code: int
    headers: Any
    text: Any


# Asks the gateway: method, path, the request's name and kind, and who reads the answer (raises `Wrong` or `Failed`,
# gives the name under which it is counted).
Judge = Callable[[Answer], str]
Ask = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Screen:
    """What stands on the telephone. `name` is the gateway's own for it."""

    name: str
    text: str
    goes_on: bool


@dataclass(frozen=True, slots=True)
class Network:
    """Where the telephone is, and what it dials."""

    code: str
    service_code: str
    callback_secret: str


def plain(text: str) -> str:
    """Without marks over letters and capitals: networks take some of them away."""
    bare = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).casefold()


def must_stand(where: str, text: str, facts: tuple[str, ...]) -> None:
    """Raises `Wrong` for the first fact that does not stand in `text`."""
    read = plain(text)
    for at, fact in enumerate(facts):
        if plain(fact) not in read:
            raise Wrong(f"{where}: fact {at + 1} of {len(facts)} is not there")


@dataclass(slots=True)
class Call:
    """One session of `msisdn`; `think` waits as long as she needs for the next key."""

    ask: Ask
    think: Callable[[], None]
    network: Network
    msisdn: str
    session: str = field(default_factory=lambda: f"ATUid_{uuid.uuid4().hex}")
    typed: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    now: Screen = Screen("", "", True)
    begun: float = field(default_factory=time.monotonic)

    @property
    def hops(self) -> int:
        return len(self.seen)

    def dial(self, *wanted: str, inputs: tuple[str, ...] = (), facts: tuple[str, ...] = ()) -> Screen:
        """The first hop; `inputs` were dialled with the code. Raises as `press`."""
        self.typed = list(inputs)
        # A direct dial whose last input was not answered in time stops before it.
        return self._hop(wanted, facts, LATE | {"status_ask"} if inputs else LATE)

    def press(self, key: str, *wanted: str, facts: tuple[str, ...] = ()) -> Screen:
        """Types `key` and reads one of the `wanted` screens with all `facts` on it. Raises `Wrong` and `Failed`."""
        self.think()
        self.typed.append(key)
        return self._hop(wanted, facts)

    def hang_up(self) -> None:
        """The aggregator tells how it ended."""
        millis = int((time.monotonic() - self.begun) * 1000)
        fields = {
            "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            "sessionId": self.session,
            "serviceCode": self.network.service_code,
            "networkCode": self.network.code,
            "phoneNumber": self.msisdn,
            "status": "Incomplete" if self.now.goes_on else "Success",
            "durationInMillis": str(millis),
            "hopsCount": str(self.hops),
            "hopsMetadata": "|".join(self.seen),
            "input": "*".join(self.typed),
            "lastAppResponse": "",
        }
        path = f"/africastalking/{self.network.callback_secret}/ussd-end"
        self.ask("POST", path, "end", "session ended", _taken, data=fields)

    def _hop(self, wanted: tuple[str, ...], facts: tuple[str, ...], late: frozenset[str] = LATE) -> Screen:
        fields = {
            "sessionId": self.session,
            "serviceCode": self.network.service_code,
            "phoneNumber": self.msisdn,
            "networkCode": self.network.code,
            "text": "*".join(self.typed),
        }
        path = f"/africastalking/{self.network.callback_secret}/ussd"
        echoed = {METADATA: self.seen[-1]} if self.seen else {}

        def judge(answer: Answer) -> str:
            self.now = read(answer)
            self.seen.append(self.now.name)
            if self.now.name not in wanted:
                named_an_error = self.now.name.startswith("error.")
                if self.now.name in late or named_an_error or not (self.now.name or self.now.goes_on):
                    raise Failed(f"not answered in time: {self.now.name or 'a polite end'}")
                raise Wrong(f"{self.now.name or 'a screen without a name'} instead of {' or '.join(wanted)}")
            must_stand(self.now.name, self.now.text, facts)
            return self.now.name

        # Where nothing readable comes, it is counted under what was wanted.
        self.ask("POST", path, "ussd", wanted[0], judge, data=fields, headers=echoed)
        return self.now


def read(answer: Answer) -> Screen:
    """The screen in an answer to Africa's Talking; raises `Failed`, and `Wrong` for one that it could not show."""
    if answer.status_code != 200:
        raise Failed(f"HTTP {answer.status_code}")
    text = str(answer.text)
    if text[:4] not in ("CON ", "END ") or not text[4:].strip():
        raise Wrong("neither CON nor END with a text")
    return Screen(str(answer.headers.get(METADATA) or ""), text[4:], text.startswith("CON "))


def _taken(answer: Answer) -> str:
    if answer.status_code != 200:
        raise Failed(f"HTTP {answer.status_code}")
    return ""
