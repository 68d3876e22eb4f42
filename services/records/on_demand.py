"""Records of which each part is made when somebody first asks: a request wants few of the twenty there are."""

from collections.abc import Awaitable, Callable

import msgspec

from services.agent_ports import AgentRecords
from services.document_ports import Documents
from services.email_ports import Emails
from services.event_ports import Events, Timers
from services.feedback_ports import Feedback
from services.known_ports import Changes, KnownApplications
from services.ports import Accounts, Drafts, Guesses, Intents, Links, Outbox, People, Records, SentMessages
from services.rights_ports import AuditLog, Numbers, PersonalData
from services.stop_ports import StopPromises
from services.visit_ports import KnownVisits


class Makers(msgspec.Struct):
    """How each field of `Records` is made; no struct of plain values, for it is made at every request."""

    people: Callable[[], People]
    accounts: Callable[[], Accounts]
    links: Callable[[], Links]
    guesses: Callable[[], Guesses]
    drafts: Callable[[], Drafts]
    intents: Callable[[], Intents]
    outbox: Callable[[], Outbox]
    messages: Callable[[], SentMessages]
    events: Callable[[], Events]
    timers: Callable[[], Timers]
    audit: Callable[[], AuditLog]
    numbers: Callable[[], Numbers]
    personal: Callable[[], PersonalData]
    known: Callable[[], KnownApplications]
    changes: Callable[[], Changes]
    documents: Callable[[], Documents]
    visits: Callable[[], KnownVisits]
    feedback: Callable[[], Feedback]
    stops: Callable[[], StopPromises]
    settle: Callable[[], Callable[[], Awaitable[None]]]
    assisted: Callable[[], Callable[[], AgentRecords]]
    email: Callable[[], Callable[[], Emails]]


class RecordsOnDemand(Records):
    """`Records` to whoever uses them; `dataclasses.replace` makes all that is left, as anybody would expect."""

    __slots__ = ("_makers",)
    _makers: Makers

    @classmethod
    def of(cls, makers: Makers) -> Records:
        """Nothing is made yet."""
        records = object.__new__(cls)
        object.__setattr__(records, "_makers", makers)
        return records

    def __getattr__(self, name: str) -> object:
        """Only what is not there yet comes here."""
        if name.startswith("_"):
            raise AttributeError(name)
        part = getattr(self._makers, name)()
        object.__setattr__(self, name, part)
        return part
