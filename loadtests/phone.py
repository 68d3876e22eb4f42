"""A telephone as the aggregator speaks for it: a session, hop by hop, each screen held against what must be there."""

import re
import time
import unicodedata
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from loadtests.tally import BUSY

METADATA = "at-ussd-hop-metadata"
_HOME = "home"
_MORE = "98"
_MORE_OFFERED = re.compile(r"(^|\s)98 ", re.MULTILINE)
_PAGES = 8
# Screens that say so when time has run out: honest, and all the same a failure of whoever is under load.
LATE = frozenset(
    {"try_later", "status_unanswered", "promised"} | {f"{what}_processing" for what in ("apply", "pickup", "visit")}
)
_PLAIN = str.maketrans({"ə": "e", "Ə": "E", "ı": "i", "đ": "d", "Đ": "D"})


class Bad(Exception):
    """`counted`: with the request in which it was seen."""

    counted = False


class Wrong(Bad):
    """What came is not what must come; the message names the screen and what was missed, never what stood there."""


class Failed(Bad):
    """No answer, or one that says that something broke."""


class TurnedAway(Exception):
    """Told at once, on a proper last screen, that too many are calling: neither wrong nor broken, and not served."""


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
    """Where the telephone is, what it dials, and what must stand on a screen of that name in its holder's language.
    `strange`: what stands on the main menu in other languages, as whoever is not recognised in time sees it."""

    code: str
    service_code: str
    callback_secret: str
    spoken: Mapping[str, str] = field(default_factory=dict)
    strange: tuple[str, ...] = ()


def plain(text: str) -> str:
    """Without marks over letters and capitals: networks take some of them away."""
    bare = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).casefold()


def is_key(text: str) -> bool:
    """A choice, and not something that is typed."""
    return text.isdecimal() and len(text) <= 2


def has_more(screen: Screen) -> bool:
    """Another page follows."""
    return _MORE_OFFERED.search(screen.text) is not None


def offers(screen: Screen, key: str) -> bool:
    """That key stands before a line of it, or among its ways."""
    return re.search(rf"(^|\s){key} ", screen.text, re.MULTILINE) is not None


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
        """Types `key` and reads one of the `wanted` screens with all `facts` on it, after turning to the page that
        offers it. Raises `Wrong` and `Failed`."""
        for _ in range(_PAGES):
            if not (is_key(key) and has_more(self.now)) or offers(self.now, key):
                break
            self.turn(self.now.name)
        self.think()
        self.typed.append(key)
        return self._hop(wanted, facts)

    def turn(self, name: str) -> Screen:
        """The next page of that screen: words that stand on its first page are not looked for."""
        self.think()
        self.typed.append(_MORE)
        return self._hop((name,), (), spoken=False)

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

    def _hop(
        self, wanted: tuple[str, ...], facts: tuple[str, ...], late: frozenset[str] = LATE, spoken: bool = True
    ) -> Screen:
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
            if self.now.name == BUSY and not self.now.goes_on:
                raise TurnedAway
            if self.now.name not in wanted:
                named_an_error = self.now.name.startswith("error.")
                # Put back to where she was, as what she did could not be kept: no wrong word, and no answer either.
                put_back = self.now.name in self.seen[:-1]
                if put_back or self.now.name in late or named_an_error or not (self.now.name or self.now.goes_on):
                    raise Failed(f"not answered in time: {self.now.name or 'a polite end'}")
                raise Wrong(f"{self.now.name or 'a screen without a name'} instead of {' or '.join(wanted)}")
            must_stand(self.now.name, self.now.text, facts)
            words = self.network.spoken.get(self.now.name)
            if words and spoken:
                if self.now.name == _HOME and any(plain(one) in plain(self.now.text) for one in self.network.strange):
                    raise Failed("not recognised in time: another language")
                must_stand(f"{self.now.name}, its language", self.now.text, (words,))
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
