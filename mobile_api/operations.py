"""What an operation is: one declaration, from which its route and its part of the OpenAPI document are made."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeAlias
from uuid import UUID

import msgspec

from domain.msisdn import Msisdn
from domain.outcomes import Outcome
from i18n.text import Text, Word
from i18n.translator import Translator
from mobile_api.problems import Problem
from mobile_api.quotas import Standing
from services.caller import Caller
from services.desk import Desk
from storage.unit_of_work import UnitOfWork

APP = "app"
"""The channel of a `Caller` who comes this way."""
JSON = "application/json"
_NO_NUMBER = Msisdn("")
LONGEST_BODY = 256 * 1024
DAY_SECONDS = 24 * 3600
# Wide: ministries make ids as they like. No control characters, which no store of ours takes.
ANY_ID = r"[^\x00-\x1f\x7f/]{1,128}"

_NONE: Mapping[str, Any] = MappingProxyType({})
# A list says the same few words in every row.
_plain = lru_cache(maxsize=1024)(Text)


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a request: a field that is not declared is refused."""


class Query(msgspec.Struct, frozen=True):
    """What may stand behind the question mark, every field with a default; what is not declared is ignored."""


class Output(msgspec.Struct, frozen=True):
    """The body of an answer."""


class Security(StrEnum):
    """Who may perform an operation."""

    NONE = "none"
    PERSON = "person"
    AGENT = "agent"


class Cache(StrEnum):
    """How long an answer may be kept by whom. The value is the header Cache-Control."""

    NONE = "no-store"
    PRIVATE = "private, no-cache"
    PUBLIC = "public, max-age=300"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whom an access token stands for.

    `session`: the signed-in device's. `caller`: the citizen, None for an agent beside whom none sits. `agent`: who
    acts, for the citizen or for herself; None where it is the citizen. `device`: blind index of an agent's device.
    """

    session: UUID
    caller: Caller | None
    agent: UUID | None = None
    device: bytes = b""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, read and found well-formed.

    `body` is the operation's struct, octets for an upload, else None. `key` identifies this write: the same for
    every repetition of it, unguessable, to be handed on as a use case's confirm token. `work` is open: the pipeline
    commits it after `act`, and rolls back to the last checkpoint where `act` raises.
    """

    path: Mapping[str, str]
    query: Any
    body: Any
    session: SignedIn | None
    desk: Desk
    work: UnitOfWork
    language: str
    address: str
    headers: Mapping[bytes, bytes]
    translator: Translator
    key: str = ""

    @property
    def caller(self) -> Caller:
        """The citizen. Only in operations that are a person's."""
        if self.session is None or self.session.caller is None:
            raise Problem("sign_in_needed")
        return self.session.caller

    @property
    def signed_in(self) -> UUID:
        """The signed-in device's session. Only where somebody must be signed in."""
        if self.session is None:
            raise Problem("sign_in_needed")
        return self.session.session

    @property
    def agent(self) -> UUID:
        """The agent who acts. Only in operations that are an agent's."""
        if self.session is None or self.session.agent is None:
            raise Problem("sign_in_needed")
        return self.session.agent

    @property
    def anybody(self) -> Caller:
        """Nobody in particular, for use cases that are the same for everybody (`services.use_cases.IMPERSONAL`)."""
        return Caller(_NO_NUMBER, None, self.language, False, APP, "")

    def say(self, text: Text | Word | str) -> str:
        """A message in the language of the request."""
        if not isinstance(text, Text):
            text = _plain(text.id if isinstance(text, Word) else text)
        return self.translator.render(text, self.language)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it: an `Output`, or octets where the operation declares another `media`.

    `etag`: the version of what is shown, for If-Match; left out, one is made of the body. `headers`: besides the
    pipeline's own. `standing`: how far a limit of the operation's own is used up. `final`: a write's answer is kept
    to be given again; where it is not, the same key asks anew what came of it.
    """

    value: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: _NONE)
    etag: str = ""
    standing: Standing | None = None
    final: bool = True


Act: TypeAlias = Callable[[Asked], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Op:
    """An operation. `path` is below `/api/v1`; `where` gives the form of a path's part (a regular expression of the
    whole), and what has another form is not found.

    `answers`: status to struct, None for no body. `problems`: the codes that are its own; those of the pipeline are
    added. `write`: it changes something, so an Idempotency-Key is needed; `replay_seconds`: for how long the answer
    is kept to be given again. `assisted`: an agent may perform it for a citizen who consented. `upload`: media types
    taken instead of JSON. `if_match`: it changes only the version that the caller has seen (`etags.require`).
    `examples`: "body" and statuses to instances of the structs.
    """

    id: str
    method: str
    path: str
    summary: str
    tag: str
    act: Act
    query: type[Query] | None = None
    body: type[msgspec.Struct] | None = None
    answers: Mapping[int, Any]
    problems: tuple[str, ...] = ()
    security: Security = Security.NONE
    write: bool = False
    assisted: bool = False
    cache: Cache = Cache.NONE
    media: str = JSON
    upload: tuple[str, ...] = ()
    most_octets: int = LONGEST_BODY
    where: Mapping[str, str] = field(default_factory=lambda: _NONE)
    if_match: bool = False
    replay_seconds: int = DAY_SECONDS
    description: str = ""
    examples: Mapping[Any, Any] = field(default_factory=lambda: _NONE)

    def __post_init__(self) -> None:
        if self.write != (self.method != "GET"):
            raise ValueError(f"{self.id}: what is no GET writes, and a GET writes nothing")


def refused(outcome: object, problems: Mapping[type, str]) -> Problem:
    """What came of it as one of `problems`, by its type; what none is named for is a fault of ours."""
    return Problem(problems.get(type(outcome), "ours"), why=type(outcome).__name__)


def unforeseen(outcome: Outcome) -> Problem:
    """For an outcome that an operation has no answer to: a fault of ours."""
    return refused(outcome, {})
