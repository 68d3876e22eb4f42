"""Who calls, on which channel, and what has been proven in this session."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from domain.msisdn import Msisdn
from services.ports import Binding, Person

# Marks a parameter that is typed, used at once and kept nowhere.
SECRET = "secret"  # noqa: S105 - the mark, not a secret
SMS = "sms"
AGENT = "agent"
"""The channel of a caller beside whom an agent sits."""
Secret = Annotated[str, SECRET]


@dataclass(frozen=True, slots=True)
class Caller:
    """`person` is None for a number that nobody has; `verified`: the PIN was proven in this session.

    `session` is the session's key: what binds a PIN's seal to one conversation. `agent`: who acts for her, with her
    consent and within `scope` (codes of services; None where no agent is). `witnessed`: she has no telephone, so
    nothing about money is handed in before somebody else called back.
    """

    msisdn: Msisdn
    person: Person | None
    language: str
    verified: bool
    channel: str
    session: str
    agent: UUID | None = None
    scope: frozenset[str] | None = None
    witnessed: bool = False

    def may_use(self, service: str) -> bool:
        """Whether the service is among those for which she agreed to be helped; her own hands may use all."""
        return self.scope is None or service in self.scope

    @property
    def counted_by(self) -> str:
        """By whom her guesses are counted: the number, or the session where she has none."""
        return self.msisdn.e164 or self.session

    @property
    def bound(self) -> bool:
        """The number stands for its person without doubt: neither silent too long nor ended."""
        return self.person is None or self.person.binding is Binding.ACTIVE

    @property
    def attested(self) -> bool:
        """The channel vouches for the number. Anybody can write a number above a text message: it reads the state
        word and does nothing that is a person's."""
        return self.channel != SMS

    @property
    def has_account(self) -> bool:
        return self.person is not None and self.person.has_account

    @property
    def proven(self) -> bool:
        """The PIN was proven in this session, and the number still stands for the person whose PIN it is."""
        return self.verified and self.bound and self.attested

    @property
    def must_prove(self) -> bool:
        """There is an account, and its PIN has not been proven in this session."""
        return self.has_account and not self.proven
